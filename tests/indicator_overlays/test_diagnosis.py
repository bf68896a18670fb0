"""Rules, problems and explanations; what could not be assessed is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pytest

from cim_bridge.errors import InputRefused, NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.assembly import assemble
from indicator_overlays.diagnose import DiagnosisReport, diagnose
from indicator_overlays.explain import explain
from indicator_overlays.load import load
from indicator_overlays.phrases import fill, plain
from indicator_overlays.problems_table import problem_id
from indicator_overlays.results import Results, build_results
from indicator_overlays.rule import load_rules, rules_of
from indicator_overlays.severity import load_severity
from indicator_overlays.system import load_systems
from tests.support.gridcity import make_grid_city

CJK = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return make_grid_city(tmp_path / "city")


def give(city: CityFolder, text: str, *, source: str = "bureau", kind: str = "values") -> None:
    file = city.path / f"{source}.csv"
    file.write_text(text, encoding="utf-8")
    load(city, [file], source=source, kind=kind)


DENSITY = "unit_id,level,indicator,period,value,state\n"


def density(city: CityFolder, year: int = 2024, **values: object) -> None:
    lines = [
        f"block:{unit},block,road_density,{year},{'' if value is None else value},"
        f"{'withheld' if value is None else ''}\n"
        for unit, value in values.items()
    ]
    give(city, DENSITY + "".join(lines), source=f"roads{year}")


def fired(report: DiagnosisReport, rule: str) -> dict[str, dict[str, Any]]:
    rows = report.problems.to_pylist()
    return {row["unit_id"]: row for row in rows if row["rule"] == rule}


def counts(report: DiagnosisReport, rule: str, level: str = "block") -> dict[str, Any]:
    return next(dict(x) for x in report.assessed if x["rule"] == rule and x["level"] == level)


def test_a_problem_carries_rule_threshold_margin_evidence_and_a_way_out(city: CityFolder) -> None:
    density(city, B1=5, B2=8, B3=8.5, B4=20)
    row = fired(diagnose(city, 2024), "D09")["block:B1"]
    assert (row["value"], row["threshold"], row["margin"]) == (5.0, 8.0, 3.0)
    assert row["state"] == "candidate"
    assert row["origin"] == "rule"
    assert "B1号" in row["why_zh"]
    assert "5" in row["why_en"]
    assert "0.03 km" in row["fix_en"]
    assert row["people"] == 2000
    assert row["problem_id"] == problem_id("D09", "block:B1", 2024)
    proof = orjson.loads(row["evidence"])[0]
    assert proof["address"] == "MOHURD-2022/road_density/block:B1/2024"
    assert proof["source"] == "roads2024"
    assert proof["value"] == 5.0
    assert orjson.loads(row["measures"])[0]["zh"]


def test_equal_to_the_line_is_fine_and_close_to_it_is_near(city: CityFolder) -> None:
    density(city, B1=5, B2=8, B3=8.5, B4=20)
    told = counts(diagnose(city, 2024), "D09")
    assert (told["fires"], told["near"], told["fine"], told["unknown"]) == (1, 2, 1, 4)


def test_missing_and_withheld_are_not_assessed_and_never_fine(city: CityFolder) -> None:
    density(city, B1=None, B2=9)
    told = counts(diagnose(city, 2024), "D09")
    assert told["unknown"] == 7
    assert told["missing"] == [{"name": "road_density", "units": 7}]


def test_a_finding_of_the_year_before_makes_it_a_repeated_one(city: CityFolder) -> None:
    density(city, 2023, B1=6, B2=9)
    density(city, 2024, B1=6, B2=6)
    report = diagnose(city, 2024)
    rows = fired(report, "D09")
    assert rows["block:B1"]["repeated"] is True
    assert rows["block:B2"]["repeated"] is False
    assert rows["block:B1"]["points"] == rows["block:B2"]["points"] + 1
    assert {row["year"] for row in rows.values()} == {2024}


def test_the_city_is_the_reason_in_its_own_rules(city: CityFolder) -> None:
    (city.rules / "own.toml").write_text(
        """
code = "Z1"
version = "1"
name = { zh = "高楼过多", en = "Too many towers" }
levels = ["block"]
when = "count(building, height > 70) > 1 and district.year_built < 1"
value = "count(building, height > 70)"
limit = "1"
better = "lower"
clause = { zh = "本市要求", en = "the city's own" }
why = { zh = "{place}有 {value} 栋", en = "{place} has {value}" }
fix = { zh = "减少", en = "fewer" }
""",
        encoding="utf-8",
    )
    density(city, B1=9)
    report = diagnose(city, 2024)
    told = counts(report, "Z1")
    assert told["fires"] == 0
    assert told["unknown"] == 2, "B7 and B8: nothing says when the district was built"
    assert told["fine"] == 6, "decided by the towers alone"


def test_a_broken_rule_refuses_with_its_place_and_remedy(city: CityFolder) -> None:
    (city.rules / "a.toml").write_text('code = "Q1"\nwhen = "import os"\nlevels = ["moon"]\n')
    (city.rules / "b.toml").write_text("code = \n")
    _, log = load_rules(city, load_systems(city))
    found = {issue.code for issue in log}
    assert found == {
        "RULE_KEY_MISSING", "RULE_LEVEL_UNKNOWN", "RULE_EXPRESSION_INVALID", "RULE_UNREADABLE",
    }  # fmt: skip
    assert all(issue.place.file in ("a.toml", "b.toml") for issue in log)
    density(city, B1=9)
    with pytest.raises(InputRefused):
        build_results(city)
    assert not list(city.results.glob("[0-9a-f]*"))


def test_a_rule_that_names_nothing_known_is_warned_about(city: CityFolder) -> None:
    text = (Path(load_rules.__globals__["SHIPPED"]) / "D09.toml").read_text(encoding="utf-8")
    (city.rules / "x.toml").write_text(text.replace("road_density", "road_densty"))
    rules, log = load_rules(city, load_systems(city))
    assert {issue.code for issue in log} == {"RULE_NAME_UNKNOWN"}
    assert next(rule for rule in rules if rule.code == "D09").origin == "city"


def test_two_rules_of_one_code_are_refused(city: CityFolder) -> None:
    text = (Path(load_rules.__globals__["SHIPPED"]) / "D09.toml").read_text(encoding="utf-8")
    for name in ("x.toml", "y.toml"):
        (city.rules / name).write_text(text, encoding="utf-8")
    _, log = load_rules(city)
    assert [issue.code for issue in log] == ["RULE_CODE_TWICE"]


def test_shipped_rules_speak_both_languages_and_survive_a_release() -> None:
    rules, log = load_rules()
    assert len(log) == 0
    assert len(rules) >= 16
    for rule in rules:
        for words in (rule.name, rule.clause, rule.why, rule.fix, rule.department, *rule.measures):
            assert words is not None
            assert CJK.search(words["zh"]), rule.code
            assert not CJK.search(words["en"]), rule.code
        assert rule.provenance, rule.code
        assert rule.measures, rule.code
    again = rules_of([rule.to_json() for rule in rules])
    assert [(r.code, r.when.text, r.near) for r in again] == [
        (r.code, r.when.text, r.near) for r in rules
    ]


def explained(city: CityFolder, rule: str, unit: str) -> dict[str, Any]:
    parts = assemble(city)
    wanted = next(item for item in parts.rules if item.code == rule)
    return explain(wanted, parts.facts(2024), unit, parts.catalogue)


def test_why_why_not_and_what_would_make_it_green(city: CityFolder) -> None:
    density(city, B1=5, B2=8.5)
    bad, good, blind = (explained(city, "D09", f"block:B{n}") for n in (1, 2, 3))
    assert bad["fires"] is True
    assert bad["what_would_fix"]["need"] == pytest.approx(0.03)
    assert bad["inputs"][0]["value"] == 5.0
    assert good["fires"] is False
    assert good["outcome"] == "near"
    assert good["why_not"] == [{"text": "road_density < 8", "holds": False, "joined": ""}]
    assert good["what_would_fix"]["headroom"] == pytest.approx(0.5)
    assert blind["fires"] is None
    assert blind["missing"] == ["road_density"]
    assert CJK.search(blind["verdict"]["zh"])
    with pytest.raises(NotFound):
        explained(city, "D09", "block:B99")
    with pytest.raises(NotFound):
        explained(city, "D09", "building:H1-1")


def test_loaded_problems_stand_beside_the_rules_and_closed_ones_hide_nothing(
    city: CityFolder,
) -> None:
    density(city, B1=5, B2=6)
    give(
        city,
        "problem_id,unit_id,year,rule,title_zh,severity,state,description_zh\n"
        "P1,block:B1,2024,D09,路太少,high,assigned,现场核实\n"
        "P2,block:B2,2024,D09,路太少,high,verified,已整改\n"
        "P3,block:B5,2024,,积水,medium,confirmed,雨后积水\n",
        source="list",
        kind="problems",
    )
    rows = Results(city.results / build_results(city)).diagnosis.to_pylist()
    mine = {row["problem_id"]: row for row in rows if row["unit_id"] in ("block:B1", "block:B2")}
    assert mine["P1"]["state"] == "assigned"
    assert mine["P1"]["margin"] == 3.0, "takes the figures of the rule's own finding"
    assert problem_id("D09", "block:B1", 2024) not in mine
    assert problem_id("D09", "block:B2", 2024) in mine, "said to be closed, but it still fires"
    own = next(row for row in rows if row["problem_id"] == "P3")
    assert (own["origin"], own["level"], own["why_zh"]) == ("loaded", "block", "雨后积水")
    grades = [row["severity"] for row in rows if row["year"] == 2024]
    assert grades == sorted(grades, key=["high", "medium", "low"].index)


def test_people_of_a_unit_are_those_of_its_homes_when_nothing_is_stated(tmp_path: Path) -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["level"] == "block", "population"] = np.nan
        table.loc[table["id"] == "building:H2-1", "population"] = np.nan
        return table

    city = make_grid_city(tmp_path / "c", change=change)
    density(city, B1=5, B2=5)
    rows = fired(diagnose(city, 2024), "D09")
    assert rows["block:B1"]["people"] == 50
    assert rows["block:B2"]["people"] is None, "one home is not known: no half sum"


def test_severity_grows_with_gap_people_and_repetition_by_the_table() -> None:
    table = load_severity()
    grades = table.grade(np.array([0, table.medium, table.high]))
    assert grades.tolist() == ["low", "medium", "high"]
    assert table.version


def test_a_loaded_problem_without_words_gets_its_rules(city: CityFolder) -> None:
    density(city, B1=9)
    text = "problem_id,unit_id,year,rule,title_zh,severity\nP1,block:B4,2024,D14,缺绿,low\n"
    give(city, text, source="list", kind="problems")
    row = Results(city.results / build_results(city)).diagnosis.to_pylist()[-1]
    assert row["title_zh"] == "缺绿"
    assert row["department_zh"] == "园林绿化局"
    assert row["fix_zh"]
    assert row["clause_en"]


def test_templates_take_names_only() -> None:
    made = fill("{a} {b.__class__} {unknown}", {"a": "x"}, 1)
    assert made[0] == "x {b.__class__} {unknown}"
    assert [plain(x) for x in (12345.6, 5.0, 0.02, 3.14159, float("nan"))] == [
        "12,346", "5", "0.02", "3.14", "—",
    ]  # fmt: skip


def test_a_rule_without_any_of_its_indicators_sleeps_and_is_named(city: CityFolder) -> None:
    density(city, B1=5)
    results = Results(city.results / build_results(city))
    assert "D16" in results.manifest["idle_rules"]
    assert "D16" not in {entry["rule"] for entry in results.manifest["assessed"]}
    assert results.manifest["model"] == open_model(city).digest
