"""The units that features can be bound to: what they are called, shapes and heights, by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.targets import Targets as Names
from cim_bridge.release import ModelRelease

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Targets:
    """Units of one level that stand (no tombstones). row, id, source_id, group: (N,).

    called: the same units in the same order, as tables name them (cim_bridge.matching).
    """

    level: str
    row: I64
    ids: npt.NDArray[Any]
    source_ids: npt.NDArray[Any]
    group: I64
    shapes: npt.NDArray[Any]
    height: F64
    called: Names

    @classmethod
    def of(cls, model: ModelRelease, level: str) -> Targets:
        """From a model release."""
        units = model.units
        chosen = units[(units["level"] == level) & ~units["removed"].astype(bool)]
        return cls(
            level,
            chosen["row"].to_numpy(np.int64),
            chosen["id"].to_numpy(object),
            chosen["source_id"].to_numpy(object),
            chosen["visual_group"].to_numpy(np.int64),
            np.asarray(chosen.geometry.to_numpy(), object),
            chosen["height"].to_numpy(np.float64),
            Names.of(model, level),
        )

    def __len__(self) -> int:
        return len(self.row)
