"""Warning levels 预警: red, yellow, normal, no standard, not assessed; automatic, never by hand.

A value that meets its standard is normal. One that misses it is yellow, and red when its score
against the standard is below the lowest passing grade of the scale (60 in the default one), or
when the indicator is a bottom line 底线. A value without a standard is never called normal, and
what has no value is not assessed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from indicator_overlays.indicator import Indicator, Standard
from indicator_overlays.scoring.scale import Scale
from indicator_overlays.scoring.score import against_standard

WARNINGS: tuple[str, ...] = ("red", "yellow", "normal", "no_standard", "not_assessed")
"""Words of the codes 0 to 4."""

VERSION = "warning-1"

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]


def red_below(scale: Scale) -> float:
    """Score under which a missed standard is red: where the lowest grade but the last begins."""
    return scale.grades[-2].start if len(scale.grades) > 1 else 0.0


def warnings(indicator: Indicator, values: Floats, scale: Scale) -> Codes:
    """(N,) codes into WARNINGS of an indicator's values; NaN is a missing value."""
    known = np.isfinite(values)
    standard = indicator.standard
    if standard is None or (standard.value is None and standard.op != "range"):
        return np.where(known, 3, 4).astype(np.uint8)
    score = against_standard(values, standard, share=indicator.is_percent)
    missed = known & ~_meets(values, standard)
    bound = indicator.indicator_type == "bottom_line" and not standard.reference
    red = missed & (bound | (score < red_below(scale)))
    return np.select([~known, red, missed], [4, 0, 1], 2).astype(np.uint8)


def _meets(values: Floats, standard: Standard) -> npt.NDArray[np.bool_]:
    low = -np.inf if standard.low is None else standard.low
    high = np.inf if standard.high is None else standard.high
    limit = np.nan if standard.value is None else standard.value
    tests = {
        ">=": values >= limit,
        ">": values > limit,
        "<=": values <= limit,
        "<": values < limit,
        "=": values == limit,
        "range": (values >= low) & (values <= high),
    }
    return np.asarray(tests[standard.op], bool)
