"""The published sample city read with the eyes of its mayor: sums add up, sentences are whole."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from cim_bridge.folder import CityFolder
from indicator_overlays.results_reader import Results
from indicator_overlays.system import load_systems
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
