"""Which polygon holds each point: points in strips, whole runs of them at once where it is sure.

Points are sorted into strips from west to east and by height inside each, so that the points near
a polygon are a few runs. A box that lies inside the polygon answers for most runs without a test;
only points between that box and the polygon's bounds are tested one by one, exactly.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.faces import I64
from cim_bridge.geometry.footprint import Shapes
from cim_bridge.geometry.triangulate import F64

_PER_POLYGON = 10
"""Strips across a polygon of usual width."""
_TOP = 65_535
_INNER = (0.94, 0.86, 0.7, 0.5)
"""Sizes of the inner box that are tried, as shares of the bounds."""

U16 = npt.NDArray[np.uint16]


def locate(points: F64, polygons: Shapes) -> I64:
    """(N,) number of the first polygon that holds each point (edge included), -1 for none.

    Several times faster than a spatial join while polygons are few against points; a tree serves
    when they are many (buildings that hold parts).
    """
    if len(polygons) * 4 > len(points):
        return _by_tree(points, polygons)
    bounds = shapely.bounds(polygons)
    bounds[~np.isfinite(bounds).all(axis=1)] = np.inf  # empty: holds nothing
    if not np.isfinite(bounds).any():
        return np.full(len(points), -1, np.int64)
    strips = _Strips.of(points, bounds)
    shapely.prepare(polygons)
    sure, ask = strips.runs(bounds, _inner(polygons, bounds))
    owner, at = _spread(*ask)
    found = np.full(len(points), len(polygons), np.int64)
    inside = shapely.intersects_xy(polygons[owner], strips.x[at], strips.y[at])
    _first(found, owner[inside], at[inside])
    _first(found, *_spread(*sure))
    found[found == len(polygons)] = -1
    placed = np.empty_like(found)
    placed[strips.order] = found
    return placed


Runs = tuple[I64, I64, I64]
"""(polygon, first point, point after the last) of runs of points."""


class _Strips(NamedTuple):
    """Points in the order of (strip, height); `key` is both in one number, ascending."""

    order: I64
    x: F64
    y: F64
    key: npt.NDArray[np.uint32]
    origin: F64
    step: F64

    @classmethod
    def of(cls, points: F64, bounds: F64) -> _Strips:
        real = bounds[np.isfinite(bounds[:, 0])]
        low, high = real[:, :2].min(axis=0), real[:, 2:].max(axis=0)
        size = np.maximum(high - low, 1e-9)
        usual = max(float(np.median(real[:, 2] - real[:, 0])) / _PER_POLYGON, size[0] / _TOP * 2)
        step = np.array([usual or size[0], size[1] / (_TOP - 1)])
        strip, height = _cell(points[:, 0], low[0], step[0]), _cell(points[:, 1], low[1], step[1])
        order = np.argsort(height, kind="stable")  # 16 bits sort without comparing
        order = order[np.argsort(strip[order], kind="stable")]
        key = (strip[order].astype(np.int64) << 16 | height[order]).astype(np.uint32)
        return cls(order, points[order, 0], points[order, 1], key, low, step)

    def runs(self, bounds: F64, inner: F64) -> tuple[Runs, Runs]:
        """Runs that surely lie in their polygon, and those that must be tested."""
        outer, box = self._cells(bounds), self._cells(inner)
        real = np.flatnonzero(np.isfinite(bounds[:, 0]))
        polygon, strip = _spread(real, outer[real, 0], outer[real, 2] + 1)
        whole = (strip > box[polygon, 0]) & (strip < box[polygon, 2])
        low, high = outer[polygon, 1], outer[polygon, 3] + 1
        a, d = self._at(strip, low), self._at(strip, high)
        b = np.where(whole, self._at(strip, np.minimum(box[polygon, 1] + 1, high)), d)
        c = np.where(whole, np.maximum(self._at(strip, box[polygon, 3]), b), d)
        below, above = (polygon, a, b), (polygon[whole], c[whole], d[whole])
        ask = tuple(np.concatenate(pair) for pair in zip(below, above, strict=True))
        return (polygon[whole], b[whole], c[whole]), (ask[0], ask[1], ask[2])

    def _cells(self, boxes: F64) -> I64:
        """(west strip, low height, east strip, high height) of boxes."""
        sides = [_cell(boxes[:, side], self.origin[side % 2], self.step[side % 2]) for side in
                 range(4)]  # fmt: skip
        return np.stack(sides, axis=1).astype(np.int64)

    def _at(self, strip: I64, height: I64) -> I64:
        wanted = (strip << 16) + height
        place: I64 = np.searchsorted(self.key, np.minimum(wanted, 2**32 - 1).astype(np.uint32))
        return place


def _cell(values: F64, origin: float, step: float) -> U16:
    """Number of the cell of each coordinate; what lies outside goes to the first or the last."""
    place = np.nan_to_num((values - origin) / step, nan=0.0)
    return np.clip(place, 0, _TOP).astype(np.uint16)


def _inner(polygons: Shapes, bounds: F64) -> F64:
    """The largest tried box inside each polygon; where there is none, one without inside."""
    found = np.full(bounds.shape, np.nan)
    left = np.flatnonzero(np.isfinite(bounds[:, 0]))
    for share in _INNER:
        middle = (bounds[left, :2] + bounds[left, 2:]) / 2
        reach = (bounds[left, 2:] - bounds[left, :2]) / 2 * share
        low, high = middle - reach, middle + reach
        boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        held = np.asarray(shapely.contains_properly(polygons[left], boxes), bool)
        found[left[held]] = np.hstack((low, high))[held]
        left = left[~held]
    return found


def _spread(owner: I64, start: I64, stop: I64) -> tuple[I64, I64]:
    """(owner, number) of every number from start to before stop of each run."""
    length = np.maximum(stop - start, 0)
    shift = np.repeat(start - np.cumsum(length) + length, length)
    return np.repeat(owner, length), np.arange(len(shift)) + shift


def _first(found: I64, owner: I64, at: I64) -> None:
    """Put the smallest owner of each place into `found` where it is smaller than what is there."""
    mine = np.full(len(found), np.iinfo(np.int64).max)
    order = slice(None, None, -1) if _ascends(owner) else np.argsort(-owner, kind="stable")
    mine[at[order]] = owner[order]  # of several the last counts: the smallest
    np.minimum(found, mine, out=found)


def _ascends(owner: I64) -> bool:
    return bool((np.diff(owner) >= 0).all())


def _by_tree(points: F64, polygons: Shapes) -> I64:
    found = np.full(len(points), -1, np.int64)
    if not len(polygons) or not len(points):
        return found
    tree = shapely.STRtree(polygons)
    point, polygon = tree.query(shapely.points(points), predicate="intersects")
    order = np.argsort(polygon, kind="stable")[::-1]
    found[point[order]] = polygon[order]
    return found


def inner_points(shapes: Shapes) -> F64:
    """(N, 2) a point inside each shape (on it, for lines and points); NaN where there is none."""
    spots: Any = shapely.point_on_surface(shapes)
    return np.column_stack((shapely.get_x(spots), shapely.get_y(spots)))
