"""One flat triangle mesh for a whole city: struct of arrays, never a list of buildings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]

UNKNOWN, WALL, ROOF, GROUND = 0, 1, 2, 3
"""Surface codes of a triangle."""

NONE = 0xFFFFFFFF
"""No unit row."""

_PARTS = ("vertices", "triangles", "feature", "lod", "surface")


@dataclass(frozen=True)
class Mesh:
    """Triangles of many features in one coordinate system.

    vertices (V, 3) float64: x east, y north, z up, metres in the model CRS.
    triangles (T, 3) uint32: indices of vertices, counter-clockwise seen from outside.
    feature (T,) uint32: row of the unit the triangle belongs to (0xFFFFFFFF none).
    lod (T,) uint8: ten times the level of detail (12 is LoD1.2).
    surface (T,) uint8: 0 unknown, 1 wall, 2 roof, 3 ground.
    """

    vertices: F64
    triangles: U32
    feature: U32
    lod: U8
    surface: U8

    @classmethod
    def none(cls) -> Mesh:
        """Return a mesh without triangles."""
        return cls.of(np.zeros((0, 3)), np.zeros((0, 3), np.uint32))

    @classmethod
    def of(
        cls,
        vertices: npt.NDArray[Any],
        triangles: npt.NDArray[Any],
        feature: npt.NDArray[Any] | int = NONE,
        lod: npt.NDArray[Any] | int = 0,
        surface: npt.NDArray[Any] | int = UNKNOWN,
    ) -> Mesh:
        """Build a mesh; a single number for feature, lod or surface holds for all triangles."""
        count = len(triangles)
        return cls(
            np.ascontiguousarray(vertices, dtype=np.float64).reshape(-1, 3),
            np.ascontiguousarray(triangles, dtype=np.uint32).reshape(-1, 3),
            np.ascontiguousarray(np.broadcast_to(feature, count), dtype=np.uint32),
            np.ascontiguousarray(np.broadcast_to(lod, count), dtype=np.uint8),
            np.ascontiguousarray(np.broadcast_to(surface, count), dtype=np.uint8),
        )

    def __len__(self) -> int:
        return len(self.triangles)

    def select(self, keep: npt.NDArray[np.bool_]) -> Mesh:
        """Keep some triangles, and only the vertices they use, in their order."""
        triangles = self.triangles if keep.all() else self.triangles[keep]
        used = np.zeros(len(self.vertices), bool)
        used[triangles.ravel()] = True
        if keep.all() and used.all():
            return self
        renumber = np.cumsum(used, dtype=np.int64) - 1
        return Mesh(
            self.vertices[used],
            renumber[triangles].astype(np.uint32),
            self.feature[keep],
            self.lod[keep],
            self.surface[keep],
        )

    def with_features(self, rows: npt.NDArray[Any]) -> Mesh:
        """Renumber features: triangle of feature i gets rows[i]; NONE stays NONE."""
        table = np.append(np.asarray(rows, np.uint32), np.uint32(NONE))
        index = np.minimum(self.feature, np.uint32(len(table) - 1)).astype(np.int64)
        return Mesh(self.vertices, self.triangles, table[index], self.lod, self.surface)

    def save(self, folder: Path) -> None:
        """Write one .npy file per array; the same mesh gives the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PARTS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Mesh:
        """Read a mesh written by `save`, memory-mapped; absent per-triangle arrays are filled."""
        vertices = np.load(folder / "vertices.npy", mmap_mode="r", allow_pickle=False)
        triangles = np.load(folder / "triangles.npy", mmap_mode="r", allow_pickle=False)
        filled: dict[str, Any] = {
            "feature": np.full(len(triangles), NONE, np.uint32),
            "lod": np.zeros(len(triangles), np.uint8),
            "surface": np.zeros(len(triangles), np.uint8),
        }
        for name in filled:
            if (folder / f"{name}.npy").is_file():
                filled[name] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return cls(vertices, triangles, **filled)


def join(meshes: list[Mesh]) -> Mesh:
    """Put meshes one after the other into one."""
    if not meshes:
        return Mesh.none()
    if len(meshes) == 1:
        return meshes[0]
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate(
            [mesh.triangles + np.uint32(start) for mesh, start in zip(meshes, starts, strict=True)]
        ),
        np.concatenate([mesh.feature for mesh in meshes]),
        np.concatenate([mesh.lod for mesh in meshes]),
        np.concatenate([mesh.surface for mesh in meshes]),
    )


def canonical(mesh: Mesh) -> Mesh:
    """Order triangles by feature and vertices by first use: the same city, the same bytes."""
    order = np.argsort(mesh.feature, kind="stable")
    triangles = mesh.triangles[order]
    corners = triangles.ravel()
    first = np.full(len(mesh.vertices), len(corners), np.int64)
    first[corners[::-1]] = np.arange(len(corners) - 1, -1, -1)
    used = np.argsort(first, kind="stable")[: int((first < len(corners)).sum())]
    renumber = np.zeros(len(mesh.vertices), np.uint32)
    renumber[used] = np.arange(len(used), dtype=np.uint32)
    return Mesh(
        mesh.vertices[used],
        renumber[triangles],
        mesh.feature[order],
        mesh.lod[order],
        mesh.surface[order],
    )
