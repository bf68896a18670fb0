"""Areas cut into pieces that each lie on one plane of the ground, halving them block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cim_bridge.geometry.footprint import Shapes
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.lattice import I64, Bools, Lattice

_SLACK = 1e-6
"""Metres (and square metres) below which nothing is left to cut."""
_QUARTERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])


@dataclass(frozen=True)
class Pieces:
    """Polygons that lie in one block each: the area they belong to and the block (m, 2)."""

    shapes: Shapes
    owner: I64
    block: I64

    @classmethod
    def join(cls, parts: list[Pieces]) -> Pieces:
        """Put pieces one after the other."""
        return cls(
            np.concatenate([part.shapes for part in parts]),
            np.concatenate([part.owner for part in parts]),
            np.concatenate([part.block for part in parts]),
        )

    def take(self, index: I64 | Bools) -> Pieces:
        """Some of the pieces."""
        return Pieces(self.shapes[index], self.owner[index], self.block[index])


def pieces_of(areas: Shapes, lattice: Lattice) -> Pieces:
    """Cut areas until every piece lies in one flat block, or in half a cell that is not flat."""
    shapes, owner = shapely.get_parts(areas, return_index=True)
    real = (shapely.get_type_id(shapes) == 3) & (shapely.area(shapes) > _SLACK)
    start = np.zeros((int(real.sum()), 2), np.int64)
    left = Pieces(shapes[real], owner[real].astype(np.int64), start)
    done = [left.take(np.zeros(0, np.int64))]
    for level in range(lattice.top, -1, -1):
        if not len(left.owner):
            break
        flat = lattice.flat(level, left.block)
        done.append(left.take(flat))
        left = left.take(~flat)
        area = np.asarray(shapely.area(left.shapes))
        whole: Bools = area >= lattice.size(level) ** 2 - _SLACK
        done += _covered(left.take(whole), lattice, level)
        left = left.take(~whole)
        left = _quartered(left, lattice, level - 1) if level else _halved(left, lattice)
    return Pieces.join([*done, left])


def _covered(pieces: Pieces, lattice: Lattice, level: int) -> list[Pieces]:
    """Pieces that fill their block, taken apart without cutting anything."""
    owner, block = pieces.owner, pieces.block
    found = []
    while len(owner) and level:
        level -= 1
        owner = np.repeat(owner, 4)
        block = (block[:, None] * 2 + _QUARTERS).reshape(-1, 2)
        flat = lattice.flat(level, block)
        low = lattice.corners(level, block[flat])
        boxes = shapely.box(*low.T, *(low + lattice.size(level)).T)
        found.append(Pieces(boxes, owner[flat], block[flat]))
        owner, block = owner[~flat], block[~flat]
    if len(owner):
        halves = _polygons(lattice.relief.halves(lattice.corners(0, block)))
        both = np.repeat(np.arange(len(owner)), 2)
        found.append(Pieces(halves, owner[both], block[both]))
    return found


def _quartered(pieces: Pieces, lattice: Lattice, level: int) -> Pieces:
    """Cut pieces by the four blocks of the next level that make up their block."""
    bounds = shapely.bounds(pieces.shapes)
    found = []
    for quarter in _QUARTERS:
        block = pieces.block * 2 + quarter
        low = lattice.corners(level, block)
        high = low + lattice.size(level)
        meets = (bounds[:, :2] < high - _SLACK).all(axis=1)
        meets &= (bounds[:, 2:] > low + _SLACK).all(axis=1)
        inside = meets & (bounds[:, :2] >= low - _SLACK).all(axis=1)
        inside &= (bounds[:, 2:] <= high + _SLACK).all(axis=1)
        cross = meets & ~inside
        found.append(Pieces(pieces.shapes[inside], pieces.owner[inside], block[inside]))
        box = shapely.box(*low[cross].T, *high[cross].T)
        part = Pieces(pieces.shapes[cross], pieces.owner[cross], block[cross])
        found.append(_clipped(part, box))
    return Pieces.join(found)


def _halved(pieces: Pieces, lattice: Lattice) -> Pieces:
    """Cut pieces along the diagonal of their cell."""
    halves = _polygons(lattice.relief.halves(lattice.corners(0, pieces.block)))
    both = np.repeat(np.arange(len(pieces.owner)), 2)
    return _clipped(pieces.take(both), halves)


def _polygons(triangles: F64) -> Shapes:
    return shapely.polygons(np.concatenate([triangles, triangles[:, :1]], axis=1))


def _clipped(pieces: Pieces, windows: Shapes) -> Pieces:
    """Return what of each piece lies in its window, as simple polygons."""
    parts, index = shapely.get_parts(
        shapely.intersection(pieces.shapes, windows), return_index=True
    )
    real = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > _SLACK)
    index = index[real]
    return Pieces(parts[real], pieces.owner[index], pieces.block[index])
