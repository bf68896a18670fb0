"""What tiles need of a city, as plain arrays: no table library is loaded to draw one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.mesh import Mesh
from cim_bridge.model import CityModel
from cim_bridge.parents import parent_column
from cim_bridge.table import Columns as Table

if TYPE_CHECKING:
    from cim_bridge.flow.stored import Stored

U32 = npt.NDArray[np.uint32]

_NEEDED = (
    "id", "source_id", "visual_group", "kind", "removed", "attributes", "parent_block",
)  # fmt: skip


@dataclass(frozen=True)
class TiledCity:
    """Units of each level in row order, building triangles and ground (see CityModel).

    stored: the buildings, where they are on disk and not among the levels.
    """

    crs: str
    levels: Mapping[str, Table]
    mesh: Mesh = field(default_factory=Mesh.none)
    ground: Mesh | None = None
    height_offset: float = 0.0
    synthetic: bool = False
    stored: Stored | None = None

    @classmethod
    def of(cls, model: CityModel) -> TiledCity:
        """Take the columns out of a model's table."""
        levels: dict[str, Table] = {}
        for level in model.levels():
            units = model.level(level)
            levels[level] = {name: units[name].to_numpy() for name in _NEEDED}
            levels[level]["geometry"] = np.asarray(units.geometry.values)
        return cls(
            model.crs, levels, model.mesh, model.ground, model.height_offset, model.synthetic
        )  # fmt: skip

    def shapes(self, *levels: str) -> npt.NDArray[Any]:
        """Geometries of all units of these levels."""
        found = [self.levels[level]["geometry"] for level in levels if level in self.levels]
        return np.concatenate([np.zeros(0, dtype=object), *found])

    def parent_rows(self, parent: str) -> U32:
        """Row of every building's unit at a level above (0xFFFFFFFF none)."""
        if self.stored is not None:
            return np.fromfile(self.stored.parents[parent], "<u4")
        return parent_column(self.levels, parent)
