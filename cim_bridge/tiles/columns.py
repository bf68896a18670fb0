"""The few columns of the units table that tiles need, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.tiles.city import U32, TiledCity

if TYPE_CHECKING:
    from cim_bridge.flow.stored import Stored


@dataclass(frozen=True)
class Columns:
    """Units of one level in row order, tombstones included; place k has row k."""

    ids: list[str]
    group: U32
    kind: npt.NDArray[Any]
    removed: npt.NDArray[np.bool_]
    geometry: npt.NDArray[Any]
    attributes: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, city: TiledCity, level: str) -> Columns:
        """Read one level; a level that is absent has no units."""
        if level == "building" and city.stored is not None:
            return _stored(city.stored)
        units = city.levels.get(level, _NOTHING)
        return cls(
            ids=units["source_id"].tolist(),
            group=units["visual_group"].astype(np.uint32),
            kind=units["kind"],
            removed=units["removed"].astype(bool),
            geometry=units["geometry"],
            attributes=units["attributes"],
        )


def _stored(stored: Stored) -> Columns:
    import shapely

    names = ("source_id", "visual_group", "removed", "geometry")
    parts: list[dict[str, npt.NDArray[Any]]] = []
    for table in stored.tables(*names):
        parts.append({name: table.column(name).to_numpy() for name in names})
    held = {name: np.concatenate([part[name] for part in parts]) for name in names}
    nothing = np.full(len(held["removed"]), "", object)
    return Columns(
        held["source_id"].tolist(), held["visual_group"], nothing, held["removed"].astype(bool),
        shapely.from_wkb(held["geometry"]), nothing,
    )  # fmt: skip


_NOTHING = {
    name: np.zeros(0, dtype=object)
    for name in ("source_id", "visual_group", "kind", "removed", "geometry", "attributes")
}
