"""The few columns of the units table that tiles need, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.tiles.city import U32, TiledCity


@dataclass(frozen=True)
class Columns:
    """Units of one level in row order, tombstones included; place k has row k."""

    ids: Sequence[str]
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
            from cim_bridge.tiles.stored import stored_columns

            return stored_columns(city.stored)
        units = city.levels.get(level, _NOTHING)
        return cls(
            ids=units["source_id"].tolist(),
            group=units["visual_group"].astype(np.uint32),
            kind=units["kind"],
            removed=units["removed"].astype(bool),
            geometry=units["geometry"],
            attributes=units["attributes"],
        )


_NOTHING = {
    name: np.zeros(0, dtype=object)
    for name in ("source_id", "visual_group", "kind", "removed", "geometry", "attributes")
}
