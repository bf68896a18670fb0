"""The lattice on which a tile's positions lie, and the glTF node that brings it to scale.

Positions are stored east, north, up: the two coordinates that a wall's foot and head share lie
side by side, which takes 5 bytes a building off portable tiles. The node's matrix turns them to
glTF's own axes (x east, y up, z south).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.vectors import extent
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.strings import I64

FINEST_STEP = 2.0**-8
"""Metres; positions are never finer than 3.9 mm. Heights have this step in every tile that spans
less than 256 m from its lowest to its highest point: half of it, 2 mm, is what a height may be off.
"""
COARSEST_STEP = 2.0**-4
"""Metres; a tile that would need a coarser horizontal step keeps 32-bit floats."""
FLOAT_GRAIN = 2.0**-7
"""Metres; such floats are rounded to it, so that they compress; exact up to 131 km."""
_LEVELS = 65534


@dataclass(frozen=True)
class Grid:
    """Steps (3,) along east, north, up and the corner (3,) that whole steps count from, metres."""

    step: F64
    corner: F64
    floats: bool

    def decoded(self, places: I64 | F64) -> F64:
        """Metres (n, 3) in the tile's frame that a reader gets from whole steps."""
        return places * self.step + self.corner

    def positions(self, places: I64) -> npt.NDArray[np.uint16] | npt.NDArray[np.float32]:
        """What is stored: whole steps, or metres from the corner."""
        if self.floats:
            return (places * self.step).astype(np.float32)
        return places.astype(np.uint16)

    def normals(self, enu: F64) -> npt.NDArray[np.int8]:
        """Unit normals (n, 3) as they are stored: what the matrix stretches must lean the other
        way before.
        """
        leaning = enu * self._scale
        length = np.sqrt(np.einsum("ij,ij->i", leaning, leaning))
        found: npt.NDArray[np.int8] = np.rint(leaning * (127.0 / length)[:, None]).astype(np.int8)
        return found

    @property
    def _scale(self) -> F64:
        return np.ones(3) if self.floats else self.step

    @property
    def matrix(self) -> list[float]:
        """The node's matrix, column by column."""
        east, north, up = self._scale.tolist()
        x, y, z = self.corner[0], self.corner[2], -self.corner[1]
        return [
            east, 0.0, 0.0, 0.0, 0.0, 0.0, -north, 0.0, 0.0, up, 0.0, 0.0,
            float(x), float(y), float(z), 1.0,
        ]  # fmt: skip


def gridded(local: F64, coarsest: float = COARSEST_STEP) -> tuple[I64, Grid]:
    """Whole steps (n, 3) of points in east, north, up, and the grid they count on.

    coarsest: metres; where a step would have to be coarser, floats are stored.

    Steps are powers of two and the corner lies a whole number of them from the tile's origin, so
    that a change elsewhere moves no vertex.
    """
    low, high = extent(local)
    east, north, up = (high - low).tolist()
    across, tall = _step(max(east, north)), _step(up)
    floats = across > coarsest or tall > COARSEST_STEP
    step = np.full(3, FLOAT_GRAIN) if floats else np.array([across, across, tall])
    corner = np.floor(low / step) * step
    places = np.zeros(local.shape, np.int64)
    for axis in range(3):
        places[:, axis] = np.rint((local[:, axis] - corner[axis]) / step[axis])
    return places, Grid(step, corner, floats)


def _step(size: float) -> float:
    least = max(size, FINEST_STEP) / _LEVELS
    return float(max(2.0 ** math.ceil(math.log2(least)), FINEST_STEP))
