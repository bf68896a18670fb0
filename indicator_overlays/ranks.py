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
    order = np.argsort(badness)
    ordered = badness[order]
    place = np.arange(1, len(order) + 1, dtype=np.uint32)
    place[1:][ordered[1:] == ordered[:-1]] = 0
    rank = np.zeros(len(order), np.uint32)
    rank[order] = np.maximum.accumulate(place)
    found[has] = rank
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
