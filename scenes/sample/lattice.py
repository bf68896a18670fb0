"""Even rows and columns of places inside many cells at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.sample.plan import Array

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lattice:
    """One entry a place: its cell, column and row, centre (x, y) and the room it has."""

    cell: Ints
    i: Ints
    j: Ints
    nx: Ints
    ny: Ints
    x: Array
    y: Array
    room_x: Array
    room_y: Array

    def pick(self, keep: NDArray[np.bool_]) -> Lattice:
        """Only the places of a mask."""
        return Lattice(*(value[keep] for value in vars(self).values()))

    def __len__(self) -> int:
        return len(self.cell)


def lattice(
    cell: Ints,
    size: Array,
    pitch_x: ArrayLike,
    pitch_y: ArrayLike,
    margin: float = 4.0,
    offset_y: ArrayLike = 0.0,
    cut_y: ArrayLike = 0.0,
) -> Lattice:
    """Places of about ``pitch`` metres in cells of ``size`` (n, 2) less a margin.

    ``cut_y`` metres are left free on the sea side; ``offset_y`` moves all rows inland.
    """
    n = len(cell)
    px, py = np.broadcast_to(pitch_x, (n,)), np.broadcast_to(pitch_y, (n,))
    free = np.broadcast_to(np.asarray(cut_y, dtype=np.float64), (n,))
    width, height = size[:, 0] - 2 * margin, size[:, 1] - 2 * margin - free
    nx = np.maximum(np.floor(width / px), 0).astype(np.int64)
    ny = np.maximum(np.floor(height / py), 0).astype(np.int64)
    count = nx * ny
    k = np.repeat(np.arange(n), count)
    local = np.arange(len(k)) - np.repeat(np.cumsum(count) - count, count)
    i, j = local % np.maximum(nx, 1)[k], local // np.maximum(nx, 1)[k]
    room_x, room_y = (width / np.maximum(nx, 1))[k], (height / np.maximum(ny, 1))[k]
    x = -width[k] / 2 + (i + 0.5) * room_x
    y = -height[k] / 2 + (j + 0.5) * room_y + free[k] / 2 + np.broadcast_to(offset_y, (n,))[k]
    return Lattice(cell[k], i, j, nx[k], ny[k], x, y, room_x, room_y)
