"""Ranks of units within one overlay: 1 is best by the indicator's direction, ties share a rank."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from indicator_overlays.columns import NUMBER, Cells
from indicator_overlays.indicator import Indicator

UNRANKED = 0
"""Rank of a cell without a number."""


def ranks(cells: Cells, indicator: Indicator) -> npt.NDArray[np.uint32]:
    """Rank of each cell (1 best), 0 where it has no number; equal values share the better rank."""
    found = np.full(len(cells.row), UNRANKED, np.uint32)
    has = cells.state == NUMBER
    badness = badness_of(cells.value[has], indicator)
    ordered = np.sort(badness)
    found[has] = (np.searchsorted(ordered, badness, side="left") + 1).astype(np.uint32)
    return found


def badness_of(values: npt.NDArray[np.float64], indicator: Indicator) -> npt.NDArray[np.float64]:
    """Return numbers that grow as values get worse; without a direction, higher comes first."""
    if indicator.direction == "lower":
        return values
    standard = indicator.standard
    if indicator.direction == "range" and standard is not None and standard.op == "range":
        low = -np.inf if standard.low is None else standard.low
        high = np.inf if standard.high is None else standard.high
        away: npt.NDArray[np.float64] = np.maximum(np.maximum(low - values, values - high), 0.0)
        return away
    return -values
