"""Warning levels: what is red, what is yellow, and what is never called normal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicator_overlays.indicator import Indicator, Standard
from indicator_overlays.scoring.scale import load_scales
from indicator_overlays.system import load_systems
from indicator_overlays.warning import WARNINGS, red_below, warnings

DEFAULT = load_scales()[0]["default"]
SOME = load_systems()["MOHURD-2022"].indicators["road_density"]


def indicator(op: str, value: float | None, kind: str = "guiding", **more: object) -> Indicator:
    standard = Standard(op, value, None, None, reference=bool(more.pop("reference", False)))
    return replace(SOME, standard=replace(standard, **more), indicator_type=kind)


def words(item: Indicator, *values: float) -> list[str]:
    return [WARNINGS[code] for code in warnings(item, np.array(values, np.float64), DEFAULT)]


def test_a_missed_standard_is_yellow_and_a_missed_pass_grade_red() -> None:
    assert red_below(DEFAULT) == 60
    assert words(indicator(">=", 8), 8, 7.9, 4.8, 4.79) == ["normal", "yellow", "yellow", "red"]
    assert words(indicator("<=", 10), 10, 10.1, 17) == ["normal", "yellow", "red"]


def test_a_missed_bottom_line_is_red_however_narrowly() -> None:
    assert words(indicator(">=", 8, "bottom_line"), 7.99, 8) == ["red", "normal"]
    # a line of reference binds nobody: it warns as any other
    assert words(indicator(">=", 8, "bottom_line", reference=True), 7.99) == ["yellow"]


def test_a_missing_value_is_not_assessed_and_one_without_standard_never_normal() -> None:
    assert words(indicator(">=", 8), np.nan) == ["not_assessed"]
    assert words(replace(SOME, standard=None), 3, np.nan) == ["no_standard", "not_assessed"]
    assert words(indicator(">=", None), 3) == ["no_standard"]


def test_a_range_is_normal_inside_only() -> None:
    item = indicator("range", None, low=80.0, high=120.0)
    assert words(item, 79, 80, 120, 121, 20) == ["yellow", "normal", "normal", "yellow", "red"]


@pytest.mark.parametrize("op", ["<=", "<", ">=", ">", "="])
@given(value=st.floats(-1e6, 1e6), limit=st.floats(-1e6, 1e6))
def test_normal_is_exactly_what_meets_the_standard(op: str, value: float, limit: float) -> None:
    item = indicator(op, limit)
    assert item.standard is not None
    assert (words(item, value) == ["normal"]) == item.standard.meets(value)
