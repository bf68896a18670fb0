"""All units as positions: ids, level numbers, parents, and how many units lie in which."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.levels import LEVELS, PARENT_LEVELS

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Hierarchy:
    """Units that still exist; a unit's position is its place in `ids`.

    level: number in LEVELS. parent: level → position of each unit's parent there, -1 none.
    """

    ids: pd.Index
    level: Ints
    parent: dict[str, Ints]
    _counts: dict[str, Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, units: pd.DataFrame | pa.Table) -> Hierarchy:
        """Read id, level, removed and parent_<level>."""
        frame = units.to_pandas() if isinstance(units, pa.Table) else units
        frame = frame.reset_index(drop=True)
        if "removed" in frame:
            frame = frame[~frame["removed"].astype("bool")].reset_index(drop=True)
        ids = pd.Index(frame["id"].astype("str"))
        parent = {
            level: ids.get_indexer(pd.Index(frame[f"parent_{level}"].fillna("").astype("str")))
            for level in PARENT_LEVELS
            if f"parent_{level}" in frame
        }
        codes, words = pd.factorize(frame["level"])
        numbers = np.array([LEVELS.index(str(word)) for word in words], np.int64)
        return cls(ids, numbers[codes], parent)

    def inside(self, at: Ints, below: Ints) -> Ints:
        """How many units of level number `below` each unit at `at` stands for, at least 1.

        A unit stands for itself at its own level; one that no unit of that level lies in counts 1.
        """
        found = np.ones(len(at), np.int64)
        level = self.level[at]
        for number in np.unique(level).tolist():
            rows = np.flatnonzero((level == number) & (below > number))
            if len(rows) and LEVELS[number] in self.parent:
                found[rows] = self.lying(LEVELS[number], at[rows], below[rows])
        return np.maximum(found, 1)

    def lying(self, level: str, at: Ints, below: Ints) -> Ints:
        """How many units of level number `below` lie in the units of `level` at `at`."""
        units = np.flatnonzero(self.level == LEVELS.index(level))
        place = np.searchsorted(units, at)
        return self._table(level, units)[place, below]

    def cross(self, level: str, at: Ints, above: Ints) -> None:
        """Let units lie in units of `level` that are not their parents: pairs of positions."""
        units = np.flatnonzero(self.level == LEVELS.index(level))
        flat = np.searchsorted(units, above) * len(LEVELS) + self.level[at]
        counted = np.bincount(flat, minlength=len(units) * len(LEVELS))
        self._counts[level] = counted.reshape(len(units), len(LEVELS)).astype(np.int64)

    def _table(self, level: str, units: Ints) -> Ints:
        """Counts by (unit of `level`, level number below)."""
        if level not in self._counts:
            above = self.parent[level]
            inside = np.flatnonzero(above >= 0)
            flat = np.searchsorted(units, above[inside]) * len(LEVELS) + self.level[inside]
            counted = np.bincount(flat, minlength=len(units) * len(LEVELS))
            self._counts[level] = counted.reshape(len(units), len(LEVELS)).astype(np.int64)
        return self._counts[level]
