"""The tables: their units exist, every state occurs, the story's rules fire and nearly fire."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import orjson
import pandas as pd
import pytest

from indicator_overlays.system import load_systems
from indicator_overlays.values import STATES
from scenes.sample.tables import CITY

LEVELS = {
    "district": "districts",
    "subdistrict": "subdistricts",
    "community": "communities",
    "block": "blocks",
    "compound": "compounds",
}


@cache
def ids(files: Path, level: str) -> frozenset[str]:
    if level == "city":
        return frozenset({CITY})
    if level == "building":
        model = orjson.loads((files / "model/buildings.city.json").read_bytes())
        return frozenset(k for k, v in model["CityObjects"].items() if v["type"] == "Building")
    return frozenset(gpd.read_file(files / "layers" / f"{LEVELS[level]}.gpkg")["id"])


@cache
def long(files: Path) -> pd.DataFrame:
    """All long tables behind each other."""
    frames = []
    for path in sorted((files / "tables").iterdir()):
        if path.suffix == ".xlsx":
            frames += list(pd.read_excel(path, sheet_name=None, dtype=str).values())
        elif path.suffix == ".csv" and not path.name.startswith(("housing", "satisf", "links")):
            frames.append(pd.read_csv(path, dtype=str))
    tables = [frame for frame in frames if "indicator" in frame.columns and "state" in frame]
    joined = pd.concat([t for t in tables if "value" in t], ignore_index=True)
    return joined.assign(value=pd.to_numeric(joined["value"]))


def latest(files: Path, code: str, level: str) -> pd.Series[float]:
    table = long(files)
    rows = table[(table["indicator"] == code) & (table["level"] == level)]
    return rows[rows["period"] == "2024"].set_index("unit_id")["value"].dropna()


def test_every_unit_in_a_table_exists_in_its_layer(files: Path) -> None:
    for level, rows in long(files).groupby("level"):
        unknown = set(rows["unit_id"]) - ids(files, str(level))
        assert not unknown, (level, sorted(unknown)[:3])


def test_every_parent_of_a_unit_exists(files: Path) -> None:
    for child, column, parent in (
        ("subdistricts", "district_id", "district"),
        ("communities", "subdistrict_id", "subdistrict"),
        ("blocks", "community_id", "community"),
        ("compounds", "community_id", "community"),
        ("compounds", "block_id", "block"),
    ):
        table = gpd.read_file(files / "layers" / f"{child}.gpkg")
        assert set(table[column]) <= ids(files, parent)
    model = orjson.loads((files / "model/buildings.city.json").read_bytes())["CityObjects"]
    told = [part["attributes"] for part in model.values() if part["type"] == "Building"]
    assert {row["block_id"] for row in told} <= ids(files, "block")
    assert {row["compound_id"] for row in told} - {""} <= ids(files, "compound")


def test_every_state_that_a_source_can_give_occurs(files: Path) -> None:
    seen = set(long(files)["state"])
    given = set(STATES) - {"computed", "stale"}  # the product makes these two itself
    assert given <= seen


def test_some_periods_are_too_old_for_the_last_year(files: Path) -> None:
    table = long(files)
    newest = table[table["indicator"] == "median_age"]["period"].max()
    assert newest <= "2021"


def test_there_are_real_zeros_and_gaps_beside_each_other(files: Path) -> None:
    rows = long(files)
    green = rows[(rows["indicator"] == "land_over_15k_density") & (rows["level"] == "block")]
    assert (green["value"] == 0).any()
    assert (green["state"] == "missing").any()
    assert green[green["state"] == "missing"]["value"].isna().all()


def test_a_share_is_its_numerator_over_its_denominator(files: Path) -> None:
    rows = long(files).dropna(subset=["numerator", "denominator"])
    rows = rows[(rows["unit"] == "%") & (rows["state"] == "measured")]
    share = pd.to_numeric(rows["numerator"]) / pd.to_numeric(rows["denominator"]) * 100
    assert np.abs(share - rows["value"]).max() < 0.001


def test_sources_disagree_by_more_than_the_tolerance_somewhere(files: Path) -> None:
    rows = long(files).dropna(subset=["value"])
    key = ["unit_id", "level", "system", "indicator", "period"]
    span = rows.groupby(key)["value"].agg(["min", "max", "count"])
    several = span[span["count"] > 1]
    spread = (several["max"] - several["min"]) / several["max"].abs().clip(lower=1e-9)
    assert (spread > 0.05).sum() >= 5
    assert (spread <= 0.05).mean() > 0.5


def test_one_value_is_adjusted_by_hand_with_its_reason(files: Path) -> None:
    adjusted = long(files).query("state == 'adjusted'")
    assert len(adjusted) == 1
    assert "→" in adjusted["note"].iloc[0]
    assert "reviewer" in adjusted["note"].iloc[0]


def test_every_indicator_of_both_systems_and_of_the_city_is_delivered(files: Path) -> None:
    told = {
        tuple(pair) for pair in long(files)[["system", "indicator"]].drop_duplicates().to_numpy()
    }
    for name in ("compound_survey.map.toml", "housing_survey.map.toml"):
        text = (files / "tables" / name).read_text(encoding="utf-8")
        told |= {
            ("MOHURD-2023", line.split(" = ")[0]) for line in text.splitlines() if " = " in line
        }
    systems = load_systems(files / "settings")
    wanted = {(s, code) for s in ("MOHURD-2022", "MOHURD-2023") for code in systems[s].indicators}
    assert len(wanted) == 69 + 13 + 61
    assert wanted - told == set()


@pytest.mark.parametrize(
    ("rule", "code", "level", "limit", "bad"),
    [
        ("D07B", "hospital_coverage", "block", 80.0, "below"),
        ("D08", "peak_vehicle_speed", "district", 20.0, "below"),
        ("D10", "severe_waterlogging_removed", "district", 100.0, "below"),
        ("D11", "fire_station_coverage", "block", 100.0, "below"),
        ("D12", "shelter_area_pc", "block", 1.5, "below"),
        ("D13", "historic_building_vacancy", "block", 10.0, "above"),
        ("D14", "park_coverage", "block", 80.0, "below"),
    ],
)
def test_a_rule_holds_somewhere_and_fails_somewhere(
    files: Path, rule: str, code: str, level: str, limit: float, bad: str
) -> None:
    value = latest(files, code, level)
    fires = value < limit if bad == "below" else value > limit
    assert 0 < fires.sum() < len(value), rule


@pytest.mark.parametrize(
    ("code", "level", "limit", "near"),
    [
        ("hospital_coverage", "block", 80.0, 8.0),
        ("peak_vehicle_speed", "district", 20.0, 2.0),
        ("shelter_area_pc", "block", 1.5, 0.15),
        ("park_coverage", "block", 80.0, 8.0),
    ],
)
def test_a_rule_nearly_holds_somewhere(
    files: Path, code: str, level: str, limit: float, near: float
) -> None:
    value = latest(files, code, level)
    assert ((value >= limit) & (value <= limit + near)).any()


def test_the_housing_survey_is_gbk_and_flags_some_old_houses(files: Path) -> None:
    path = files / "tables/housing_survey_2025.csv"
    with pytest.raises(UnicodeDecodeError):
        path.read_text(encoding="utf-8")
    table = pd.read_csv(path, encoding="gbk", dtype=str)
    assert set(table["楼栋编号"]) <= ids(files, "building")
    share = (table["结构安全隐患"] == "1").mean()
    assert 0 < share < 0.1


def test_a_workbook_has_two_header_rows_and_several_sheets(files: Path) -> None:
    book = openpyxl.load_workbook(files / "tables/compound_survey_2025.xlsx")
    assert len(book.sheetnames) == 2
    first = [cell.value for cell in next(iter(book.worksheets[0].iter_rows()))]
    assert first[0] == "基本信息"
    table = pd.read_excel(
        files / "tables/compound_survey_2025.xlsx", sheet_name=0, header=1, dtype=str
    )
    assert set(table["小区编码"]) <= ids(files, "compound")


def test_some_communities_have_fewer_than_thirty_replies(files: Path) -> None:
    table = pd.read_csv(files / "tables/satisfaction_survey_2025.csv", dtype=str)
    replies = table.groupby("所在社区").size()
    assert (replies < 30).any()
    assert (replies >= 30).any()
    assert set(table["整体满意度"]) <= {"1", "2", "3", "4", "5"}
    assert set(table["所在社区"]) <= ids(files, "community")


def test_projects_answer_problems_and_some_are_overdue(files: Path) -> None:
    problems = pd.read_excel(files / "tables/problems.xlsx", dtype=str)
    projects = pd.read_excel(files / "tables/projects.xlsx", dtype=str)
    links = pd.read_csv(files / "tables/links.csv", dtype=str)
    assert set(links["problem_id"]) <= set(problems["problem_id"])
    assert set(links["project_id"]) <= set(projects["项目编号"])
    late = (projects["项目状态"] == "under_construction") & (projects["完成时限"] < "2025-06-30")
    assert late.any()
    wanted = {"planned", "approved", "under_construction", "completed", "verified"}
    assert wanted <= set(projects["项目状态"])


def test_the_old_town_has_aged_and_the_new_one_has_not(files: Path) -> None:
    told = pd.read_csv(files / "tables/elders.csv", dtype={"unit_id": str})
    told = told[told["period"] == 2024].set_index("unit_id")
    layer = gpd.read_file(files / "layers/communities.gpkg").set_index("id")
    of = gpd.read_file(files / "layers/subdistricts.gpkg").set_index("id")["district_id"]
    district = layer["subdistrict_id"].map(of).reindex(told.index)
    sums = told[["numerator", "denominator"]].groupby(district).sum()
    share = 100 * sums["numerator"] / sums["denominator"]
    assert share.max() - share.min() > 10
    assert 10 < 100 * sums["numerator"].sum() / sums["denominator"].sum() < 35
    people = layer["population"].reindex(told.index)
    known = told["state"] == "measured"
    assert (told["denominator"][known] == people[known]).all()
    assert (~known).any()
    assert told["value"][~known].isna().all()


def test_the_citys_own_rule_fires_and_nearly_fires(files: Path) -> None:
    value = latest(files, "elderly_share", "community")
    assert 0 < (value >= 25).sum() < len(value)
    assert ((value < 25) & (value >= 22.5)).any()


def test_remarks_grade_what_the_numbers_say_and_are_marked_as_made_up(files: Path) -> None:
    told = pd.read_csv(files / "tables/remarks.csv", dtype=str)
    assert {"较好", "一般", "较差", "无标准"} == set(told["grade"])
    for level, rows in told.groupby("level"):
        assert set(rows["unit_id"]) <= ids(files, str(level))
    assert told["remark"].str.contains("（虚构）").all()
    assert told["remark_en"].str.contains("(fictitious)", regex=False).all()
    assert not told.duplicated(["unit_id", "system", "indicator"]).any()
    drains = told[told["indicator"] == "severe_waterlogging_removed"].set_index("unit_id")
    value = latest(files, "severe_waterlogging_removed", "district")
    value = value[~value.index.duplicated()].reindex(drains.index).dropna()
    assert ((value >= 100) == (drains["grade"].reindex(value.index) == "较好")).all()
