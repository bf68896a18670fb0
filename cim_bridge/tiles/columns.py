"""The few columns of the units table that tiles need, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.mesh import NONE
from cim_bridge.model import CityModel

U32 = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Columns:
    """Units of one level in row order, tombstones included; place k has row k.

    parents: for a level above, the row of each unit's parent there (0xFFFFFFFF none).
    """

    ids: list[str]
    group: U32
    kind: npt.NDArray[Any]
    removed: npt.NDArray[np.bool_]
    geometry: npt.NDArray[Any]
    attributes: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, model: CityModel, level: str) -> Columns:
        """Read one level; a level that is absent has no units."""
        mask = model.units["level"].to_numpy() == level

        def column(name: str) -> npt.NDArray[Any]:
            found: npt.NDArray[Any] = model.units[name].to_numpy()[mask]
            return found

        return cls(
            ids=column("source_id").tolist(),
            group=column("visual_group").astype(np.uint32),
            kind=column("kind"),
            removed=column("removed").astype(bool),
            geometry=np.asarray(model.units.geometry.values)[mask],
            attributes=column("attributes"),
        )


def parent_rows(model: CityModel, parent: str) -> U32:
    """Row of every building's unit at a level above (0xFFFFFFFF none)."""
    if parent in model.levels():
        return model.parent_rows("building", parent)
    mask = model.units["level"].to_numpy() == "building"
    return np.full(int(mask.sum()), NONE, np.uint32)
