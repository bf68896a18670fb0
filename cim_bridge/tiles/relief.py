"""The ground as heights on a lattice of triangles; every draped layer follows the same lattice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import KDTree

from cim_bridge.tiles.globe import F64

_CELLS = 128
"""Cells along the longer side of the city that a lattice aims at."""
_SIZES = (5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 250.0)
"""Cell sizes, metres; at 250 m the Earth curves 1.2 mm away from a flat cell."""
_FLAT = 0.5
"""Metres of relief below which the ground counts as flat and the widest cells do."""


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
    def of(cls, points: F64, low: F64, high: F64, *, tin: bool) -> Relief:
        """Fit (n, 3) ground points over the extent low..high (x, y).

        A TIN's points are interpolated linearly; scattered ones (building bases) by the inverse
        squared distance of the eight nearest.
        """
        flat = not len(points) or float(np.ptp(points[:, 2])) < _FLAT
        aim = float((high - low).max()) / _CELLS
        cell = _SIZES[-1] if flat else next((s for s in _SIZES if s >= aim), _SIZES[-1])
        start = np.floor(low / cell) - 1.0
        count = (np.ceil(high / cell) + 2.0 - start).astype(int)
        x = (start[0] + np.arange(count[0])) * cell
        y = (start[1] + np.arange(count[1])) * cell
        where = np.column_stack([np.tile(x, len(y)), np.repeat(y, len(x))])
        if flat:
            level = float(np.median(points[:, 2])) if len(points) else 0.0
            heights = np.full(len(where), level)
        else:
            heights = _linear(points, where) if tin else _nearest(points, where)
        return cls(x[0], y[0], cell, heights.reshape(len(y), len(x)))

    def cells(self, low: F64, high: F64) -> F64:
        """South-west corners (m, 2) of the cells that meet the extent low..high."""
        start = np.floor((low - [self.west, self.south]) / self.cell)
        end = np.ceil((high - [self.west, self.south]) / self.cell)
        x = self.west + np.arange(start[0], max(end[0], start[0] + 1)) * self.cell
        y = self.south + np.arange(start[1], max(end[1], start[1] + 1)) * self.cell
        return np.column_stack([np.tile(x, len(y)), np.repeat(y, len(x))])

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


def _linear(points: F64, where: F64) -> F64:
    heights = LinearNDInterpolator(points[:, :2], points[:, 2])(where)
    outside = np.isnan(heights)
    if outside.any():
        heights[outside] = _nearest(points, where[outside])
    found: F64 = heights
    return found


def _nearest(points: F64, where: F64) -> F64:
    count = min(8, len(points))
    found = KDTree(points[:, :2]).query(where, k=count)
    distance, index = (np.asarray(values).reshape(-1, count) for values in found)
    weight = 1.0 / np.maximum(distance, 1.0) ** 2
    heights: F64 = (weight * points[index, 2]).sum(axis=1) / weight.sum(axis=1)
    return heights
