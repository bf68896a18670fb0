"""What a problem says: of the indicators that decide, in whole sentences, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from cim_bridge.folder import CityFolder
from indicator_overlays.assembly import assemble
from indicator_overlays.diagnose import DiagnosisReport, diagnose
from indicator_overlays.evidence import ATTRIBUTE_LABELS
from indicator_overlays.explain import explain
from indicator_overlays.load import load
from indicator_overlays.phrases import fill, joined
from indicator_overlays.rule import load_rules
from indicator_overlays.severity import load_severity
from indicator_overlays.system import load_systems
from tests.support.gridcity import make_grid_city


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return make_grid_city(tmp_path / "city")


def give(city: CityFolder, lines: str, level: str, source: str = "survey") -> None:
    file = city.path / f"{source}.csv"
    file.write_text("unit_id,indicator,period,value\n" + lines, encoding="utf-8")
    load(city, [file], source=source, level=level)


def fired(report: DiagnosisReport, rule: str) -> dict[str, dict[str, Any]]:
    rows = report.problems.to_pylist()
    return {row["unit_id"]: row for row in rows if row["rule"] == rule}


def test_words_follow_their_number_and_unknown_parts_are_left_out() -> None:
    template = "{n} {n|place|places}[ (built {year})] here"
    fields = {
        "n": np.array(["1", "2", "1,000"], object),
        "year": np.array(["1987", "—", "—"], object),
    }
    assert fill(template, fields, 3).tolist() == [
        "1 place (built 1987) here",
        "2 places here",
        "1,000 places here",
    ]


def test_several_words_are_joined_as_people_join_them() -> None:
    yes, no = np.array([True, True, False]), np.array([False, True, False])
    made = joined({"a": yes, "b": no, "c": yes}, 3, ", ", " and ")
    assert made.tolist() == ["a and c", "a, b and c", ""]


def test_what_is_said_is_said_of_the_indicator_that_decides(city: CityFolder) -> None:
    give(city, "H1-1,structural_hazard,2024,0\nH1-1,gas_hazard,2024,1\n", "building")
    row = fired(diagnose(city, 2024), "D03")["building:H1-1"]
    assert (row["value"], row["threshold"], row["margin"]) == (1.0, 0.0, 1.0)
    assert row["indicator"] == "gas_hazard"
    assert row["address"] == "MOHURD-2023/gas_hazard/building:H1-1/2024"
    assert row["why_en"].endswith("has 1 kind of safety hazard: gas")
    assert row["why_zh"].endswith("查出 1 类安全隐患：燃气")
    proof = [item["name"] for item in orjson.loads(row["evidence"])]
    assert "gas_hazard" in proof
    assert "structural_hazard" not in proof, "what is fine is no evidence"


def test_several_that_hold_are_all_named(city: CityFolder) -> None:
    give(city, "H1-1,structural_hazard,2024,1\nH1-1,gas_hazard,2024,1\n", "building")
    row = fired(diagnose(city, 2024), "D03")["building:H1-1"]
    assert row["indicator"] == "structural_hazard"
    assert row["why_en"].endswith("2 kinds of safety hazard: structure and gas")
    parts = assemble(city, years=(2024,))
    rule = next(rule for rule in parts.rules if rule.code == "D03")
    told = explain(rule, parts.facts(2024), "building:H1-1", parts.catalogue)
    assert told["why"]["en"] == row["why_en"]
    assert told["why"]["zh"] == row["why_zh"]


OWN = """
code = "Z1"
version = "1"
name = { zh = "甲", en = "A" }
levels = ["block"]
when = "road_density < 8 or park_coverage < 80"
value = "road_density"
limit = "8"
clause = { zh = "甲", en = "A" }
why = { zh = "{value}", en = "{value}" }
fix = { zh = "减少", en = "fewer" }
"""


def test_a_rule_does_not_fire_where_its_own_figure_is_not_known(city: CityFolder) -> None:
    (city.rules / "z.toml").write_text(OWN, encoding="utf-8")
    give(city, "B1,park_coverage,2024,10\nB2,park_coverage,2024,10\n", "block")
    give(city, "B2,road_density,2024,5\n", "block", source="roads")
    report = diagnose(city, 2024)
    assert list(fired(report, "Z1")) == ["block:B2"]
    told = next(item for item in report.assessed if item["rule"] == "Z1")
    assert {"name": "road_density", "units": 7} in told["missing"]  # type: ignore[operator]


def test_some_findings_concern_few_and_never_top_the_list(city: CityFolder) -> None:
    rule = next(rule for rule in load_rules()[0] if rule.code == "D15")
    assert not rule.everyone
    grades = load_severity().grade(np.array([0, 99]), rule.most)
    assert grades.tolist() == ["low", "medium"]
    give(city, "B1,overhead_wire_road,2024,1\n", "block")
    row = fired(diagnose(city, 2024), "D15")["block:B1"]
    assert row["people"] is None
    assert row["severity"] == "low"
    assert "1 untidy place:" in row["why_en"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_unit_of_rules_and_systems_can_be_shown_in(root: Path, language: str) -> None:
    known = orjson.loads((root / f"viewer/src/i18n/{language}.json").read_bytes())
    units = {rule.unit for rule in load_rules()[0]} | {
        unit for _, unit in ATTRIBUTE_LABELS.values()
    }
    units |= {item.unit for s in load_systems(None).values() for item in s.indicators.values()}
    assert [unit for unit in sorted(units - {""}) if f"unit.{unit}" not in known] == []


def test_no_shipped_sentence_names_a_field_that_there_is_not() -> None:
    fields = "place value limit margin need people period year which height storeys year_built area"
    given = {name: np.array(["2"], object) for name in fields.split()}
    for rule in load_rules()[0]:
        for words in (rule.why, rule.fix):
            for text in (words["zh"], words["en"]):
                assert not set("{}[]|") & set(fill(text, given, 1)[0]), (rule.code, text)
