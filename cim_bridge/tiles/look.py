"""What triangles wear: a material each, and where their corners lie in its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from cim_bridge.materials import Materials
from cim_bridge.mesh import F32, NONE, U32, Mesh


@dataclass(frozen=True)
class Look:
    """The looks of triangles.

    material (T,): row of `materials`, 0xFFFFFFFF none. uv (T, 3, 2): v up; None without images.
    """

    material: U32
    uv: F32 | None
    materials: Materials

    @classmethod
    def of(cls, mesh: Mesh) -> Look | None:
        """Return the look of a mesh; None when it has none."""
        if mesh.material is None:
            return None
        return cls(mesh.material, mesh.uv, mesh.materials)

    def take(self, index: npt.NDArray[Any]) -> Look:
        """Looks of some triangles, by mask or position."""
        uv = None if self.uv is None else self.uv[index]
        return Look(self.material[index], uv, self.materials)

    @property
    def worn(self) -> bool:
        """Whether any triangle has a material."""
        return bool((self.material != NONE).any())
