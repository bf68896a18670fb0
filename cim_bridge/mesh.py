"""One flat triangle mesh for a whole city: struct of arrays, never a list of buildings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge import materials as looks
from cim_bridge.materials import Materials

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]
F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

UNKNOWN, WALL, ROOF, GROUND = 0, 1, 2, 3
"""Surface codes of a triangle."""

NONE = 0xFFFFFFFF
"""No unit row; no material."""

REQUIRED = ("triangles", "feature", "lod", "surface")
OPTIONAL = ("material", "uv")
"""Arrays with one row a triangle; the optional ones are None unless something has a look."""

ARRAYS = ("vertices", *REQUIRED, *OPTIONAL)
"""Every array of a mesh by name; `triangles` counts vertices, `material` the table `materials`."""


@dataclass(frozen=True)
class Mesh:
    """Triangles of many features in one coordinate system.

    vertices (V, 3) float64: x east, y north, z up, metres in the model CRS.
    triangles (T, 3) uint32: indices of vertices, counter-clockwise seen from outside.
    feature (T,) uint32: row of the unit the triangle belongs to (0xFFFFFFFF none).
    lod (T,) uint8: ten times the level of detail (12 is LoD1.2).
    surface (T,) uint8: 0 unknown, 1 wall, 2 roof, 3 ground.
    material (T,) uint32: row of `materials` (0xFFFFFFFF none); None when nothing has a look.
    uv (T, 3, 2) float32: where each corner lies in its material's image, u to the right, v up
    from the lower left; None when nothing has an image.
    """

    vertices: F64
    triangles: U32
    feature: U32
    lod: U8
    surface: U8
    material: U32 | None = None
    uv: F32 | None = None
    materials: Materials = ()

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

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays this mesh has, by name in the order of ARRAYS."""
        found = ((name, getattr(self, name)) for name in ARRAYS)
        return {name: values for name, values in found if values is not None}

    def at(self, vertices: npt.NDArray[Any]) -> Mesh:
        """Return the same triangles over moved vertices."""
        return replace(self, vertices=vertices)

    def wearing(
        self, material: npt.NDArray[Any], uv: npt.NDArray[Any] | None, materials: Materials
    ) -> Mesh:
        """Return the mesh with a look; without materials, or with none in use, it stays bare."""
        if not materials or not (material != NONE).any():
            return self
        if all(one.picture is None for one in materials):
            uv = None
        return replace(
            self,
            material=np.ascontiguousarray(material, np.uint32),
            uv=None if uv is None else np.ascontiguousarray(uv, np.float32),
            materials=materials,
        )

    def take(self, index: npt.NDArray[Any]) -> Mesh:
        """Return some triangles, by mask or position, over the same vertices."""
        rows = {name: values[index] for name, values in self.arrays().items() if name in _ROWS}
        return replace(self, **rows)

    def select(self, keep: npt.NDArray[np.bool_]) -> Mesh:
        """Keep some triangles, and only the vertices they use, in their order."""
        triangles = self.triangles if keep.all() else self.triangles[keep]
        used = np.zeros(len(self.vertices), bool)
        used[triangles.ravel()] = True
        if keep.all() and used.all():
            return self
        renumber = np.cumsum(used, dtype=np.int64) - 1
        found = self if keep.all() else self.take(keep)
        return replace(
            found,
            vertices=self.vertices[used],
            triangles=renumber[triangles].astype(np.uint32),
        )

    def with_features(self, rows: npt.NDArray[Any]) -> Mesh:
        """Renumber features: triangle of feature i gets rows[i]; NONE stays NONE."""
        table = np.append(np.asarray(rows, np.uint32), np.uint32(NONE))
        index = np.minimum(self.feature, np.uint32(len(table) - 1)).astype(np.int64)
        return replace(self, feature=table[index])

    def save(self, folder: Path) -> None:
        """Write one .npy file per array, and what the materials are; same mesh, same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, values in self.arrays().items():
            np.save(folder / f"{name}.npy", values, allow_pickle=False)
        if self.materials:
            looks.save(self.materials, folder)

    @classmethod
    def load(cls, folder: Path) -> Mesh:
        """Read a mesh written by `save`, memory-mapped; absent per-triangle arrays are filled."""
        held: dict[str, Any] = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ARRAYS
            if (folder / f"{name}.npy").is_file()
        }
        count = len(held["triangles"])
        for name, kind, value in (("feature", np.uint32, NONE), ("lod", np.uint8, 0),
                                  ("surface", np.uint8, UNKNOWN)):  # fmt: skip
            if name not in held:
                held[name] = np.full(count, value, kind)
        return cls(**held, materials=looks.load(folder))

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the triangles of features first to last - 1 begin and end in a canonical mesh."""
        a, b = np.searchsorted(self.feature, np.array([first, last], np.uint32))
        return int(a), int(b)


_ROWS = (*REQUIRED, *OPTIONAL)


def finest(mesh: Mesh) -> npt.NDArray[np.bool_]:
    """Which triangles show their feature at its finest level of detail; the rest are copies."""
    if not len(mesh) or (mesh.lod == mesh.lod[0]).all():
        return np.ones(len(mesh), bool)
    rows, feature = np.unique(mesh.feature, return_inverse=True)
    feature = feature.reshape(-1)
    best = np.zeros(len(rows), np.uint8)
    for lod in np.unique(mesh.lod):
        best[feature[mesh.lod == lod]] = lod
    found: npt.NDArray[np.bool_] = mesh.lod == best[feature]
    return found


def as_rows(number: npt.NDArray[Any]) -> U32:
    """Numbers with -1 for none as rows with NONE for none."""
    return np.where(number < 0, NONE, number).astype(np.uint32)


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
        *_joined_looks(meshes),
    )


def _joined_looks(meshes: list[Mesh]) -> tuple[U32 | None, F32 | None, Materials]:
    """Materials, texture coordinates and table of meshes together; nothing where none has any."""
    if all(mesh.material is None for mesh in meshes):
        return None, None, ()
    table, moved = looks.merged([mesh.materials for mesh in meshes])
    material = np.concatenate(
        [
            np.full(len(mesh), NONE, np.uint32)
            if mesh.material is None
            else np.append(to, np.uint32(NONE))[np.minimum(mesh.material, np.uint32(len(to)))]
            for mesh, to in zip(meshes, moved, strict=True)
        ]
    ).astype(np.uint32)
    if all(mesh.uv is None for mesh in meshes):
        return material, None, table
    blank = [np.zeros((len(mesh), 3, 2), np.float32) if mesh.uv is None else mesh.uv
             for mesh in meshes]  # fmt: skip
    return material, np.concatenate(blank), table


def canonical(mesh: Mesh) -> Mesh:
    """Order triangles by feature and vertices by first use: the same city, the same bytes.

    A vertex belongs to one feature: neighbours that shared one get their own, so that any run of
    features is complete in itself.
    """
    mesh = _parted(mesh)
    order = np.argsort(mesh.feature, kind="stable")
    sorted_ = _tidied(mesh.take(order))
    corners = sorted_.triangles.ravel()
    first = np.full(len(mesh.vertices), len(corners), np.int64)
    first[corners[::-1]] = np.arange(len(corners) - 1, -1, -1)
    used = np.argsort(first, kind="stable")[: int((first < len(corners)).sum())]
    renumber = np.zeros(len(mesh.vertices), np.uint32)
    renumber[used] = np.arange(len(used), dtype=np.uint32)
    return replace(sorted_, vertices=mesh.vertices[used], triangles=renumber[sorted_.triangles])


def _parted(mesh: Mesh) -> Mesh:
    """The mesh with copies of the vertices that several features use."""
    corners, feature = mesh.triangles.ravel(), np.repeat(mesh.feature, 3)
    owner = np.zeros(len(mesh.vertices), np.uint32)
    owner[corners] = feature
    shared = np.flatnonzero(owner[corners] != feature)
    if not len(shared):
        return mesh
    pair = feature[shared].astype(np.uint64) << np.uint64(32) | corners[shared].astype(np.uint64)
    pairs, copy = np.unique(pair, return_inverse=True)
    triangles = np.array(corners)
    triangles[shared] = len(mesh.vertices) + copy
    more = mesh.vertices[(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    return replace(
        mesh, vertices=np.concatenate((mesh.vertices, more)), triangles=triangles.reshape(-1, 3)
    )


def _tidied(mesh: Mesh) -> Mesh:
    """Materials by first use, without those that nothing wears any more."""
    if mesh.material is None:
        return mesh
    worn = mesh.material[mesh.material != NONE]
    if not len(worn):
        return replace(mesh, material=None, uv=None, materials=())
    used, first = np.unique(worn, return_index=True)
    used = used[np.argsort(first)]
    table = np.full(len(mesh.materials) + 1, NONE, np.uint32)
    table[used] = np.arange(len(used), dtype=np.uint32)
    return replace(
        mesh,
        material=table[np.minimum(mesh.material, np.uint32(len(mesh.materials)))],
        materials=tuple(mesh.materials[number] for number in used.tolist()),
    )
