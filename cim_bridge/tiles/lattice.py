"""Where the ground is flat enough for one wide cell: a pyramid of square blocks over the relief."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.relief import Relief

TOLERANCE = 0.04
"""Metres that the ground may leave the plane of a block that is not cut further. Two layers that
lie 0.1 m above each other then never meet, the curvature of the Earth (see relief) included."""

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lattice:
    """Blocks of 2^level by 2^level cells of a relief, aligned to its south-west corner."""

    relief: Relief

    @property
    def top(self) -> int:
        """The level at which one block holds everything."""
        rows, columns = self.relief.heights.shape
        return int(max(rows, columns) - 1).bit_length()

    def size(self, level: int) -> float:
        """Metres along a block's side."""
        return self.relief.cell * 2.0**level

    def corners(self, level: int, block: I64) -> F64:
        """South-west corners (m, 2) of blocks (m, 2): column and row."""
        found: F64 = np.array([self.relief.west, self.relief.south]) + block * self.size(level)
        return found

    def flat(self, level: int, block: I64) -> Bools:
        """Whether a plane does for each of these blocks (m, 2)."""
        if level >= len(self._flat):
            return np.zeros(len(block), bool)
        known = self._flat[level]
        found: Bools = known[
            np.clip(block[:, 1], 0, known.shape[0] - 1), np.clip(block[:, 0], 0, known.shape[1] - 1)
        ]
        return found

    @cached_property
    def _flat(self) -> list[Bools]:
        return [_planar(self.relief.heights, 2**level) for level in range(self.relief.levels)]


def _planar(heights: F64, side: int) -> Bools:
    """For each block of `side` cells whether its corners' mean plane is TOLERANCE from the ground.

    heights (rows * side + 1, columns * side + 1).
    """
    rows, columns = ((n - 1) // side for n in heights.shape)
    a, b = heights[:-1:side, :-1:side], heights[:-1:side, side::side]
    d, c = heights[side::side, :-1:side], heights[side::side, side::side]
    middle, east, north = (a + b + c + d) / 4.0, (b + c - a - d) / 2.0, (c + d - a - b) / 2.0
    worst = np.zeros((rows, columns))
    for v in range(side + 1):
        across = middle + north * (v / side - 0.5)
        for u in range(side + 1):
            ground = heights[v : v + (rows - 1) * side + 1 : side, u:][
                :, : (columns - 1) * side + 1 : side
            ]
            np.maximum(worst, np.abs(ground - across - east * (u / side - 0.5)), out=worst)
    found: Bools = worst <= TOLERANCE
    return found
