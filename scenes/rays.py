"""Lines of sight in a city: which segments pass no building and no ground; exact, with numpy.

Buildings and pieces of ground are found by their boxes (an R-tree), then every triangle of them is
tested (Möller and Trumbore, 1997), from both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.mesh import NONE, Mesh
from cim_bridge.release import ModelRelease

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CHUNK = 400_000
"""Triangle tests done at once; bounds the memory."""

TOUCH = 1e-6
"""Share of a segment at its ends in which a hit does not count."""


@dataclass(frozen=True)
class Sight:
    """A city made ready for lines of sight.

    corners (T, 3, 3): triangles, those of one item together; first (I + 1): where each item's
    triangles begin; box (I, 2, 3): its bounds; tree: over the boxes in plan.
    """

    corners: F64
    first: I64
    box: F64
    tree: Any

    @classmethod
    def of(cls, model: ModelRelease) -> Sight:
        """Buildings as one item each, the ground as one item a triangle."""
        corners, item = _grouped(model.mesh())
        ground = model.ground()
        if ground is not None and len(ground):
            above = np.asarray(ground.vertices)[np.asarray(ground.triangles)]
            start = int(item[-1]) + 1 if len(item) else 0
            corners = np.concatenate([corners, above])
            item = np.concatenate([item, start + np.arange(len(above))])
        return cls.over(corners, item)

    @classmethod
    def over(cls, corners: F64, item: I64) -> Sight:
        """Triangles (T, 3, 3) of items numbered 0, 1, 2 … without a gap, in order."""
        first = np.concatenate([[0], np.flatnonzero(np.diff(item)) + 1, [len(item)]])
        if not len(item):
            nothing = np.zeros((0, 2, 3))
            return cls(corners, np.zeros(1, np.int64), nothing, shapely.STRtree([]))
        low = np.minimum.reduceat(corners.min(axis=1), first[:-1], axis=0)
        high = np.maximum.reduceat(corners.max(axis=1), first[:-1], axis=0)
        boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        return cls(corners, first, np.stack([low, high], axis=1), shapely.STRtree(boxes))

    def clear(self, eyes: F64, targets: F64) -> Bools:
        """Whether each target (N, 3) is seen from its eye (N, 3)."""
        free = np.ones(len(eyes), bool)
        if not len(eyes) or not len(self.first) - 1:
            return free
        lines = shapely.linestrings(np.stack([eyes[:, :2], targets[:, :2]], axis=1))
        ray, item = self.tree.query(lines, predicate="intersects")
        near = self._crosses(eyes[ray], targets[ray], self.box[item])
        ray, item = ray[near], item[near]
        size = self.first[item + 1] - self.first[item]
        ends = np.cumsum(size)
        start = 0
        while start < len(ray):
            begun = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, begun + CHUNK, side="right")))
            part = slice(start, stop)
            number = np.repeat(ray[part], size[part])
            inner = np.arange(len(number)) - np.repeat(ends[part] - size[part] - begun, size[part])
            triangle = np.repeat(self.first[item[part]], size[part]) + inner
            hit = _hits(eyes[number], targets[number], self.corners[triangle])
            free[number[hit]] = False
            start = stop
        return free

    @staticmethod
    def _crosses(eyes: F64, targets: F64, box: F64) -> Bools:
        """Whether each segment passes through its box (slabs)."""
        way = targets - eyes
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = (box[:, 0] - eyes) / way, (box[:, 1] - eyes) / way
        enter = np.nanmax(np.minimum(a, b), axis=1)
        leave = np.nanmin(np.maximum(a, b), axis=1)
        still = way == 0
        outside = (still & ((eyes < box[:, 0]) | (eyes > box[:, 1]))).any(axis=1)
        return np.asarray((enter <= leave + 1e-9) & (leave >= 0) & (enter <= 1) & ~outside)


def _grouped(mesh: Mesh) -> tuple[F64, I64]:
    """Triangles in the order of their buildings, and the number of each one's building."""
    feature = np.asarray(mesh.feature)
    order = np.argsort(feature, kind="stable")
    order = order[feature[order] != NONE]
    corners = np.asarray(mesh.vertices)[np.asarray(mesh.triangles)[order]]
    _, item = np.unique(feature[order], return_inverse=True)
    return corners, item.astype(np.int64)


def _hits(eyes: F64, targets: F64, corners: F64) -> Bools:
    """Whether each segment passes through its triangle."""
    way = targets - eyes
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = np.cross(way, v)
    det = np.einsum("ij,ij->i", u, p)
    flat = np.abs(det) < 1e-12
    inverse = 1.0 / np.where(flat, 1.0, det)
    s = eyes - corners[:, 0]
    a = np.einsum("ij,ij->i", s, p) * inverse
    q = np.cross(s, u)
    b = np.einsum("ij,ij->i", way, q) * inverse
    t = np.einsum("ij,ij->i", v, q) * inverse
    inside = (a >= 0) & (b >= 0) & (a + b <= 1)
    return np.asarray(~flat & inside & (t > TOUCH) & (t < 1 - TOUCH))
