"""What a tileset is made of: features with triangles and the four columns of their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim_bridge.mesh import NONE
from cim_bridge.tiles.look import Look
from cim_bridge.tiles.strings import I64, Strings, ragged

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FeatureSet:
    """Features 0..n-1, their triangles in feature order.

    vertices (V, 3): model CRS. triangles (T, 3): indices of vertices. first (n+1): the triangles
    of feature k are first[k]:first[k+1]. normals (V, 3): east, north, up for shapes to be shaded
    smoothly; None for flat faces. look: what the triangles wear, if any, with no texel finer than
    `texel` metres. grain: metres that a corner may be moved by where a tile is wide.
    """

    vertices: F64
    triangles: I64
    first: I64
    ids: Strings
    row: U32
    group: U32
    massing: U8
    normals: F64 | None = None
    look: Look | None = None
    texel: float = 0.0
    grain: float = 0.0

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def of(
        cls,
        vertices: F64,
        triangles: npt.NDArray[np.integer],
        feature: npt.NDArray[np.integer],
        ids: Sequence[str],
        row: npt.NDArray[np.integer],
        *,
        group: npt.NDArray[np.integer] | None = None,
        massing: bool = False,
        normals: F64 | None = None,
        look: Look | None = None,
        texel: float = 0.0,
    ) -> FeatureSet:
        """Order triangles by `feature`; features without any triangle are left out."""
        order = np.argsort(feature, kind="stable")
        count = np.bincount(feature, minlength=len(ids)).astype(np.int64)
        drawn = np.flatnonzero(count)
        group = np.zeros(len(ids), np.uint32) if group is None else group
        return cls(
            vertices,
            np.asarray(triangles, np.int64)[order],
            np.concatenate([[0], np.cumsum(count[drawn])]),
            Strings.of(ids).take(drawn),
            np.asarray(row, np.uint32)[drawn],
            np.asarray(group, np.uint32)[drawn],
            np.full(len(drawn), int(massing), np.uint8),
            normals,
            None if look is None or not look.worn else look.take(order),
            texel,
        )

    @classmethod
    def join(cls, parts: Sequence[FeatureSet]) -> FeatureSet:
        """Put sets without normals or looks one after the other."""
        starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
        ends = np.cumsum([0, *(len(part.triangles) for part in parts)])
        return cls(
            np.concatenate([part.vertices for part in parts]),
            np.concatenate([p.triangles + s for p, s in zip(parts, starts, strict=False)]),
            np.concatenate(
                [[0], *(p.first[1:] + e for p, e in zip(parts, ends, strict=False))]
            ).astype(np.int64),
            Strings.of([name for part in parts for name in part.ids]),
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.group for part in parts]),
            np.concatenate([part.massing for part in parts]),
        )

    @classmethod
    def none(cls) -> FeatureSet:
        """Return a set without features."""
        nothing = np.zeros(0, np.int64)
        return cls.of(np.zeros((0, 3)), np.zeros((0, 3), np.int64), nothing, [], nothing)

    @property
    def counts(self) -> I64:
        """Triangles of every feature."""
        return np.diff(self.first)

    def centres(self) -> F64:
        """(n, 2) centre of the horizontal bounding box of every feature."""
        low, high = self.bounds
        return (low[:, :2] + high[:, :2]) / 2.0

    @cached_property
    def bounds(self) -> tuple[F64, F64]:
        """(n, 3) lowest and highest coordinates of every feature."""
        low, high = np.zeros((len(self), 3)), np.zeros((len(self), 3))
        if len(self):
            corner, starts = self.triangles.ravel(), self.first[:-1] * 3
            for axis in range(3):
                along = np.ascontiguousarray(self.vertices[:, axis])[corner]
                low[:, axis] = np.minimum.reduceat(along, starts)
                high[:, axis] = np.maximum.reduceat(along, starts)
        return low, high

    def corners(self, chosen: I64) -> tuple[I64, I64]:
        """Triangles (t, 3) of the chosen features, and for each its place among the chosen."""
        counts = self.first[chosen + 1] - self.first[chosen]
        index = ragged(self.first[chosen], counts)
        return np.asarray(self.triangles.take(index, axis=0), np.int64), np.repeat(
            np.arange(len(chosen)), counts
        )

    def take(self, chosen: I64) -> FeatureSet:
        """Return a set of some features only, over the same vertices."""
        index = ragged(self.first[chosen], self.counts[chosen])
        return replace(
            self,
            triangles=self.triangles[index],
            first=np.concatenate([[0], np.cumsum(self.counts[chosen])]),
            ids=self.ids.take(chosen),
            row=self.row[chosen],
            group=self.group[chosen],
            massing=self.massing[chosen],
            look=None if self.look is None else self.look.take(index),
        )

    def release(self) -> None:
        """Give back what was only borrowed from files; nothing of a set in memory."""

    def wearing(self, look: Look) -> FeatureSet:
        """Return the same features with a look for each of their triangles."""
        return replace(self, look=look if look.worn else None)

    def looks(self, chosen: I64) -> Look | None:
        """Looks of the triangles of the chosen features; None when they have none."""
        if self.look is None:
            return None
        found = self.look.take(ragged(self.first[chosen], self.counts[chosen]))
        return found if found.worn else None


def no_rows(count: int) -> U32:
    """Rows of features that are no unit."""
    return np.full(count, NONE, np.uint32)
