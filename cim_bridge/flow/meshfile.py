"""The mesh of a release written run by run: the same files that Mesh.save writes at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cim_bridge import materials as looks
from cim_bridge.flow.appended import Appended
from cim_bridge.materials import Material
from cim_bridge.mesh import NONE, Mesh

_PLAIN = {
    "vertices": (np.float64, (3,)),
    "triangles": (np.uint32, (3,)),
    "feature": (np.uint32, ()),
    "lod": (np.uint8, ()),
    "surface": (np.uint8, ()),
}
_WORN = {"material": (np.uint32, ()), "uv": (np.float32, (3, 2))}


@dataclass
class Written:
    """A mesh on disk. low, high: bounds of its vertices."""

    folder: Path
    triangles: int = 0
    low: npt.NDArray[np.float64] = field(default_factory=lambda: np.full(3, np.inf))
    high: npt.NDArray[np.float64] = field(default_factory=lambda: np.full(3, -np.inf))


class MeshFile:
    """Appends canonical meshes of ascending features."""

    def __init__(self, folder: Path) -> None:
        self._written = Written(folder)
        self._files = {
            name: Appended(folder / f"{name}.npy", kind, tail)
            for name, (kind, tail) in {**_PLAIN, **_WORN}.items()
        }
        self._materials: dict[Material, int] = {}
        self._images = False

    def add(self, mesh: Mesh, first: int) -> None:
        """Append a mesh whose features count from `first`."""
        if not len(mesh):
            return
        files, base = self._files, self._files["vertices"].rows
        files["vertices"].add(mesh.vertices)
        files["triangles"].add(mesh.triangles + np.uint32(base))
        files["feature"].add(mesh.feature + np.uint32(first))
        files["lod"].add(mesh.lod)
        files["surface"].add(mesh.surface)
        files["material"].add(self._worn(mesh))
        blank = np.zeros((len(mesh), 3, 2), np.float32)
        files["uv"].add(blank if mesh.uv is None else mesh.uv)
        self._images |= mesh.uv is not None
        out = self._written
        out.triangles += len(mesh)
        out.low = np.minimum(out.low, mesh.vertices.min(axis=0))
        out.high = np.maximum(out.high, mesh.vertices.max(axis=0))

    def _worn(self, mesh: Mesh) -> npt.NDArray[np.uint32]:
        """Materials by first use over all runs."""
        if mesh.material is None:
            return np.full(len(mesh), NONE, np.uint32)
        known = self._materials
        table = np.full(len(mesh.materials) + 1, NONE, np.uint32)
        table[:-1] = [known.setdefault(one, len(known)) for one in mesh.materials]
        found: npt.NDArray[np.uint32] = table[np.minimum(mesh.material, len(mesh.materials))]
        return found

    def close(self) -> Written:
        """Settle the files; what nothing wears is not kept."""
        for file in self._files.values():
            file.close()
        folder = self._written.folder
        if not self._materials:
            (folder / "material.npy").unlink()
        if not self._images or not self._materials:
            (folder / "uv.npy").unlink()
        if self._materials:
            looks.save(tuple(self._materials), folder)
        return self._written
