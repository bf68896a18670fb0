"""Special areas 专题片区 cross every other level: which units lie in which, many to many.

A unit has one parent of each level, but any number of areas (old town, renewal, heritage, ...).
Membership follows from geometry, so it is never stored and never stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.locate import inner_points

if TYPE_CHECKING:
    from cim_bridge.release import ModelRelease

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Crossings:
    """Pairs of a unit of `level` and an area, by unit and then area: (K,) each.

    unit: row of the unit in its level; area: row of the area; share: how much of the unit lies in
    it, 0 to 1 (of a point or a line, 1 where it lies in).
    """

    level: str
    unit: I64
    area: I64
    share: F64

    def areas_of(self, row: int, least: float = 0.5) -> list[int]:
        """Rows of the areas that hold at least a share of a unit."""
        first, last = np.searchsorted(self.unit, (row, row + 1))
        held = self.share[first:last] >= least
        return [int(area) for area in self.area[first:last][held]]

    def units_in(self, area: int, least: float = 0.5) -> I64:
        """Rows of the units of which at least a share lies in an area."""
        found: I64 = self.unit[(self.area == area) & (self.share >= least)]
        return found


class Areas:
    """The special areas of a model, asked for one unit after the other."""

    def __init__(self, model: ModelRelease) -> None:
        units = model.units
        levels = units["level"].to_numpy(object)
        held = units[(levels == "area") & ~units["removed"].to_numpy(bool)]
        self._rows = held["row"].to_numpy(np.int64)
        self._shapes = np.asarray(held.geometry.to_numpy(), object)
        self._sizes = np.asarray(shapely.area(self._shapes), np.float64)
        self._tree = shapely.STRtree(self._shapes)

    def of(self, shape: Any, least: float = 0.5) -> list[int]:
        """Rows of the areas that hold at least a share of a shape; as `Crossings.areas_of`."""
        mine = np.array([shape], object)
        near = self._tree.query(shape)
        near = near[self._sizes[near] >= least * shapely.area(shape)]  # smaller ones cannot hold it
        share = _shares(mine, self._shapes, np.zeros(len(near), np.int64), near)
        return sorted(int(row) for row in self._rows[near[(share > 0) & (share >= least)]])


def crossings(model: ModelRelease, level: str) -> Crossings:
    """Every unit of a level that crosses an area of the model; tombstones are left out."""
    units = model.units
    stands = ~units["removed"].to_numpy(bool)
    levels = units["level"].to_numpy(object)
    mine, areas = units[(levels == level) & stands], units[(levels == "area") & stands]
    shapes = np.asarray(mine.geometry.to_numpy(), object)
    held = np.asarray(areas.geometry.to_numpy(), object)
    if not len(shapes) or not len(held):
        none = np.zeros(0, np.int64)
        return Crossings(level, none, none, np.zeros(0))
    left, right = shapely.STRtree(held).query(shapes, predicate="intersects")
    share = _shares(shapes, held, left, right)
    keep = share > 0
    left, right, share = left[keep], right[keep], share[keep]
    unit = mine["row"].to_numpy(np.int64)[left]
    area = areas["row"].to_numpy(np.int64)[right]
    order = np.lexsort((area, unit))
    return Crossings(level, unit[order], area[order], share[order])


def _shares(shapes: npt.NDArray[Any], areas: npt.NDArray[Any], left: I64, right: I64) -> F64:
    """Share of each shape that lies in each area; what has no area of its own counts by a point."""
    size = np.asarray(shapely.area(shapes))[left]
    shared = np.asarray(shapely.area(shapely.intersection(shapes[left], areas[right])))
    found = np.divide(shared, size, out=np.zeros(len(left)), where=size > 0)
    flat = np.flatnonzero(size == 0)
    if len(flat):
        spots = inner_points(shapes[left[flat]])
        inside = shapely.intersects_xy(areas[right[flat]], spots[:, 0], spots[:, 1])
        found[flat] = np.asarray(inside, np.float64)
    limited: F64 = np.minimum(found, 1.0)
    return limited
