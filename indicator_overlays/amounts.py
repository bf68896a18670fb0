"""Value cells → numbers in the indicator's own unit, with a state each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicator_overlays.cells import EMPTY, NOT_A_NUMBER, NOT_FINITE, Numbers, read_numbers
from indicator_overlays.delivery import Delivery
from indicator_overlays.entries import Entries
from indicator_overlays.findings import Finder
from indicator_overlays.indicator import Indicator
from indicator_overlays.unitofmeasure import factor
from indicator_overlays.values import NUMBER_STATES, STATES

_STATE_WORDS = {
    "测量": "measured",
    "实测": "measured",
    "计算": "computed",
    "调整": "adjusted",
    "缺失": "missing",
    "无数据": "missing",
    "不可计算": "not_computable",
    "不适用": "not_applicable",
    "保密": "withheld",
    "不公开": "withheld",
    "过期": "stale",
}


def read_amounts(
    entries: Entries, indicators: list[Indicator], which: npt.NDArray[np.int64],
    delivery: Delivery, finder: Finder,
) -> pd.DataFrame:  # fmt: skip
    """Columns value, numerator, denominator, unit, state; `which` is the indicator of each row.

    A value that is not given but whose numerator and denominator are is made from them. What is
    withheld has neither: the two together would tell it.
    """
    frame, letters = entries.frame, entries.letters
    value = _column(frame["value"], delivery, finder, "")
    above = _column(frame["numerator"], delivery, finder, letters.get("numerator", ""))
    below = _column(frame["denominator"], delivery, finder, letters.get("denominator", ""))
    times = _factors(entries, value, indicators, which, delivery, finder)
    numbers = value.value * times
    scale = np.array([item.scale for item in indicators], float)[which]
    given = np.isfinite(above.value) & np.isfinite(below.value)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.where(given & (below.value != 0), above.value / below.value * scale, np.nan)
    made = (value.outcome == EMPTY) & (value.state == "") & given
    numbers = np.where(made, quotient, numbers)
    state = _states(entries, value, numbers, made, delivery, finder)
    numbers = np.where(np.isin(state, NUMBER_STATES), numbers, np.nan)
    told = state != "withheld"
    return pd.DataFrame(
        {
            "value": numbers,
            "numerator": np.where(told, above.value, np.nan),
            "denominator": np.where(told, below.value, np.nan),
            "unit": np.array([item.unit for item in indicators], object)[which],
            "state": state,
        }
    )


def _column(cells: pd.Series[str], delivery: Delivery, finder: Finder, letter: str) -> Numbers:
    read = read_numbers(cells, delivery.mapping.nulls)
    finder.report("VALUE_NOT_A_NUMBER", read.outcome == NOT_A_NUMBER, letter, text=cells)
    finder.report("VALUE_NOT_FINITE", read.outcome == NOT_FINITE, letter, text=cells)
    return read


def _factors(
    entries: Entries, value: Numbers, indicators: list[Indicator],
    which: npt.NDArray[np.int64], delivery: Delivery, finder: Finder,
) -> npt.NDArray[np.float64]:  # fmt: skip
    """Factor of every row from the unit it is written in to the indicator's own."""
    written = np.where(value.unit != "", value.unit, entries.frame["unit"].to_numpy(object))
    by_name = delivery.mapping.units
    declared = np.array([by_name.get(item.code, "") for item in indicators], object)[which]
    written = np.where((written == "") & (declared != ""), declared, written).astype(object)
    pairs = pd.Series(written, dtype="str") + "\x1f" + pd.Series(which).astype("str")
    codes, words = pd.factorize(pairs)
    split = [str(word).split("\x1f") for word in words]
    factors = [_factor(unit, indicators[int(number)], by_name) for unit, number in split]
    found = np.array([np.nan if item is None else item for item in factors], float)[codes]
    wanted = pd.Series([item.unit for item in indicators], dtype="str").iloc[which]
    names = pd.Series([item.code for item in indicators], dtype="str").iloc[which]
    bad = np.isnan(found) & np.isfinite(value.value)
    finder.report(
        "UNIT_OF_MEASURE_DIFFERS", bad, entries.letters.get("unit", ""),
        written=pd.Series(written, dtype="str"), wanted=wanted, indicator=names,
    )  # fmt: skip
    first = ~pairs.duplicated().to_numpy(bool)
    changed = first & np.isfinite(found) & (found != 1.0) & np.isfinite(value.value)
    finder.report(
        "UNIT_CONVERTED", changed, entries.letters.get("unit", ""),
        written=pd.Series(written, dtype="str"), wanted=wanted, indicator=names,
        factor=pd.Series(found),
    )  # fmt: skip
    return np.where(np.isnan(found), 1.0, found)


def _factor(written: str, indicator: Indicator, by_name: dict[str, str]) -> float | None:
    if not written or not indicator.unit:
        return 1.0
    return factor(by_name.get(written, written), indicator.unit)


def _states(
    entries: Entries, value: Numbers, numbers: npt.NDArray[np.float64],
    made: npt.NDArray[np.bool_], delivery: Delivery, finder: Finder,
) -> npt.NDArray[np.object_]:  # fmt: skip
    """Return what the row says, else what its mark means, else measured (or computed)."""
    written = entries.frame["state"]
    codes, words = pd.factorize(written)
    read = [_STATE_WORDS.get(str(word), str(word).lower().replace(" ", "_")) for word in words]
    said = np.array(read, object)[codes]
    letter = entries.letters.get("state", "")
    finder.report("STATE_UNKNOWN", (said != "") & ~np.isin(said, STATES), letter, state=written)
    usual = "computed" if delivery.source_kind == "computed" else "measured"
    number = np.isfinite(numbers)
    implied = np.where(number, usual, np.where(made, "not_computable", "missing"))
    implied = np.where((value.state != "") & ~number, value.state, implied)
    state = np.where(said != "", said, implied).astype(object)
    carries = np.isin(state, NUMBER_STATES)
    readable = value.outcome < NOT_A_NUMBER
    finder.report(
        "STATE_CONTRADICTS", number & ~carries & (said != ""), letter,
        state=pd.Series(said), told="it has a number", told_zh="有数值",
    )  # fmt: skip
    finder.report(
        "STATE_CONTRADICTS", ~number & carries & (said != "") & readable, letter,
        state=pd.Series(said), told="it has no number", told_zh="没有数值",
    )  # fmt: skip
    return state
