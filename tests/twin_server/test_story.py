"""The published sample city read with the eyes of its mayor: sums add up, sentences are whole."""

from __future__ import annotations

import math
from urllib.parse import quote

import pandas as pd
import pytest

from cim_bridge.folder import CityFolder
from indicator_overlays.results_reader import Results
from indicator_overlays.system import load_systems
from tests.twin_server.asking import Browser
from twin_server.demo import Demo

NUMBERS = ("measured", "computed", "adjusted", "stale")


@pytest.fixture(scope="module")
def results(demo: Demo) -> Results:
    (path,) = (demo.city / "results").iterdir()
    return Results(path)


@pytest.fixture(scope="module")
def values(results: Results) -> pd.DataFrame:
    """Every shown number of every year, with how its indicator is added up."""
    table = results.values.to_pandas()
    return table[table["state"].isin(NUMBERS)]


def added(demo: Demo, *kinds: str) -> set[tuple[str, str]]:
    systems = load_systems(CityFolder.open(demo.city)).values()
    return {(s.id, c) for s in systems for c, i in s.indicators.items() if i.rollup in kinds}


def test_the_city_is_the_sum_of_its_districts_when_all_of_them_have_a_value(
    demo: Demo, values: pd.DataFrame
) -> None:
    sums, checked = added(demo, "sum", "count"), 0
    for key, rows in values.groupby(["system", "indicator", "year"]):
        city, below = rows[rows["level"] == "city"], rows[rows["level"] == "district"]
        if key[:2] in sums and len(below) == 6 and list(city["method"]) == ["rollup"]:
            assert city["value"].iloc[0] == pytest.approx(below["value"].sum()), key
            checked += 1
    assert checked > 50


def test_a_roll_up_says_how_much_it_knows_and_is_never_made_of_nothing(
    values: pd.DataFrame,
) -> None:
    rolled = values[values["method"] == "rollup"]
    told = rolled["note"].str.extract(r"(?:coverage (?P<share>[\d.]+); )?from \w+ \((?P<n>\d+)\)")
    assert told["n"].astype(int).min() >= 1
    share = told["share"].dropna().astype(float)
    assert ((share >= 0) & (share <= 1)).all()
    known = values.assign(number=1).set_index(["system", "indicator", "year", "unit_id"])
    assert not known.index.duplicated().any(), "an own value and a roll-up never stand side by side"


def test_own_values_that_their_units_contradict_are_conflicts_and_say_so(
    results: Results, values: pd.DataFrame
) -> None:
    own = values[(values["level"] == "district") & values["conflict"]]
    unit = own["unit_id"].iloc[0]
    told = results.unit_candidates(str(unit)).to_pandas()
    beside = told[(told["method"] == "rollup") & told["conflict"]]
    assert len(beside) > 0
    assert not beside["adopted"].any()
    for row in beside.itertuples():
        key = told["indicator"].eq(row.indicator) & told["period"].eq(row.period)
        every = told[key & told["system"].eq(row.system)]
        assert every["conflict"].all()
        assert (every["n_sources"] == len(every)).all()
        assert math.isfinite(every["spread"].iloc[0])


@pytest.fixture(scope="module")
def problems(results: Results) -> pd.DataFrame:
    table = results.diagnosis.to_pandas()
    return table[table["year"] == 2025]


def test_no_sentence_has_a_hole_and_no_threshold_lacks_its_value(problems: pd.DataFrame) -> None:
    for name in ("why_zh", "why_en", "fix_zh", "fix_en", "title_zh", "title_en"):
        words = problems[name].fillna("None")
        holes = words.str.contains("—|None|nan|[{}]", regex=True) | (words.str.strip() == "")
        assert problems[holes][["rule", "unit_id", name]].to_numpy().tolist() == []
    unsaid = problems["value"].isna() & problems["threshold"].notna()
    assert problems[unsaid]["rule"].tolist() == []
    assert not problems["why_en"].str.contains(r"\b1 (?:places|kinds|events|points)\b").any()


def test_severity_is_a_pyramid_that_a_mayor_can_act_on(problems: pd.DataFrame) -> None:
    share = problems["severity"].value_counts(normalize=True)
    assert 0.01 <= share["high"] <= 0.10
    assert share["medium"] < 0.65
    streets = problems[(problems["rule"] == "D15") & (problems["value"] <= 3)]
    assert set(streets["severity"]) <= {"low"}


FIRES = (
    "D01", "D02", "D03", "D04", "D05", "D06", "D07", "D07B", "D08", "D08B", "D09", "D10", "D11",
    "D11B", "D12", "D13", "D13B", "D14", "D14B", "D15", "D16", "L01",
)  # fmt: skip
"""All shipped rules and the sample's own: each fires in a sample city of any size."""
COUNTS = {"D03", "D05", "D06", "D10", "D11", "D11B", "D13B", "D15", "D16"}
"""Rules whose target is nothing (or everything): nearly meeting it is not a finding."""
NOT_ASSESSED = {("D10", "block"), ("D15", "block")}
"""Levels that nobody surveys in the sample: streets by subdistrict, flood points by district."""


def assessed(results: Results) -> pd.DataFrame:
    rows = pd.DataFrame(results.manifest["assessed"])
    return rows[rows["year"] == 2025]


def test_every_shipped_rule_fires_somewhere_and_is_not_everywhere(results: Results) -> None:
    told = assessed(results)
    by_rule = told.groupby("rule")[["fires", "near", "fine", "unknown"]].sum()
    assert set(by_rule.index) == set(FIRES)
    assert sorted(by_rule[by_rule["fires"] > 0].index) == sorted(FIRES)
    healthy = by_rule["near"] + by_rule["fine"]
    assert by_rule[healthy == 0].index.tolist() == []
    nobody = told[told["fires"] + told["near"] + told["fine"] == 0]
    assert {(row.rule, row.level) for row in nobody.itertuples()} == NOT_ASSESSED


def test_rules_with_a_line_nearly_fire_elsewhere(results: Results) -> None:
    near = assessed(results).groupby("rule")["near"].sum()
    assert set(near[near == 0].index) == COUNTS


def test_sources_have_the_names_of_offices_and_say_that_they_are_made_up(
    results: Results, demo: Demo
) -> None:
    told = set(results.values["source"].unique().to_pylist())
    made = {"cimtwin", "多个来源 / several sources"}
    assert told - made
    assert all("（虚构） / " in name and "(fictitious)" in name for name in told - made)
    kinds = {
        item["source"]: item["source_kind"]
        for _, item in CityFolder.open(demo.city).list_batches()
        if item["of"] == "values"
    }
    assert kinds["市统计局（虚构） / Statistics Bureau (fictitious)"] == "statistics"
    assert kinds["各区自体检（虚构） / Districts' Own Checkup (fictitious)"] == "self_report"


ADDRESSES = {
    "measured": "(values.method == '') & (values.state == 'measured') & (values.level == 'block')",
    "computed": "values.method.str.startswith('cimtwin') & (values.level == 'block')"
    " & (values.state == 'computed')",
    "rolled up": "(values.method == 'rollup') & (values.level == 'city') & (values.year == 2025)",
    "adjusted": "values.state == 'adjusted'",
    "withheld": "(values.state == 'withheld') & (values.method != 'privacy')",
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_an_address_tells_where_its_number_comes_from(
    results: Results, published: Browser, case: str
) -> None:
    values = results.values.to_pandas()
    row = values[eval(ADDRESSES[case], {"values": values})].iloc[0]  # noqa: S307
    path = f"{row.system}/{row.indicator}/{row.unit_id}/{row.period}"
    told = published.json(f"/api/v1/values/{quote(path)}")
    assert told["state"] == row["state"]
    assert told["value"] == (None if case == "withheld" else pytest.approx(row["value"]))
    assert (told["adopted"], told["unit_ref"]["id"]) == (True, row.unit_id)
    assert told["publication"]["results"] == results.digest
    assert all(len(item["sha256"]) == 64 for item in told["inputs"])
    if case in ("measured", "adjusted", "withheld"):
        (mine,) = [item for item in told["candidates"] if item["adopted"]]
        assert told["place"].startswith(told["inputs"][0]["name"] + "!")
        assert told["batch"] == mine["batch"] == told["inputs"][0]["batch"]
    if case == "computed":
        assert told["method"] == f"cimtwin.{row.indicator}"
        assert any(item["name"].startswith("buildings") for item in told["inputs"])
    if case == "rolled up":
        assert told["note"].startswith(("coverage", "from"))
        assert told["inputs"]
    if case == "adjusted":
        assert "→" in told["note"]
        assert "reviewer" in told["note"]
