"""Facts and feelings 主客观: objective score against satisfaction, unit by unit.

Both good: keep. Objective good, satisfaction low: a gap of perception. Objective poor, satisfaction
high: a hidden gap. Both poor: first priority. A failing bottom line is always a problem, however
satisfied people are. A unit lacking either, or with a small sample, is in no quadrant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

KEEP, PERCEPTION, HIDDEN, PRIORITY, UNKNOWN = "keep", "perception", "hidden", "priority", "unknown"
QUADRANTS: tuple[str, ...] = (KEEP, PERCEPTION, HIDDEN, PRIORITY, UNKNOWN)

OBJECTIVE_LINE, SATISFACTION_LINE = 75.0, 75.0
"""Scores from which facts, and feelings, count as good (the grade `fair` of the default scale)."""


@dataclass(frozen=True)
class Placed:
    """quadrant (n,): code of QUADRANTS. bound (n,): a bottom line decided it. small (n,): the
    sample is too small to place the unit."""

    quadrant: npt.NDArray[np.object_]
    bound: npt.NDArray[np.bool_]
    small: npt.NDArray[np.bool_]


def place(
    objective: Floats,
    satisfaction: Floats,
    sample: Floats,
    failing: npt.NDArray[np.bool_],
    *,
    least: int,
    lines: tuple[float, float] = (OBJECTIVE_LINE, SATISFACTION_LINE),
) -> Placed:
    """Place units. objective, satisfaction (n,): 0 to 100, NaN unknown. sample (n,): answers.

    failing (n,): a bottom line is missed; such a unit is never `keep` or `perception`.
    """
    small = np.isfinite(satisfaction) & ~(sample >= least)
    known = np.isfinite(objective) & np.isfinite(satisfaction) & ~small
    good, content = objective >= lines[0], satisfaction >= lines[1]
    bound = known & failing & good
    good = good & ~failing
    found = np.full(len(objective), UNKNOWN, object)
    found[known & good & content] = KEEP
    found[known & good & ~content] = PERCEPTION
    found[known & ~good & content] = HIDDEN
    found[known & ~good & ~content] = PRIORITY
    return Placed(found, bound, small)
