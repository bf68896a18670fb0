"""The coastal survey by building: setback, view corridor, storm surge; a long CSV of facts."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from scenes.sample.books import write_csv
from scenes.sample.fabric import Fabric, stream
from scenes.sample.people import People
from scenes.sample.placing import PART
from scenes.sample.tables import COLUMNS, NOTE

NEAR, SURGE, VIEW = 320.0, 2.6, 24.0  # metres from the shore, above it, and of height
YEARS = (2023, 2024, 2025)


def write_shoreline(
    folder: Path, fabric: Fabric, people: People, areas: gpd.GeoDataFrame, seed: int
) -> list[Path]:
    """``coastal_survey.csv``: every building near the sea or in the view corridor."""
    rng = stream(seed, "shoreline")
    corridor = areas.geometry[areas["kind"] == "view_corridor"].iloc[0]
    setback = areas.geometry[areas["kind"] == "setback"].iloc[0]
    for area in (corridor, setback):
        shapely.prepare(area)
    inside, in_view = np.zeros((2, len(people.ids)), bool)
    for start in range(0, len(people.ids), PART):
        rows = np.arange(start, min(start + PART, len(people.ids)))
        shape = fabric.footprints(rows)
        inside[rows] = shapely.intersects(setback, shape)
        in_view[rows] = shapely.intersects(corridor, shape)
    from_shore = fabric.plan_at[:, 1] - fabric.plan.coast(fabric.plan_at[:, 0])
    near = np.flatnonzero((from_shore < NEAR) | in_view)
    year = people.year[near]
    low = people.ground[near] < SURGE
    frames = []
    for checkup in YEARS:
        built = year < checkup
        flags = {
            "coastal_setback_violation": inside[near] & (year == checkup - 1),
            "sea_view_corridor_block": in_view[near]
            & (people.height[near] > VIEW)
            & (year >= 2000)
            & built,
            "storm_surge_exposed_buildings": low & built,
        }
        for code, flag in flags.items():
            frames.append(_frame(people.ids[near], code, checkup, flag, built, rng))
    table = pd.concat(frames, ignore_index=True)[COLUMNS]
    mapping = folder / "coastal_survey.map.toml"
    mapping.write_text(
        '# synthetic data of a fictitious city 虚构数据\nsource_kind = "third_party"\n',
        encoding="utf-8",
    )
    return [write_csv(folder / "coastal_survey.csv", table), mapping]


def _frame(
    ids: np.ndarray,
    code: str,
    checkup: int,
    flag: np.ndarray,
    built: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    state = np.where(built, "measured", "not_applicable").astype(object)
    state[built & (rng.random(len(ids)) < 0.01)] = "not_computable"
    value = np.where(state == "measured", flag.astype(float), np.nan)
    return pd.DataFrame(
        {
            "unit_id": ids,
            "level": "building",
            "system": "MOHURD-2022",
            "indicator": code,
            "period": str(checkup - 1),
            "value": value,
            "numerator": np.nan,
            "denominator": np.nan,
            "unit": "building count",
            "state": state,
            "note": NOTE,
        }
    )
