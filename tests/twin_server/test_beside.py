"""Special areas beside the city, words beside numbers, themes, milestones: on the grid city."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from indicator_overlays.load import load
from indicator_overlays.mapping import Mapping
from indicator_overlays.system import load_systems
from indicator_overlays.themes.read import load_relations, load_themes
from tests.support.gridcity import make_grid_city
from tests.twin_server.asking import Browser, browsing
from tests.twin_server.test_decisions import publish, seal
from twin_server.app import create_app
from twin_server.schemas.areas import AreaPage, ThemePage
from twin_server.schemas.city import City
from twin_server.schemas.unit import UnitFile
from twin_server.schemas.value import Value
from twin_server.settings import Settings

SYSTEM = "MOHURD-2022"
CITY_TOML = """
[[milestone]]
name = { zh = "数据采集完成", en = "data collected" }
due = 2024-09-30

[[milestone]]
name = { zh = "报告提交", en = "report handed in" }
due = 2024-11-30
done = 2024-12-05
theme = "strategy"

[[milestone]]
name = { zh = "成果应用", en = "results in use" }
due = 2024-12-31
"""
THEMES = """
[[theme]]
code = "shore"
label = { zh = "滨海", en = "shore" }
indicators = ["park_coverage", "nobody_knows_this"]
"""
VALUES = (  # value, numerator, denominator of park coverage in blocks 1 to 8
    (10, 10, 100), (20, 40, 200), (30, 90, 300), (40, 40, 100), (50, 50, 100), (60, 120, 200),
    (70, 70, 100), (80, 80, 100),
)  # fmt: skip


def areas(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Beside the built-up area (x < 300) one over everything, and one that crosses both."""
    like = table[table["level"] == "area"].iloc[0].to_dict()
    more = [
        like | {"id": "area:all", "source_id": "all", "row": 1, "kind": "strategy",
                "geometry": box(-1, -1, 401, 201)},
        like | {"id": "area:mid", "source_id": "mid", "row": 2, "kind": "old_town",
                "geometry": box(120, 0, 280, 200)},
    ]  # fmt: skip
    rows = gpd.GeoDataFrame(pd.DataFrame(more), crs=table.crs)
    found = pd.concat([table, rows[table.columns]], ignore_index=True)
    return gpd.GeoDataFrame(found.astype({"row": "uint32"}), geometry="geometry", crs=table.crs)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    folder = tmp_path_factory.mktemp("beside")
    found = make_grid_city(folder / "city", extra=CITY_TOML, change=areas)
    file = found.path / "city.toml"
    plain = file.read_text(encoding="utf-8")
    file.write_text(plain.replace("[city]", "[city]\nas_of = 2024-12-10"), encoding="utf-8")
    found = CityFolder.open(found.path)
    (found.systems / "themes.toml").write_text(THEMES, encoding="utf-8")
    (found.systems / "relations.csv").write_text(
        "code,other,kind\npark_coverage,road_density,near\n", encoding="utf-8"
    )
    seal(found)
    lines = [f"B{n + 1},block,park_coverage,2024,{v},{a},{b}" for n, (v, a, b) in enumerate(VALUES)]
    lines += [f"B{n + 1},block,heritage_damage_events,2024,{n},," for n in range(8)]
    head = "unit_id,level,indicator,period,value,numerator,denominator\n"
    (folder / "values.csv").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    load(found, [folder / "values.csv"], source="园林", mapping=Mapping(system=SYSTEM))
    (folder / "words.csv").write_text(
        "unit_id,level,indicator,period,grade,remark,remark en,reviewer,date\n"
        "B1,block,park_coverage,2024,较差,公园入口被占,gate is blocked,Zhao,2024-08-01\n"
        "B2,block,air_quality_good_days,2024,优,,,,\n",
        encoding="utf-8",
    )
    load(found, [folder / "words.csv"], source="专家组", kind="remarks",
         mapping=Mapping(system=SYSTEM))  # fmt: skip
    publish(found)
    return found


@pytest.fixture(scope="module")
def browser(city: CityFolder) -> Iterator[Browser]:
    with browsing(create_app(city, Settings(refresh_seconds=0))) as asking:
        yield asking


def beside(browser: Browser, area: str, code: str) -> Any:
    page = browser.json("/api/v1/areas", year=2024, indicator=code)
    AreaPage.model_validate(page)
    found = next(item for item in page["items"] if item["unit"]["id"] == area)
    return found["indicators"][0]


def test_an_area_that_is_the_whole_city_has_the_citys_values(browser: Browser) -> None:
    for code in ("park_coverage", "heritage_damage_events"):
        found = beside(browser, "area:all", code)
        assert found["value"] == pytest.approx(found["city"])
    assert beside(browser, "area:all", "park_coverage")["difference"] == pytest.approx(0)
    assert beside(browser, "area:all", "heritage_damage_events")["share"] == 1


def test_areas_are_summed_over_the_units_whose_point_lies_in_them(browser: Browser) -> None:
    """By hand: x < 300 holds blocks 1, 2, 3, 5, 6, 7; 120 to 280 holds 2, 3, 6, 7."""
    built, mid = (beside(browser, f"area:{n}", "park_coverage") for n in ("built", "mid"))
    assert built["value"] == pytest.approx(100 * (10 + 40 + 90 + 50 + 120 + 70) / 1000)
    assert mid["value"] == pytest.approx(100 * (40 + 90 + 120 + 70) / 800)
    assert mid["city"] == pytest.approx(100 * 500 / 1200)
    assert mid["difference"] == pytest.approx(mid["value"] - mid["city"])
    assert mid["better"] is False
    assert (mid["via"], mid["note"]) == ("rollup", "from block (4)")
    events = beside(browser, "area:mid", "heritage_damage_events")
    assert (events["value"], events["city"]) == (1 + 2 + 5 + 6, 28)
    assert events["share"] == 0.5


def test_areas_are_asked_for_by_kind(browser: Browser) -> None:
    page = browser.json("/api/v1/areas", kind="old_town", year=2024)
    assert [item["unit"]["id"] for item in page["items"]] == ["area:mid"]
    codes = [item["code"] for item in page["items"][0]["indicators"]]
    assert codes == ["park_coverage", "heritage_damage_events"]
    assert browser.json("/api/v1/areas", kind="nothing")["items"] == []
    assert browser.get("/api/v1/areas?indicator=nobody").status_code == 404
    value = browser.json(f"/api/v1/values/{SYSTEM}/park_coverage/area:mid/2024")
    assert (value["numerator"], value["denominator"]) == (320, 800)


def test_an_own_value_of_an_area_wins(tmp_path: Path) -> None:
    folder = make_grid_city(tmp_path / "city", change=areas)
    seal(folder)
    (tmp_path / "v.csv").write_text(
        "unit_id,level,indicator,period,value,numerator,denominator\n"
        "B1,block,park_coverage,2024,10,10,100\nmid,area,park_coverage,2024,33,33,100\n",
        encoding="utf-8",
    )
    load(folder, [tmp_path / "v.csv"], source="园林", mapping=Mapping(system=SYSTEM))
    publish(folder)
    with browsing(create_app(folder, Settings(refresh_seconds=0))) as asking:
        found = beside(asking, "area:mid", "park_coverage")
        assert (found["value"], found["via"]) == (33, "own")
        rolled = beside(asking, "area:built", "park_coverage")
        assert rolled["note"] == "coverage 0.17; from block (1)", "what is missing is told"


def test_words_stand_beside_the_number_and_alone(browser: Browser) -> None:
    file = browser.json("/api/v1/units/block:B1", year=2024)
    UnitFile.model_validate(file)
    item = next(i for i in file["indicators"] if i["code"] == "park_coverage")
    assert item["value"] == 10
    (said,) = item["qualitative"]
    assert said["grade"] == {"zh": "较差", "en": "poor"}
    assert said["remark"] == {"zh": "公园入口被占", "en": "gate is blocked"}
    assert (said["source"], said["reviewer"], said["date"]) == ("专家组", "Zhao", "2024-08-01")
    value = browser.json(f"/api/v1/values/{SYSTEM}/park_coverage/block:B1/2024")
    Value.model_validate(value)
    assert value["qualitative"] == [said]
    other = browser.json("/api/v1/units/block:B2", year=2024)["indicators"]
    alone = next(i for i in other if i["code"] == "air_quality_good_days")
    assert (alone["value"], alone["qualitative"][0]["grade"]["en"]) == (None, "excellent")


def test_related_indicators_come_with_their_values(browser: Browser) -> None:
    file = browser.json("/api/v1/units/block:B1", year=2024)["indicators"]
    item = next(i for i in file if i["code"] == "park_coverage")
    kinds = {(r["code"], r["kind"]) for r in item["related"]}
    assert kinds == {("greenway_coverage", "near"), ("road_density", "near")}
    events = next(i for i in file if i["code"] == "heritage_damage_events")
    (repair,) = (r for r in events["related"] if r["code"] == "historic_block_repair_rate")
    assert (repair["kind"], repair["value"], repair["state"]) == ("opposite", None, "missing")


def test_remarks_on_unknown_indicators_or_without_words_are_refused(city: CityFolder) -> None:
    file = city.path / "bad.csv"
    for line, code in (
        ("B1,block,nobody,2024,优,", "INDICATOR_UNKNOWN"),
        ("B9,block,park_coverage,2024,优,", "UNIT_UNKNOWN"),
        ("B1,block,park_coverage,,优,", "PERIOD_MISSING"),
        ("B1,block,park_coverage,2024,,", "NOTHING_TAKEN"),
    ):
        file.write_text(f"unit_id,level,indicator,period,grade,remark\n{line}\n", encoding="utf-8")
        with pytest.raises(InputRefused) as refused:
            load(city, [file], source="x", kind="remarks", mapping=Mapping(system=SYSTEM))
        assert code in [issue.code for issue in refused.value.log]


def test_themes_filter_indicators_and_problems(browser: Browser) -> None:
    page = browser.json("/api/v1/themes")
    ThemePage.model_validate(page)
    themes = {item["code"]: item for item in page["items"]}
    assert {"epidemic", "shortcomings", "demand"} == {
        t["code"] for t in themes.values() if t["group"] == "campaign"
    }
    goals = {t["label"]["zh"] for t in themes.values() if t["group"] == "goal"}
    assert goals == {"宜居", "绿色", "韧性", "智慧", "人文"}
    assert [unit["id"] for unit in themes["strategy"]["areas"]] == ["area:all"]
    assert all("proposal" in t["provenance"] for t in themes.values() if t["group"] == "goal")
    codes = [i["code"] for i in browser.json("/api/v1/indicators", theme="shore")["items"]]
    assert codes == ["park_coverage"]
    every = browser.json("/api/v1/problems", year=2024, limit=1000)["items"]
    mine = browser.json("/api/v1/problems", year=2024, theme="shore", limit=1000)
    wanted = [p["id"] for p in every if p["indicator"] == "park_coverage"]
    assert [p["id"] for p in mine["items"]] == wanted
    assert wanted
    assert len(wanted) < len(every)
    answer = browser.get("/api/v1/problems?theme=nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_THEME")


def test_milestones_say_what_is_overdue_on_the_citys_day(browser: Browser) -> None:
    found = browser.json("/api/v1/city")
    City.model_validate(found)
    told = [(m["due"], m["overdue"], m["late"]) for m in found["milestones"]]
    assert told == [
        ("2024-09-30", True, False), ("2024-11-30", False, True), ("2024-12-31", False, False),
    ]  # fmt: skip


def test_shipped_themes_and_relations_name_only_indicators_that_there_are() -> None:
    systems, log = load_systems(), IssueLog()
    codes = {code for system in systems.values() for code in system.indicators}
    for theme in load_themes(None, systems, log):
        assert theme.indicators or theme.area_kinds, theme.code
    for relation in load_relations(None, log):
        assert {relation.code, relation.other} <= codes
        assert relation.provenance
    import tomllib

    from indicator_overlays.themes.read import SHIPPED

    for table in tomllib.loads((SHIPPED / "themes.toml").read_text(encoding="utf-8"))["theme"]:
        assert set(table.get("indicators", ())) <= codes, table["code"]
    assert not list(log)


def test_broken_themes_refuse_the_publication_and_unknown_codes_are_told(tmp_path: Path) -> None:
    folder = make_grid_city(tmp_path / "city")
    (folder.systems / "themes.toml").write_text("[[theme]]\ncode = 'x'\n", encoding="utf-8")
    (folder.systems / "relations.csv").write_text("code,other,kind\na,b,enemy\n", encoding="utf-8")
    log = IssueLog()
    load_themes(folder, load_systems(folder), log)
    load_relations(folder, log)
    assert [issue.code for issue in log] == ["THEME_UNREADABLE", "THEME_UNREADABLE"]
    (folder.systems / "themes.toml").write_text(THEMES, encoding="utf-8")
    log = IssueLog()
    load_themes(folder, load_systems(folder), log)
    assert [issue.code for issue in log] == ["THEME_INDICATOR_UNKNOWN"]
