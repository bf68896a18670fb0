"""Five years of an indicator; facts and feelings; who answered a survey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicator_overlays.evaluation import Point, counterparts, line, links
from indicator_overlays.quadrants import QUADRANTS, place
from indicator_overlays.representative import check_group
from indicator_overlays.system import load_systems


def point(
    year: int, value: float | None, method: str = "m", version: str = "1", **more: str
) -> Point:
    state = more.get("state", "measured" if value is not None else "missing")
    system = more.get("system", "MOHURD-2022")
    return Point(
        year, str(year), value, state, system, "x", method, version, more.get("source", "s")
    )


def test_a_line_measured_alike_has_one_change() -> None:
    found = line([point(2023, 12), point(2021, 10), point(2022, 11)], "higher")
    assert [p.year for p in found.points] == [2021, 2022, 2023]
    assert (found.change, found.alike, found.across) == (2, 2, 0)
    assert found.better is True
    assert found.breaks == ()


def test_a_change_of_method_is_told_apart_from_a_real_one() -> None:
    found = line(
        [
            point(2021, 10),
            point(2022, 11),
            point(2023, 31, version="2"),
            point(2024, 30, version="2"),
        ],
        "higher",
    )
    assert (found.change, found.alike, found.across) == (20, 0, 20)
    assert [(b.before, b.after, b.kinds, b.change) for b in found.breaks] == [
        (2022, 2023, ("version",), 20)
    ]
    assert found.better is None, "one up and one down, measured alike"


def test_another_list_is_a_break_even_with_the_same_method() -> None:
    found = line([point(2022, 10), point(2023, 9, system="MOHURD-2023")], "lower")
    assert found.alike is None
    assert found.across == -1
    assert found.better is None
    assert found.breaks[0].kinds == ("system",)


def test_a_year_without_a_number_is_a_gap_and_never_zero() -> None:
    found = line([point(2021, 10), point(2022, None), point(2023, 12)], "lower")
    assert found.gaps == (2022,)
    assert found.change == 2
    assert found.better is False


def test_one_number_is_no_change() -> None:
    found = line([point(2021, 10)], "higher")
    assert (found.change, found.alike, found.better) == (None, None, None)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.sampled_from("ab")), min_size=2, max_size=9))
def test_the_two_changes_add_up(values: list[tuple[float, str]]) -> None:
    found = line([point(2010 + i, v, m) for i, (v, m) in enumerate(values)], "higher")
    assert found.change is not None
    assert (found.alike or 0.0) + found.across == pytest.approx(found.change, abs=1e-3)


def test_lists_of_two_years_know_their_counterparts() -> None:
    assert ("MOHURD-2023", "park_coverage", "same") in counterparts("MOHURD-2022", "park_coverage")
    back = counterparts("MOHURD-2023", "ev_charger_gap")
    assert back[0][:2] == ("MOHURD-2022", "low_carbon_energy_facility")
    assert back[0][2] != "same"
    systems = load_systems()
    for (system, code), others in links().items():
        assert code in systems[system].indicators
        assert all(other in systems[name].indicators for name, other, _ in others)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_units_are_placed_by_facts_and_feelings() -> None:
    found = place(
        numbers(90, 90, 50, 50, np.nan, 90), numbers(90, 50, 90, 50, 90, 90),
        numbers(40, 40, 40, 40, 40, 5), np.zeros(6, bool), least=30,
    )  # fmt: skip
    assert found.quadrant.tolist() == [
        "keep",
        "perception",
        "hidden",
        "priority",
        "unknown",
        "unknown",
    ]
    assert found.small.tolist() == [False] * 5 + [True]


def test_a_failing_bottom_line_is_a_problem_however_content_people_are() -> None:
    found = place(numbers(99), numbers(99), numbers(100), np.array([True]), least=30)
    assert found.quadrant.tolist() == ["hidden"]
    assert found.bound.tolist() == [True]


@given(st.floats(0, 100), st.floats(0, 100), st.integers(0, 99), st.booleans())
def test_every_unit_has_exactly_one_place(a: float, b: float, n: int, bad: bool) -> None:
    found = place(numbers(a), numbers(b), numbers(n), np.array([bad]), least=30)
    assert found.quadrant[0] in QUADRANTS
    assert (found.quadrant[0] == "unknown") == (n < 30)


def test_a_sample_is_held_against_the_population() -> None:
    good = check_group("age", {"young": 48, "old": 52}, {"young": 500, "old": 500})
    assert good.representative is True
    skewed = check_group("age", {"young": 90, "old": 10}, {"young": 500, "old": 500})
    assert skewed.representative is False
    assert skewed.classes[0].off == pytest.approx(-0.4)
    silent = check_group("age", {"young": 10}, {"young": 500, "old": 500})
    assert silent.missing == ("old",)
    assert silent.representative is False
    assert check_group("age", {"young": 10}, None).representative is None
    assert check_group("age", {}, {"young": 1}).representative is None
