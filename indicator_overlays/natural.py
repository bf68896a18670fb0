"""Natural breaks (Fisher's exact optimum): where skewed values part by themselves.

W. D. Fisher, "On grouping for maximum homogeneity" (1958), as Jenks used it for maps: the classes
whose sum of squared distances from their means is smallest, found by dynamic programming.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PLACES = 400
"""Distinct values the optimum is sought over; of more, neighbours are taken together."""


def is_skewed(values: Floats) -> bool:
    """Whether an outer tenth of the values spans more than the four fifths in the middle.

    Quantiles would put such a tail into one class with what is usual.
    """
    low, high = np.quantile(values, (0.1, 0.9))
    tail = max(float(values.max() - high), float(low - values.min()))
    return tail > float(high - low)


def natural_gaps(values: Floats, classes: int) -> list[tuple[float, float]]:
    """(largest value below, smallest value above) of each break between `classes` classes."""
    low, high, weight, total, squares = _grouped(values)
    count = min(classes, len(low))
    cost = _costs(weight, total, squares)
    best, cuts = cost[0], []
    for _ in range(count - 1):
        # best[j]: cheapest way to part groups 0..j; a further class may begin at any group i <= j
        tried = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        cuts.append(np.argmin(tried, axis=0))
        best = np.min(tried, axis=0)
    found: list[tuple[float, float]] = []
    end = len(low) - 1
    for first in reversed(cuts):
        start = int(first[end])
        if start == 0:
            break
        found.append((float(high[start - 1]), float(low[start])))
        end = start - 1
    return sorted(found)


def _grouped(values: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """(lowest, highest, weight, sum, sum of squares) of up to PLACES groups of equal neighbours."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) > PLACES:  # half the places by rank, half by value: the far tail stays fine
        by_rank = np.linspace(0, len(distinct) - 1, PLACES // 2).astype(np.int64)
        by_value = np.searchsorted(distinct, np.linspace(distinct[0], distinct[-1], PLACES // 2))
        starts = np.unique(np.concatenate([[0], by_rank, by_value]))
    else:
        starts = np.arange(len(distinct))
    ends = np.append(starts[1:], len(distinct)) - 1
    centre = distinct - distinct.mean()  # far from zero, squares would lose the digits that matter
    weight = np.add.reduceat(counts.astype(np.float64), starts)
    total = np.add.reduceat(centre * counts, starts)
    squares = np.add.reduceat(centre**2 * counts, starts)
    return distinct[starts], distinct[ends], weight, total, squares


def _costs(weight: Floats, total: Floats, squares: Floats) -> Floats:
    """cost[i, j]: squared distances from their mean of groups i..j; infinite for j < i."""
    w, t, s = (np.concatenate([[0.0], np.cumsum(x)]) for x in (weight, total, squares))
    n = len(weight)
    first, last = np.arange(n)[:, None], np.arange(n)[None, :]
    mass = w[last + 1] - w[first]
    moment = t[last + 1] - t[first]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = s[last + 1] - s[first] - moment**2 / mass
    found: Floats = np.where(last >= first, np.maximum(inside, 0.0), np.inf)
    return found
