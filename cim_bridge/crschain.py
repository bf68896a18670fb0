"""Moving points between systems that PROJ alone cannot: swapped, shifted, on a local grid.

Two dimensions; x east, y north on the side of PROJ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.chinashift import FORWARD, INVERSE
from cim_bridge.crsspell import UNITS, Spelling

if TYPE_CHECKING:
    from pyproj import Transformer

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """From one spelling to another, by way of PROJ's transformers.

    direct: base to base, where no shift is between; else over degrees.
    """

    source: Spelling
    target: Spelling
    direct: Transformer
    to_degrees: Transformer | None = None
    from_degrees: Transformer | None = None

    def transform(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Scalars or arrays, like pyproj's."""
        alone = np.ndim(x) == 0
        points = np.column_stack((np.atleast_1d(x), np.atleast_1d(y))).astype(np.float64)
        moved = self.points(np.repeat(points, 2, axis=0))[:1] if alone else self.points(points)
        return (float(moved[0, 0]), float(moved[0, 1])) if alone else (moved[:, 0], moved[:, 1])

    def points(self, points: F64) -> F64:
        """Return (N, 2) points of the source's system in the target's."""
        found = self._between(_to_base(points, self.source))
        return _from_base(found, self.target)

    def _between(self, points: F64) -> F64:
        if self.to_degrees is None or self.from_degrees is None:
            return _by(self.direct, points)
        degrees = _by(self.to_degrees, points)
        if self.source.shift:
            degrees = INVERSE[self.source.shift](degrees)
        if self.target.shift:
            degrees = FORWARD[self.target.shift](degrees)
        return _by(self.from_degrees, degrees)

    def transform_bounds(
        self, left: float, bottom: float, right: float, top: float, densify_pts: int = 11
    ) -> tuple[float, float, float, float]:
        """Box around the box, its edges densified."""
        step = np.linspace(0, 1, densify_pts + 2)
        x, y = left + (right - left) * step, bottom + (top - bottom) * step
        ring = [(x, np.full_like(x, bottom)), (x, np.full_like(x, top)),
                (np.full_like(y, left), y), (np.full_like(y, right), y)]  # fmt: skip
        moved = self.points(np.concatenate([np.column_stack(edge) for edge in ring]))
        low, high = moved.min(axis=0), moved.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _by(step: Transformer, points: F64) -> F64:
    if not len(points):
        return points
    if len(points) == 1:  # pyproj takes a lone element for a scalar, which numpy deprecates
        return _by(step, np.repeat(points, 2, axis=0))[:1]
    x, y = step.transform(points[:, 0], points[:, 1])
    return np.column_stack((x, y))


def _to_base(points: F64, of: Spelling) -> F64:
    found = points[:, ::-1] if of.swapped else points
    if of.unit:
        found = found * UNITS[of.unit]
    if of.grid:
        dx, dy, scale, turn = _grid(of.grid)
        found = np.array([dx, dy]) + scale * (found @ turn.T)
    return found


def _from_base(points: F64, of: Spelling) -> F64:
    found = points
    if of.grid:
        dx, dy, scale, turn = _grid(of.grid)
        found = ((found - np.array([dx, dy])) / scale) @ turn
    if of.unit:
        found = found / UNITS[of.unit]
    return found[:, ::-1] if of.swapped else found


def _grid(grid: tuple[float, float, float, float]) -> tuple[float, float, float, F64]:
    angle = np.radians(grid[3])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return grid[0], grid[1], grid[2], turn


def needs_degrees(source: Spelling, target: Spelling) -> bool:
    """Whether a shift stands between: the way then goes over WGS 84's degrees."""
    return source.shift != target.shift
