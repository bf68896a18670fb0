"""The units of sources that were only looked at, as a table's rows are matched to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.matching.targets import COLUMNS, Targets
from cim_bridge.reader import Units


@dataclass(frozen=True)
class SourceTargets(Targets):
    """Targets whose shapes are at hand: nothing of them is on disk."""

    own: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, object))

    @property
    def shapes(self) -> npt.NDArray[Any]:
        """(N,) geometries in metres."""
        return self.own


def targets_of(parts: list[Units]) -> SourceTargets:
    """Units of any levels as one table of targets, ids as the bridge would give them."""
    if not parts:
        whole = pa.table(
            {name: pa.array([], _TYPES.get(name, pa.large_string())) for name in COLUMNS}
        )
        return SourceTargets("", whole, whole)
    tables = [_table(units) for units in parts]
    whole = pa.concat_tables(tables)
    return SourceTargets("", whole, whole, None, np.concatenate([units.shapes for units in parts]))


_TYPES = {"row": pa.uint32(), "removed": pa.bool_()}


def _table(units: Units) -> pa.Table:
    count = len(units)
    source = units.ids.astype(str)
    made: dict[str, Any] = {
        "id": pa.array([f"{units.level}:{name}" for name in source], pa.large_string()),
        "level": pa.array([units.level] * count, pa.large_string()),
        "source_id": pa.array(source.tolist(), pa.large_string()),
        "row": pa.array(np.arange(count), pa.uint32()),
        "removed": pa.array(np.zeros(count, bool)),
    }
    for name in COLUMNS:
        if name in made:
            continue
        told = units.columns.get(name)
        texts = [""] * count if told is None or name in _PARENTS else told.astype(str).tolist()
        made[name] = pa.array(texts, pa.large_string())
    return pa.table({name: made[name] for name in COLUMNS})


_PARENTS = {f"parent_{level}" for level in PARENT_LEVELS}


def at_level(targets: Targets, level: str) -> Targets:
    """Only the units of one level."""
    if isinstance(targets, SourceTargets):
        mine = np.asarray(targets.table["level"].to_pylist(), object) == level
        kept = targets.table.filter(pa.array(mine))
        return SourceTargets(level, kept, targets.whole, None, targets.own[mine])
    return Targets.of_table(targets.whole, level, targets.file)
