"""Cells → numbers and states; units of measure made one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_bridge.sheets import column_letter
from indicator_overlays.cells import EMPTY, NOT_A_NUMBER, NOT_FINITE, OK, read_numbers
from indicator_overlays.mapping import DEFAULT_NULLS
from indicator_overlays.unitofmeasure import factor


def read(*cells: str) -> list[tuple[float | None, int, str, str]]:
    found = read_numbers(pd.Series(cells, dtype="str"), DEFAULT_NULLS)
    return [
        (None if np.isnan(value) else value, int(outcome), state, unit)
        for value, outcome, state, unit in zip(
            found.value, found.outcome, found.state, found.unit, strict=True
        )
    ]


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("0", 0.0, ""),
        ("-3.5", -3.5, ""),
        ("1,234.5", 1234.5, ""),
        ("１２．５", 12.5, ""),
        ("12.3%", 12.3, "%"),
        ("12.3％", 12.3, "%"),
        ("1.2万", 12_000.0, ""),
        ("3亿", 3e8, ""),
        ("12 公顷", 12.0, "公顷"),
        ("1.5e3", 1500.0, ""),
        (".5", 0.5, ""),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: str, value: float, unit: str) -> None:
    assert read(cell) == [(pytest.approx(value), OK, "", unit)]


def test_nothing_that_is_no_number_becomes_one() -> None:
    assert read("", "—", "***", "不适用", "约50", "=1+1", "1,23", "1_000", ".", "1 2") == [
        (None, EMPTY, "", ""),
        (None, OK, "missing", ""),
        (None, OK, "withheld", ""),
        (None, OK, "not_applicable", ""),
        *[(None, NOT_A_NUMBER, "", "")] * 6,
    ]
    assert {row[1] for row in read("NaN", "inf", "-Infinity", "1e999", "#DIV/0!")} == {NOT_FINITE}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_every_finite_number_survives_its_text(values: list[float]) -> None:
    assert [row[0] for row in read(*map(repr, values))] == values


@given(st.lists(st.text(max_size=12), max_size=10))
def test_any_text_gives_a_finite_number_or_none(cells: list[str]) -> None:
    for value, outcome, state, _ in read(*[cell.strip() for cell in cells]):
        assert (value is not None) == (outcome == OK and not state)
        assert value is None or np.isfinite(value)


@pytest.mark.parametrize(
    ("written", "wanted", "times"),
    [
        ("万人", "persons", 10_000.0),
        ("万 人", "人", 10_000.0),
        ("万平方米", "m2", 10_000.0),
        ("万㎡", "m2", 10_000.0),
        ("亿元", "元", 1e8),
        ("亿元", "万元", 10_000.0),
        ("百万元", "yuan", 1e6),
        ("万户", "户", 10_000.0),
        ("万辆", "count", 10_000.0),
        ("亿立方米", "m³", 1e8),
        ("万人/平方公里", "persons/km2", 10_000.0),
        ("万人", "m2", None),
        ("百分点", "%", None),
        ("亩", "m2", 2000 / 3),
        ("公顷", "m2", 10_000.0),
        ("公顷", "km2", 0.01),
        ("m²/人", "m2/person", 1.0),
        ("公里/平方公里", "km/km2", 1.0),
        ("米/平方公里", "km/km2", 0.001),
        ("栋", "building count", 1.0),
        ("个", "count", 1.0),
        ("％", "%", 1.0),
        ("fraction", "%", 100.0),
        ("kg", "m2", None),
        ("km", "km/km2", None),
    ],
)
def test_known_units_of_measure_are_converted(
    written: str, wanted: str, times: float | None
) -> None:
    found = factor(written, wanted)
    assert found == (pytest.approx(times) if times is not None else None)


def test_columns_are_lettered_as_in_a_spreadsheet() -> None:
    assert [column_letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
