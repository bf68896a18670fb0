"""Are building shells closed and turned outwards? Suspects are found by their area vectors, all at
once; only those go to trimesh (its keeper is here), which judges them and mends their winding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.vectors import face_normals
from cim_bridge.mesh import Mesh, finest

LIMIT = 200
"""Suspects given to trimesh: it takes about a millisecond each."""
_AT_ONCE = 1 << 17
"""Triangles that are looked at together."""


@dataclass(frozen=True)
class Shells:
    """What was found: buildings judged, with holes in the shell, with faces turned both ways."""

    judged: int
    open: int
    flipped: int


class Judge:
    """Judges shells mesh by mesh; only the first LIMIT suspects of all go to trimesh."""

    def __init__(self) -> None:
        self._judged = self._suspects = self._open = self._flipped = 0

    def mend(self, mesh: Mesh) -> Mesh:
        """Judge every building's finest shell; return the mesh with closed ones turned outwards."""
        if not len(mesh):
            return mesh
        fine = finest(mesh)
        if fine.all():
            return self._mend(mesh)
        part = mesh.take(fine)
        mended = self._mend(part)
        if mended is part:
            return mesh
        triangles = mesh.triangles.copy()
        triangles[fine] = mended.triangles
        return _turned(mesh, triangles)

    def _mend(self, mesh: Mesh) -> Mesh:
        suspects = _suspects(mesh)
        left = max(LIMIT - self._suspects, 0)
        self._judged += len(np.unique(mesh.feature))
        self._suspects += len(suspects)
        if not len(suspects[:left]):
            return mesh
        triangles = mesh.triangles.copy()
        order = np.argsort(mesh.feature, kind="stable")
        sorted_rows = mesh.feature[order]
        for row in suspects[:left].tolist():
            first, last = np.searchsorted(sorted_rows, (row, row + 1))
            mine = order[first:last]
            closed, turned, mended = _judge(mesh.vertices, triangles[mine])
            self._open += not closed
            self._flipped += turned
            triangles[mine] = mended
        return _turned(mesh, triangles)

    @property
    def found(self) -> Shells:
        """What was found so far; shares of the suspects that were judged stand for all."""
        share = max(self._suspects / LIMIT, 1.0)
        return Shells(self._judged, round(self._open * share), round(self._flipped * share))


def shells(mesh: Mesh) -> tuple[Mesh, Shells]:
    """Judge every building's shell; return the mesh with the winding of closed shells mended."""
    judge = Judge()
    return judge.mend(mesh), judge.found


def _turned(mesh: Mesh, triangles: npt.NDArray[Any]) -> Mesh:
    """The mesh with these triangles; where a winding was turned its image is turned with it."""
    if mesh.uv is None:
        return replace(mesh, triangles=triangles)
    uv = np.array(mesh.uv)
    other = (triangles != mesh.triangles).any(axis=1)
    uv[other] = uv[other][:, ::-1]
    return replace(mesh, triangles=triangles, uv=uv)


def _suspects(mesh: Mesh) -> npt.NDArray[np.uint32]:
    """Buildings whose area vectors do not add up to nothing, or whose volume is not positive.

    Both hold for every closed shell that is turned outwards (the divergence theorem).
    """
    count = int(mesh.feature.max()) + 1
    first = mesh.vertices[mesh.triangles[np.unique(mesh.feature, return_index=True)[1], 0]]
    origin = np.zeros((count, 3))
    origin[np.unique(mesh.feature)] = first
    volume, total, left = np.zeros(count), np.zeros(count), np.zeros((count, 3))
    for start in range(0, len(mesh), _AT_ONCE):
        feature = mesh.feature[start : start + _AT_ONCE]
        corners = mesh.triangles[start : start + _AT_ONCE]
        a, b, c = (mesh.vertices[corners[:, k]] - origin[feature] for k in range(3))
        double, length = face_normals(a, b, c)
        volume += np.bincount(feature, np.einsum("ij,ij->i", a, double) / 6, minlength=count)
        total += np.bincount(feature, length / 2, minlength=count)
        for axis in range(3):
            left[:, axis] += np.bincount(feature, double[:, axis] / 2, minlength=count)
    gap = np.linalg.norm(left, axis=1) > 1e-3 * np.maximum(total, 1e-9)
    return np.flatnonzero((total > 0) & (gap | (volume <= 0))).astype(np.uint32)


def _judge(vertices: npt.NDArray[Any], triangles: npt.NDArray[Any]) -> tuple[bool, bool, Any]:
    """Closed?, turned both ways?, and the triangles with their winding mended if closed."""
    import trimesh

    used, index = np.unique(triangles, return_inverse=True)
    shell = trimesh.Trimesh(vertices[used] - vertices[used[0]], index.reshape(-1, 3), process=False)
    shell.merge_vertices(digits_vertex=2)
    closed = bool(shell.is_watertight)
    turned = closed and not (bool(shell.is_winding_consistent) and shell.volume > 0)
    if not turned or len(shell.faces) != len(triangles):
        return closed, turned, triangles
    before = shell.faces.copy()
    trimesh.repair.fix_normals(shell, multibody=True)  # type: ignore[no-untyped-call]
    swapped = (np.roll(before, 1, axis=1) != shell.faces).any(axis=1)
    swapped &= (before != shell.faces).any(axis=1)
    swapped &= (np.roll(before, -1, axis=1) != shell.faces).any(axis=1)
    mended = triangles.copy()
    mended[swapped] = mended[swapped][:, ::-1]
    return closed, turned, mended
