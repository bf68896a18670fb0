"""The ground as heights on a lattice of triangles; every draped layer follows the same lattice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.spread import scattered, spread
from cim_bridge.tiles.strings import I64, ragged

_CELLS = 128
"""Cells along the longer side of the city that a lattice aims at."""
_SIZES = (5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 250.0, 500.0)
"""Cell sizes, metres; at 500 m the Earth curves at most 1 cm away from a flat cell."""
WIDEST = 500.0
"""Metres: flat ground is cut into blocks of cells that are no wider."""
_FLAT = 0.5
"""Metres of relief below which the ground counts as flat and the widest cells do."""
_AT_ONCE = 1 << 20
"""Pairs of a triangle and a lattice point that are looked at together."""
_EDGE = 1e-9
"""Share of a cell or a triangle by which a point on an edge may miss it."""


@dataclass(frozen=True)
class Relief:
    """Heights (rows south to north, columns west to east) at the corners of square cells.

    A cell is two triangles along its south-west to north-east diagonal; `height` is exact on them.
    """

    west: float
    south: float
    cell: float
    heights: F64

    @classmethod
    def of(cls, points: F64, low: F64, high: F64, *, triangles: I64 | None = None) -> Relief:
        """Fit (n, 3) ground points over the extent low..high (x, y).

        With triangles (a TIN) its surface counts; where it does not reach, or without any
        (building bases), means of what is near.
        """
        flat = not len(points) or float(np.ptp(points[:, 2])) < _FLAT
        aim = float((high - low).max()) / _CELLS
        cell = _SIZES[-1] if flat else next((s for s in _SIZES if s >= aim), _SIZES[-1])
        block = cell * 2 ** (_levels(cell) - 1)
        start = np.floor(low / block) * block
        count = np.rint((np.floor(high / block) * block + block - start) / cell).astype(int) + 1
        x = start[0] + np.arange(count[0]) * cell
        y = start[1] + np.arange(count[1]) * cell
        if flat:
            level = float(np.median(points[:, 2])) if len(points) else 0.0
            return cls(x[0], y[0], cell, np.full((len(y), len(x)), level))
        if triangles is not None:
            heights = _raster(points, triangles, start, cell, (len(y), len(x)))
            known = ~np.isnan(heights)
            if not known.all() and known.any():
                heights = spread(np.where(known, heights, 0.0), known.astype(np.float64))
            elif not known.any():
                triangles = None
        if triangles is None:
            place = (points[:, :2] - start) / cell
            heights = spread(*scattered(place, points[:, 2], (len(y), len(x))))
        return cls(x[0], y[0], cell, heights)

    @property
    def levels(self) -> int:
        """How many sizes of blocks there are: of 1, 2, 4, ... cells."""
        return _levels(self.cell)

    def halves(self, cells: F64) -> F64:
        """Both triangles (2m, 3, 2) of the cells with these south-west corners."""
        a, c = cells, cells + self.cell
        b = np.column_stack([c[:, 0], a[:, 1]])
        d = np.column_stack([a[:, 0], c[:, 1]])
        return np.stack([a, b, c, a, c, d], axis=1).reshape(-1, 3, 2)

    def height(self, points: F64) -> F64:
        """Ground height at (n, 2) points."""
        h, u, v = self._around(points)
        lower = h[0] + u * (h[1] - h[0]) + v * (h[2] - h[1])
        upper = h[0] + v * (h[3] - h[0]) + u * (h[2] - h[3])
        found: F64 = np.where(u >= v, lower, upper)
        return found

    def normals(self, points: F64) -> F64:
        """Unit upward normals (n, 3), smooth across cells."""
        slope_y, slope_x = np.gradient(self.heights, self.cell)
        east = Relief(self.west, self.south, self.cell, slope_x).height(points)
        north = Relief(self.west, self.south, self.cell, slope_y).height(points)
        normal = np.column_stack([-east, -north, np.ones(len(points))])
        unit: F64 = normal / np.linalg.norm(normal, axis=1)[:, None]
        return unit

    def _around(self, points: F64) -> tuple[list[F64], F64, F64]:
        rows, columns = self.heights.shape
        u = (points[:, 0] - self.west) / self.cell
        v = (points[:, 1] - self.south) / self.cell
        j = np.clip(np.floor(u).astype(int), 0, columns - 2)
        i = np.clip(np.floor(v).astype(int), 0, rows - 2)
        h = self.heights
        corners = [h[i, j], h[i, j + 1], h[i + 1, j + 1], h[i + 1, j]]
        return corners, np.clip(u - j, 0.0, 1.0), np.clip(v - i, 0.0, 1.0)


def _levels(cell: float) -> int:
    return int(np.log2(WIDEST / cell)) + 1


def _raster(points: F64, triangles: I64, start: F64, cell: float, shape: tuple[int, ...]) -> F64:
    """Heights of a TIN at lattice points, NaN where it has no triangle."""
    heights = np.full(shape, np.nan)
    place = (points[:, :2] - start) / cell
    corner = place[triangles]
    first = np.maximum(np.ceil(corner.min(axis=1) - _EDGE), 0).astype(np.int64)
    last = np.floor(corner.max(axis=1) + _EDGE).astype(np.int64)
    wide = np.maximum(np.minimum(last, np.array(shape)[::-1] - 1) - first + 1, 0)
    count = wide.prod(axis=1)
    chosen = np.flatnonzero(count)
    run = np.cumsum(count[chosen]) // _AT_ONCE
    for part in np.split(chosen, np.flatnonzero(np.diff(run)) + 1):
        which = np.repeat(part, count[part])
        nth = ragged(np.zeros(len(part), np.int64), count[part])
        at = first[which] + np.column_stack([nth % wide[which, 0], nth // wide[which, 0]])
        share, inside = _barycentric(corner[which], at)
        z = (share * points[triangles[which], 2]).sum(axis=1)
        heights[at[inside, 1], at[inside, 0]] = z[inside]
    return heights


def _barycentric(corner: F64, at: I64) -> tuple[F64, npt.NDArray[np.bool_]]:
    """Shares (n, 3) of a triangle's corners (n, 3, 2) at points (n, 2), and whether they are in."""
    (ax, ay), (bx, by), (cx, cy) = ((corner[:, k, 0], corner[:, k, 1]) for k in range(3))
    turn = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    safe = np.where(turn == 0.0, 1.0, turn)
    x, y = at[:, 0] - ax, at[:, 1] - ay
    b = (x * (cy - ay) - y * (cx - ax)) / safe
    c = (y * (bx - ax) - x * (by - ay)) / safe
    share = np.column_stack([1.0 - b - c, b, c])
    return share, (turn != 0.0) & (share >= -_EDGE).all(axis=1)
