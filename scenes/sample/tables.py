"""Long tables of values with their states: what each source delivers, with gaps and quarrels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenes.sample.facts import Fact
from scenes.sample.forms import SHARES
from scenes.sample.sums import Places
from scenes.sample.truth import YEARS, Series

COLUMNS = [
    "unit_id",
    "level",
    "system",
    "indicator",
    "period",
    "value",
    "numerator",
    "denominator",
    "unit",
    "state",
    "note",
]
NOTE = "虚构数据 synthetic"
CITY = "city:lanwan-fictitious"


def long_table(series: Series, ids: NDArray[np.object_]) -> pd.DataFrame:
    """One row a unit and year; a value that is not a number has a state instead."""
    years, n = series.value.shape
    value = series.value.ravel()
    numerator, denominator = series.numerator.ravel(), series.denominator.ravel()
    number = np.isfinite(value)
    period = np.repeat(np.array([str(y - 1) for y in YEARS], dtype=object), n)
    frame = pd.DataFrame(
        {
            "unit_id": np.tile(ids, years),
            "level": series.row.level,
            "system": series.row.system,
            "indicator": series.row.code,
            "period": period,
            "value": value,
            "numerator": np.where(number, numerator, np.nan),
            "denominator": np.where(number, denominator, np.nan),
            "unit": series.indicator.unit,
            "state": np.where(number, "measured", "not_applicable"),
            "note": NOTE,
        }
    )
    return frame


def lose(
    frame: pd.DataFrame,
    rng: np.random.Generator,
    *,
    missing: float = 0.0,
    withheld: float = 0.0,
    broken: float = 0.0,
) -> pd.DataFrame:
    """Turn a share of the numbers into missing, withheld and not_computable."""
    draw = rng.random(len(frame))
    state = frame["state"].to_numpy(object).copy()
    has = state == "measured"
    edges = np.cumsum([missing, withheld, broken])
    for low, high, word in zip(
        [0.0, *edges[:2]], edges, ("missing", "withheld", "not_computable"), strict=True
    ):
        state[has & (draw >= low) & (draw < high)] = word
    gone = state != "measured"
    out = frame.copy()
    out["state"] = state
    out.loc[gone, ["value", "numerator", "denominator"]] = np.nan
    return out


def upward(series: Series, above: Places, of: NDArray[np.int64]) -> Series:
    """The same indicator for the units above: shares and sums, never means of shares."""
    n, years = len(above.ids), len(YEARS)
    good = np.isfinite(series.value)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        filled = np.where(good, np.nan_to_num(values), 0.0)
        return np.stack([np.bincount(of, filled[y], minlength=n) for y in range(years)])

    row = series.row
    amount = row.form == "fact" and not np.isfinite(series.denominator).any()
    if not amount and (row.form in SHARES or (row.form == "flag" and series.indicator.is_percent)):
        top, bottom = total(series.numerator), total(series.denominator)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(bottom > 0, top / bottom * series.indicator.scale, np.nan)
        return Series(row, series.indicator, np.round(value, 4), top, bottom)
    if row.form in ("mean", "never") and series.indicator.rollup != "sum":
        count = total(np.ones_like(series.value))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(count > 0, total(series.value) / count, np.nan)
        nothing = np.full_like(value, np.nan)
        return Series(row, series.indicator, np.round(value, row.digits), nothing, nothing)
    top = total(series.value)
    return Series(row, series.indicator, np.round(top, 4), top, np.full_like(top, np.nan))


def agreed(series: Series, fact: Fact | None) -> Series:
    """Sums of units moved to what geometry says of the whole unit: streets lie between blocks."""
    if fact is None:
        return series
    row, scale = series.row, series.indicator.scale
    if not np.isfinite(fact.denominator).any():
        value = np.where(fact.known[:, None], fact.value, series.value)
        return Series(row, series.indicator, value, value, series.denominator)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.nan_to_num(fact.value[-1] - series.value[-1])
        past = np.maximum(series.value + step, row.low)
        past = np.minimum(past, 100.0) if series.indicator.is_percent else past
        whole = np.nan_to_num(fact.denominator)
        told = np.where(fact.known[:, None], fact.numerator, np.round(past * whole / scale, 4))
        value = np.where(whole > 0, told / whole * scale, np.nan)
    return Series(row, series.indicator, np.round(value, 4), told, whole)


def disagree(frame: pd.DataFrame, rng: np.random.Generator, share: float = 0.03) -> pd.DataFrame:
    """Another source's view: within 2 % mostly, 8 to 22 % off for a share of the rows."""
    out = frame.copy()
    far = rng.random(len(out)) < share
    factor = 1.0 + np.where(
        far,
        rng.choice([-1, 1], len(out)) * rng.uniform(0.08, 0.22, len(out)),
        rng.uniform(-0.018, 0.018, len(out)),
    )
    value = (out["value"] * factor).to_numpy()
    most = np.maximum(out["value"].to_numpy(), 100.0)  # a supply ratio may lie above 100 %
    value = np.where(out["unit"] == "%", np.minimum(value, most), value)
    whole = (out["value"] % 1 == 0) & (out["value"].abs() < 50)
    out["value"] = np.where(
        whole & ~far, out["value"], np.where(whole, np.rint(value), np.round(value, 2))
    )
    out[["numerator", "denominator"]] = np.nan
    return out
