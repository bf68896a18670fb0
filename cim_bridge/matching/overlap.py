"""Matching by place: how much of a feature's footprint lies in which unit, and do heights agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

ENOUGH = 0.5
"""Share of a footprint that must lie in a unit."""
INSIDE = 0.8
"""Share from which a feature counts as a part of a larger unit."""
HEIGHT_METRES, HEIGHT_SHARE = 3.0, 0.25
"""Heights agree within the larger of the two."""


@dataclass(frozen=True)
class Pairs:
    """Features and units that overlap, by feature, the best first.

    covered: share of the feature that lies in the unit. score: shared area over joint area.
    level: whether the heights agree (or one is unknown).
    """

    feature: I64
    target: I64
    covered: F64
    within: F64
    score: F64
    level: npt.NDArray[np.bool_]

    def of(self, feature: int) -> I64:
        """Places of one feature's pairs."""
        first, last = np.searchsorted(self.feature, (feature, feature + 1))
        return np.arange(first, last)

    @property
    def strong(self) -> npt.NDArray[np.bool_]:
        """Pairs that may be the same building."""
        found: npt.NDArray[np.bool_] = (self.covered >= ENOUGH) & (
            (self.score >= ENOUGH) | (self.covered >= INSIDE)
        )
        return found


def overlaps(shapes: Any, height: F64, units: Any, unit_height: F64) -> Pairs:
    """Every overlapping pair of (N,) feature shapes and (M,) unit shapes of one metre system."""
    whole = np.flatnonzero(~shapely.is_missing(shapes) & (shapely.area(shapes) > 0))
    sound = np.array(shapes[whole], object)
    bad = ~shapely.is_valid(sound)
    sound[bad] = shapely.buffer(sound[bad], 0)
    tree = shapely.STRtree(units)
    left, target = tree.query(sound, predicate="intersects")
    shared = shapely.area(shapely.intersection(sound[left], units[target]))
    area, other = shapely.area(sound)[left], shapely.area(units)[target]
    feature = whole[left]
    covered = shared / np.maximum(area, 1e-9)
    within = shared / np.maximum(other, 1e-9)
    score = shared / np.maximum(area + other - shared, 1e-9)
    gap = np.abs(height[feature] - unit_height[target])
    limit = np.maximum(HEIGHT_METRES, HEIGHT_SHARE * np.fmax(height[feature], unit_height[target]))
    level = ~(gap > limit)
    order = np.lexsort((-score, feature))
    return Pairs(
        feature[order], target[order], covered[order], within[order], score[order], level[order]
    )
