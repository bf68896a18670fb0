"""Breaks, legends and columns: a colour never contradicts its value."""

from __future__ import annotations

from pathlib import Path

import brotli
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicator_overlays.breaks import Breaks, make_breaks, nice_step, round_to
from indicator_overlays.columns import (
    NO_UNIT,
    NUMBER,
    STATE_CODES,
    U16_STATES,
    Cells,
    class_codes,
    f32_column,
    read_column,
    same_class_float32,
    u8_column,
    u16_column,
    write_column,
)
from indicator_overlays.indicator import Category, Indicator, Standard
from indicator_overlays.legend import class_meets, legend_breaks, make_legend
from indicator_overlays.ramp import DARK_INK, JUDGED, LIGHT_INK, contrast
from indicator_overlays.ranks import UNRANKED, ranks


def standard(op: str, value: float | None = None, low: float | None = None) -> Standard:
    return Standard(op, value, low, None if low is None else low + 40)


def indicator(direction: str = "higher", rule: Standard | None = None) -> Indicator:
    return Indicator(
        code="x", system="S", no=1, name={"zh": "甲", "en": "x"},
        category=Category("c", {"zh": "类", "en": "c"}), dimension=None, group=None, unit="%",
        direction=direction, indicator_type="", standard=rule, formula="", natural_level="block",
        attach_levels=("block",), computability="A", department=None, provenance="",
        confidence="", rollup="ratio",
    )  # fmt: skip


floats = st.floats(-1e4, 1e4, allow_nan=False).map(lambda v: round(v, 2))
series = st.lists(floats, min_size=1, max_size=80).map(np.array)
rules = st.one_of(
    st.none(),
    st.builds(standard, st.sampled_from(["<=", ">=", "<", ">"]), floats),
    st.builds(lambda low: standard("range", None, low), floats),
)


@settings(max_examples=120, deadline=None)
@given(values=series, rule=rules)
def test_a_class_never_mixes_values_that_meet_the_standard_with_others(
    values: np.ndarray, rule: Standard | None
) -> None:
    breaks = make_breaks(values, rule)
    codes = breaks.classify(values)
    assert codes.max() < len(breaks) <= 250
    if rule is None:
        return
    for value, code in zip(values, codes, strict=True):
        assert class_meets(breaks, int(code), rule) == rule.meets(float(value))


@settings(max_examples=120, deadline=None)
@given(values=series, rule=rules)
def test_a_legends_bounds_hold_for_the_values_of_its_class(
    values: np.ndarray, rule: Standard | None
) -> None:
    breaks = make_breaks(values, rule)
    legend = make_legend(breaks, indicator("higher", rule), "block", None)
    assert legend_breaks(legend).classify(values).tolist() == breaks.classify(values).tolist()
    for value, code in zip(values, breaks.classify(values), strict=True):
        item = legend["classes"][int(code)]
        low, high = item["from"], item["to"]
        assert low is None or value > low or (item["from_closed"] and value == low)
        assert high is None or value < high or (item["to_closed"] and value == high)


@settings(max_examples=80, deadline=None)
@given(values=series, rule=rules)
def test_float32_export_stays_in_the_class_of_the_exact_value(
    values: np.ndarray, rule: Standard | None
) -> None:
    breaks = make_breaks(values, rule)
    near = np.array([np.nextafter(b, s) for b in breaks.inner for s in (-np.inf, b, np.inf)])
    all_ = np.concatenate([values, near]) if len(near) else values
    short = same_class_float32(all_, breaks).astype(np.float64)
    assert breaks.classify(short).tolist() == breaks.classify(all_).tolist()


@settings(max_examples=60, deadline=None)
@given(values=series)
def test_breaks_do_not_depend_on_the_order_of_values(values: np.ndarray) -> None:
    assert make_breaks(values, None) == make_breaks(values[::-1].copy(), None)


def test_the_limit_itself_belongs_to_the_side_that_meets_it() -> None:
    lower = make_breaks(np.linspace(0, 100, 50), standard("<=", 30.0))
    upper = make_breaks(np.linspace(0, 100, 50), standard(">=", 90.0))
    at = lower.classify(np.array([30.0, np.nextafter(30.0, 31)]))
    assert at[1] == at[0] + 1
    at = upper.classify(np.array([np.nextafter(90.0, 0), 90.0]))
    assert at[1] == at[0] + 1


def test_few_distinct_values_get_one_class_each_and_flags_get_words() -> None:
    breaks = make_breaks(np.array([0.0, 1.0, 1.0]), standard("<=", 0.0))
    legend = make_legend(breaks, indicator("lower", standard("<=", 0.0)), "building", (0.0, 1.0))
    assert [item["label"]["en"] for item in legend["classes"]] == ["None", "Yes"]
    assert [item["meets"] for item in legend["classes"]] == [True, False]
    counts = make_breaks(np.array([0.0, 1.0, 2.0, 5.0]), standard("<=", 1.0))
    assert counts.classify(np.array([0.0, 1.0, 2.0, 5.0])).tolist() == [0, 1, 2, 3]


def test_breaks_are_round_numbers() -> None:
    values = np.random.default_rng(7).normal(40, 12, 500)
    for cut in make_breaks(values, None).inner:
        assert cut == round_to(cut, 1.0)
    assert [nice_step(x) for x in (0.07, 3.2, 47.0, 0.0)] == [0.05, 2.0, 20.0, 1.0]
    assert round_to(0.30000000000000004, 0.1) == 0.3


@pytest.mark.parametrize("direction", ["higher", "lower", "range"])
def test_colours_run_from_good_to_bad_and_words_on_them_can_be_read(direction: str) -> None:
    breaks = make_breaks(np.random.default_rng(1).uniform(0, 100, 300), None)
    legend = make_legend(breaks, indicator(direction), "block", (0.0, 100.0))
    classes = legend["classes"]
    assert len({item["color"] for item in classes}) == len(classes)
    for item in classes:
        assert contrast(item["color"], item["ink"]) >= 4.5
        assert item["ink"] in (DARK_INK, LIGHT_INK)
    if direction == "range":
        assert legend["ramp"] == "plain"
    else:
        best = classes[-1] if direction == "higher" else classes[0]
        assert best["color"] == JUDGED[0]


def test_classes_that_miss_the_standard_are_never_teal() -> None:
    rule = standard(">=", 90.0)
    breaks = make_breaks(np.linspace(0, 100, 100), rule)
    for item in make_legend(breaks, indicator("higher", rule), "block", (0, 100))["classes"]:
        red, blue = int(item["color"][1:3], 16), int(item["color"][5:7], 16)
        assert (red > blue) is not item["meets"]


def cells() -> Cells:
    return Cells(
        np.array([0, 1, 2, 3, 5], np.uint32),
        np.array([0.0, 50.0, np.nan, 100.0, 70.0]),
        np.array([NUMBER, NUMBER, STATE_CODES["withheld"], NUMBER, STATE_CODES["stale"]], np.uint8),
    )


REMOVED = np.array([False, False, False, False, False, False, True])


def test_states_missing_units_and_tombstones_have_their_own_codes() -> None:
    breaks = Breaks((50.0,), (False,), "test")
    column = u8_column(cells(), class_codes(cells(), breaks), REMOVED)
    assert column.tolist() == [0, 1, 253, 1, 250, 254, NO_UNIT]


def test_the_u16_ramp_is_linear_with_the_same_states_on_top() -> None:
    column = u16_column(cells(), (0.0, 100.0), REMOVED)
    assert column.dtype.str == "<u2"
    assert column.tolist() == [0, 32750, 65533, 65499, 65530, 65534, 65535]
    assert U16_STATES + 250 == 65530


def test_f32_holds_numbers_only_and_never_a_made_up_zero() -> None:
    column = f32_column(cells(), Breaks((50.0,), (False,), "test"), REMOVED)
    assert column.dtype.str == "<f4"
    assert np.isnan(column).tolist() == [False, False, True, False, True, False, True]
    assert column[0] == 0.0


def test_a_column_is_named_by_its_content_and_compressed_ahead(tmp_path: Path) -> None:
    folder = tmp_path / "columns"
    folder.mkdir()
    column = np.zeros(5000, np.uint8)
    uri, digest = write_column(folder, column, "u8")
    assert write_column(folder, column, "u8") == (uri, digest)
    path = tmp_path / uri
    assert path.name == f"{digest[:32]}.u8"
    assert brotli.decompress(path.with_name(path.name + ".br").read_bytes()) == path.read_bytes()
    write_column(folder, np.zeros(9, np.uint8), "u8")
    assert len(list(folder.iterdir())) == 4


def test_a_large_column_is_kept_packed_alone_where_that_saves_a_fifth(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    noise, classes = rng.normal(0, 1, 200_000).astype("<f4"), rng.integers(0, 4, 400_000)
    folder = tmp_path / "columns"
    folder.mkdir()
    plain = tmp_path / write_column(folder, noise, "f32")[0]
    packed = tmp_path / write_column(folder, classes.astype(np.uint8), "u8")[0]
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        [plain.name, f"{packed.name}.brotli"]
    )
    assert read_column(packed) == classes.astype(np.uint8).tobytes()
    assert read_column(plain) == noise.tobytes()


@given(
    st.lists(st.integers(-20, 20), max_size=40, unique=True),
    st.lists(st.integers(-21, 21), min_size=1, max_size=30),
    st.booleans(),
)
def test_classes_count_the_breaks_up_to_a_value(
    inner: list[int], values: list[int], owned: bool
) -> None:
    breaks = Breaks(tuple(sorted(map(float, inner))), (owned,) * len(inner), "quantile")
    found = breaks.classify(np.array(values, float))
    expected = [sum(b < v if owned else b <= v for b in inner) for v in values]
    assert found.tolist() == expected


@given(st.lists(st.integers(-5, 5), max_size=40), st.sampled_from(["higher", "lower"]))
def test_ranks_count_the_units_that_are_better(values: list[int], direction: str) -> None:
    number = np.array(values, float)
    state = np.where(number == 5, STATE_CODES["withheld"], NUMBER).astype(np.uint8)
    cells = Cells(np.arange(len(number), dtype=np.uint32), number, state)
    sign = 1 if direction == "lower" else -1
    numbers = [sign * v for v, s in zip(values, state, strict=True) if s == NUMBER]
    expected = [
        sum(other < sign * v for other in numbers) + 1 if s == NUMBER else UNRANKED
        for v, s in zip(values, state, strict=True)
    ]
    assert ranks(cells, indicator(direction)).tolist() == expected
