"""Matching by place: points in and beside footprints, shapes over shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.matching.overlap import ENOUGH, Pairs

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
CLEAR = 2.0
"""Times the best overlap, or the nearest distance, must beat the next one."""
_APART = 1.0
"""Metres by which the next unit must be farther than the nearest."""


def held_by(x: F64, y: F64, shapes: npt.NDArray[Any]) -> tuple[I64, I64]:
    """(point, shape) of every point that lies in, or on the edge of, a shape with an area."""
    tree, number = _tree(shapes)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(number) or not len(known):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    point, shape = tree.query(shapely.points(x[known], y[known]), predicate="intersects")
    return known[point], number[shape]


def beside(x: F64, y: F64, shapes: npt.NDArray[Any], tolerance: float) -> tuple[I64, I64, F64]:
    """(point, shape, distance in metres) of every pair that is no farther than the tolerance."""
    tree, number = _tree(shapes, area=False)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(number) or not len(known) or tolerance <= 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    spots: Any = shapely.points(x[known], y[known])
    point, shape = tree.query(spots, predicate="dwithin", distance=tolerance)
    far: Any = shapely.distance(spots[point], shapes[number[shape]])
    order = np.lexsort((number[shape], far, point))
    return known[point[order]], number[shape[order]], far[order]


def _tree(shapes: npt.NDArray[Any], *, area: bool = True) -> tuple[Any, I64]:
    usable = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    if area:
        usable &= shapely.area(shapes) > 0
    number = np.flatnonzero(usable)
    return shapely.STRtree(shapes[number]), number


def nearest(point: I64, shape: I64, far: F64, count: int) -> tuple[I64, F64, npt.NDArray[np.bool_]]:
    """(count,) shape that is nearest to each point or -1, its distance, and whether it is clear.

    Pairs as `beside` gives them. Clear: the next shape is twice as far, and a metre farther.
    """
    chosen, least = np.full(count, -1, np.int64), np.full(count, np.inf)
    clear = np.zeros(count, bool)
    first = np.flatnonzero(np.append(True, point[1:] != point[:-1])) if len(point) else point
    chosen[point[first]], least[point[first]] = shape[first], far[first]
    after = first + 1
    has = np.zeros(len(first), bool)
    has[after < len(point)] = point[after[after < len(point)]] == point[first[after < len(point)]]
    second = np.full(len(first), np.inf)
    second[has] = far[after[has]]
    best = far[first]
    clear[point[first]] = (second >= CLEAR * best) & (second >= best + _APART)
    return chosen, least, clear


def over(pairs: Pairs, open_: npt.NDArray[np.bool_]) -> tuple[I64, F64, npt.NDArray[np.bool_]]:
    """Which unit holds a shape: (N,) target or -1, its score, and (pairs,) those that are doubts.

    One unit that holds the footprint at the same height, or one that beats the next twice.
    """
    count = len(open_)
    here = open_[pairs.feature]
    good = here & pairs.strong & pairs.level
    number = np.bincount(pairs.feature[good], minlength=count)
    first = np.full(count, -1, np.int64)
    second = np.zeros(count)
    places = np.flatnonzero(good)[::-1]
    first[pairs.feature[places]] = places
    later = np.flatnonzero(good & (np.arange(len(good)) != first[pairs.feature]))
    np.maximum.at(second, pairs.feature[later], pairs.score[later])
    best = np.where(first >= 0, pairs.score[np.maximum(first, 0)] if len(good) else 0.0, 0.0)
    clear = (number == 1) | ((number > 1) & (best >= ENOUGH) & (best >= CLEAR * second))
    target = np.full(count, -1, np.int64)
    chosen = np.flatnonzero(clear)
    target[chosen] = pairs.target[first[chosen]]
    doubt = here & ~clear[pairs.feature] & ((pairs.covered >= 0.2) | (pairs.within >= ENOUGH))
    return target, np.where(clear, best, 0.0), doubt
