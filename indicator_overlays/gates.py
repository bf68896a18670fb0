"""Checks on a whole delivery of values: what is likely wrong is refused until it is confirmed.

A whole delivery is confirmed by its map (`confirm = [code, ...]`), a row by words in its column
`confirmed 核实说明`, which stay in the value's note.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicator_overlays.delivery import Delivery
from indicator_overlays.findings import Finder
from indicator_overlays.indicator import Indicator

_LEAP = 50.0
_ROUNDING = 0.051


def check_values(
    table: pd.DataFrame, indicators: list[Indicator], which: npt.NDArray[np.int64],
    earlier: pd.DataFrame, delivery: Delivery, finder: Finder,
) -> None:  # fmt: skip
    """Run every check; `earlier` holds the values that are stored already (same columns)."""
    _fractions(table, indicators, which, delivery, finder)
    _range(table, indicators, which, finder)
    _quotients(table, indicators, which, delivery, finder)
    _duplicates(table, finder)
    _levels(table, indicators, which, finder)
    if "RATIO_TO_LAST_YEAR" not in delivery.mapping.confirm:
        _leaps(table, earlier, finder)


def _confirmed(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows that somebody has confirmed in words."""
    told: npt.NDArray[np.bool_] = (table["at_confirmed"] != "").to_numpy(bool)
    return told


def _fractions(
    table: pd.DataFrame, indicators: list[Indicator], which: npt.NDArray[np.int64],
    delivery: Delivery, finder: Finder,
) -> None:  # fmt: skip
    """A percentage whose every value lies in 0 to 1 is most likely a fraction."""
    if "PERCENT_AS_FRACTION" in delivery.mapping.confirm:
        return
    value = np.where(_confirmed(table), np.nan, table["value"].to_numpy(float))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = table["numerator"].to_numpy(float) / table["denominator"].to_numpy(float) * 100.0
    proved = np.isclose(share, value, rtol=0.01, atol=1e-9)
    for number, item in enumerate(indicators):
        rows = (which == number) & np.isfinite(value)
        some = value[rows & (value > 0)]
        if not item.is_percent or not len(some) or proved[rows].any():
            continue
        if value[rows].max() <= 1.0 and value[rows].min() >= 0.0:
            first = np.zeros(len(value), bool)
            first[np.flatnonzero(rows & (value > 0))[0]] = True
            finder.report("PERCENT_AS_FRACTION", first, indicator=item.code, value=f"{some[0]:g}")


def _range(
    table: pd.DataFrame, indicators: list[Indicator], which: npt.NDArray[np.int64], finder: Finder
) -> None:
    value = table["value"].to_numpy(float)
    low = np.array([-np.inf if i.low is None else i.low for i in indicators], float)[which]
    high = np.array([np.inf if i.high is None else i.high for i in indicators], float)[which]
    bad = np.isfinite(value) & ((value < low) | (value > high))
    finder.report(
        "VALUE_OUT_OF_RANGE", bad, indicator=table["indicator"], value=table["value"],
        low=pd.Series(low), high=pd.Series(high), unit=table["unit"],
    )  # fmt: skip


def _quotients(
    table: pd.DataFrame, indicators: list[Indicator], which: npt.NDArray[np.int64],
    delivery: Delivery, finder: Finder,
) -> None:  # fmt: skip
    """value = numerator / denominator x the unit's scale, but for rounding.

    Where a unit has no scale of its own (km/km2 given in metres) any power of ten will do.
    """
    if "NUM_DEN_MISMATCH" in delivery.mapping.confirm:
        return
    ratio = np.array([item.rollup == "ratio" for item in indicators], bool)[which]
    scale = np.array([item.scale for item in indicators], float)[which]
    value = table["value"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = table["numerator"].to_numpy(float) / table["denominator"].to_numpy(float) * scale
        power = np.log10(np.abs(value / expected))
        shift = np.where(scale == 1.0, np.power(10.0, np.round(power)), 1.0)
        expected = expected * np.where(np.isfinite(shift), shift, 1.0)
    whole = value == np.round(value)
    allowed = np.maximum(np.where(whole, 0.51, _ROUNDING), np.abs(expected) * 0.005)
    bad = ratio & np.isfinite(value) & np.isfinite(expected) & (np.abs(value - expected) > allowed)
    bad &= ~_confirmed(table)
    finder.report(
        "NUM_DEN_MISMATCH", bad, indicator=table["indicator"], value=table["value"],
        numerator=table["numerator"], denominator=table["denominator"],
        expected=pd.Series(np.round(expected, 4)),
    )  # fmt: skip


def _duplicates(table: pd.DataFrame, finder: Finder) -> None:
    key = ["unit_id", "system", "indicator", "period_start", "period_end"]
    bad = table.duplicated(key, keep="first").to_numpy(bool) & (table["unit_id"] != "").to_numpy()
    finder.report(
        "DUPLICATE_VALUE", bad,
        indicator=table["indicator"], unit=table["unit_id"], period=table["period"],
    )  # fmt: skip


def _levels(
    table: pd.DataFrame, indicators: list[Indicator], which: npt.NDArray[np.int64], finder: Finder
) -> None:
    """Told once for each indicator and level."""
    pairs = pd.DataFrame({"which": which, "level": table["level"]})
    first = pairs[~pairs.duplicated()]
    bad = np.zeros(len(table), bool)
    for position, (number, level) in zip(first.index, first.to_numpy(), strict=True):
        bad[position] = bool(level) and not indicators[number].allows(level)
    finder.report("LEVEL_NOT_ATTACHED", bad, indicator=table["indicator"], level=table["level"])


def _leaps(table: pd.DataFrame, earlier: pd.DataFrame, finder: Finder) -> None:
    """A value 50 times the one of the period before, or a fiftieth of it.

    The period before is another one, also where this period's value was told before.
    """
    key = ["unit_id", "system", "indicator"]
    columns = [*key, "period", "period_end", "value"]
    now = table[columns].assign(at=np.arange(len(table)))
    old = earlier[columns].assign(at=-1)
    both = (pd.concat([old, now]) if len(old) else now).dropna(subset=["period_end"])
    both = both[both["value"].notna() & (both["value"] != 0)]
    if both.empty:
        return
    both = both.assign(day=pd.to_datetime(both["period_end"])).sort_values(
        [*key, "day", "at"], kind="stable"
    )
    days = both.drop_duplicates([*key, "day"], keep="last")
    follows = days[key].eq(days[key].shift()).all(axis=1)
    days = days.assign(previous=days["value"].shift(), before=days["period"].shift())[follows]
    new = both[both["at"] >= 0].merge(days[[*key, "day", "previous", "before"]], on=[*key, "day"])
    ratio = (new["value"] / new["previous"]).abs()
    found = new[(ratio >= _LEAP) | (ratio <= 1.0 / _LEAP)]
    bad = np.zeros(len(table), bool)
    bad[found["at"].to_numpy(np.int64)] = True
    bad &= ~_confirmed(table)
    at = found.set_index("at")
    finder.report(
        "RATIO_TO_LAST_YEAR", bad, indicator=table["indicator"], value=table["value"],
        previous=at["previous"].reindex(range(len(table))),
        period=at["before"].reindex(range(len(table))),
    )  # fmt: skip
