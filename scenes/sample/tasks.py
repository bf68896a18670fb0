"""The task table: which department delivers which indicator until when; some are overdue."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from scenes.sample.books import write_csv
from scenes.sample.levels import Units
from scenes.sample.tables import NOTE
from scenes.sample.works_done import (
    CULTURE,
    EDUCATION,
    EMERGENCY,
    FIRE,
    GREEN,
    HEALTH,
    HOUSING,
    PLANNING,
    TRAFFIC,
    WATER,
)

YEAR = 2025
BUREAU = ("统计局", "Statistics Bureau")
# indicator, department, deadline: of the whole city; the story is told on 30 June 2025
TASKS = (
    ("development_intensity", PLANNING, "2025-03-31"),
    ("land_over_15k_density", PLANNING, "2025-03-31"),
    ("new_residential_over_80m", HOUSING, "2025-03-31"),
    ("green_building_share", HOUSING, "2025-03-31"),
    ("park_coverage", GREEN, "2025-03-31"),
    ("greenway_coverage", GREEN, "2025-03-31"),
    ("permeable_surface_share", WATER, "2025-04-30"),
    ("severe_waterlogging_removed", WATER, "2025-04-30"),
    ("sewage_collection_rate", WATER, "2025-04-30"),
    ("hospital_coverage", HEALTH, "2025-04-30"),
    ("middle_school_coverage", EDUCATION, "2025-04-30"),
    ("fire_station_coverage", FIRE, "2025-04-30"),
    ("highrise_fire_warning", FIRE, "2025-05-31"),
    ("shelter_area_pc", EMERGENCY, "2025-05-31"),
    ("peak_vehicle_speed", TRAFFIC, "2025-05-31"),
    ("road_density", TRAFFIC, "2025-05-31"),
    ("historic_building_vacancy", CULTURE, "2025-05-31"),
    ("heritage_damage_events", CULTURE, "2025-05-31"),
    ("rd_share", BUREAU, "2025-03-31"),
    ("private_economy_growth", BUREAU, "2025-03-31"),
    ("median_age", BUREAU, "2025-05-31"),  # only an old survey: overdue
    ("commute_time", TRAFFIC, "2025-05-31"),  # the same
    ("walk15_kinds", PLANNING, "2025-09-30"),
    ("resident_satisfaction", HOUSING, "2025-09-30"),
)
# of every district: its own report on what its residents ask for
DISTRICT = ("old_district_facility_gap", HOUSING, "2025-08-31")


def write_tasks(folder: Path, units: Units) -> Path:
    """``tasks.csv``: about thirty tasks, one or two of them overdue."""
    rows = [(*task, "", "") for task in TASKS]
    rows += [(*DISTRICT, name, "district") for name in units.tables["district"]["id"]]
    frame = pd.DataFrame(
        {
            "指标": [code for code, *_ in rows],
            "责任区": [unit for *_, unit, _ in rows],
            "层级": [level for *_, level in rows],
            "年度": YEAR,
            "责任部门": [office[0] for _, office, *_ in rows],
            "department_en": [office[1] for _, office, *_ in rows],
            "报送时限": [day for _, _, day, *_ in rows],
            "备注": NOTE,
        }
    )
    return write_csv(folder / "tasks.csv", frame)
