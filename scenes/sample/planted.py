"""Cases that chance may leave out of a small city: told values are moved a little so that they are.

For each rule that rests on told values at least one unit fires and, where its line allows it, one
nearly does, in the newest year. What geometry measures is placed in ``cases.py`` instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.sample.plan import Array
from scenes.sample.truth import Series

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
SPARE = 3  # units a case is planted at: a delivery loses a few values
NOISE, NOISE_LIMIT, NOISE_NEAR = "noise_compliance_rate", 75.0, 82.5  # rule D14B
DAMAGE = "heritage_damage_events"  # rule D13B
GAPS = (  # rule D04: a compound that lacks three of these
    "elderly_facility_gap", "childcare_facility_gap", "kindergarten_gap", "public_activity_gap",
    "no_property_management",
)  # fmt: skip
LACKING = 3


def plant(series: list[Series], old: Bools) -> None:
    """Move values of the newest year in place; ``old``: blocks that hold listed houses."""
    by_code = {(one.row.code, one.row.level): one for one in series}
    if (noise := by_code.get((NOISE, "block"))) is not None:
        _rate(noise, 0.0, NOISE_LIMIT, 71.0)
        _rate(noise, NOISE_LIMIT, NOISE_NEAR, 78.0)
    for one in series:
        if one.row.code == DAMAGE and one.row.level == "block":
            _events(one, old)
    gaps = [by_code[code, "compound"] for code in GAPS if (code, "compound") in by_code]
    if gaps:
        _lack(gaps)


def _rate(one: Series, low: float, high: float, aim: float) -> None:
    """Units whose share lies in [low, high): where there are none, the nearest ones get ``aim``."""
    value, size = one.value[-1], one.denominator[-1]
    could = np.isfinite(value) & (size > 0)
    have = could & (value >= low) & (value < high)
    rest = np.flatnonzero(could & ~have & (value >= high))
    short = SPARE - int(have.sum())
    if short <= 0 or not len(rest):
        return
    at = rest[np.argsort(value[rest], kind="stable")[:short]]
    one.numerator[-1, at] = np.rint(aim / one.indicator.scale * size[at])
    one.value[-1, at] = np.round(one.numerator[-1, at] / size[at] * one.indicator.scale, 4)


def _events(one: Series, old: Bools) -> None:
    """An event at the likeliest old places, where none happened in the newest year."""
    if one.value[-1].sum() > 0:
        return
    at = np.flatnonzero(old)[:SPARE] if old.any() else np.arange(1)
    one.value[-1, at] = 1.0
    one.numerator[-1, at] = 1.0


def _lack(gaps: list[Series]) -> None:
    """The worst compounds lack everything, where none lacks three things."""
    lacking: Array = np.sum([np.nan_to_num(one.value[-1]) > 0 for one in gaps], axis=0)
    if (lacking >= LACKING).sum() >= SPARE:
        return
    at: Ints = np.argsort(-lacking, kind="stable")[:SPARE]
    for one in gaps:
        one.value[-1, at] = np.maximum(one.value[-1, at], 1.0)
        one.numerator[-1, at] = np.maximum(one.numerator[-1, at], 1.0)
