"""Units of a model release as plain columns, without their geometry: ids, rows, parents."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.levels import LEVELS, PARENT_LEVELS

if TYPE_CHECKING:
    from cim_bridge.release import ModelRelease

NUMBERS: tuple[str, ...] = ("height", "ground", "storeys", "year_built", "area", "population")
"""Attributes that are numbers (m, m, count, year, m2, persons)."""

WORDS: tuple[str, ...] = ("use", "structure", "kind")
"""Attributes that are words; "" is unknown."""

_COLUMNS = ("id", "level", "row", "label_zh", "label_en", "removed", *NUMBERS, *WORDS)

NONE = np.int64(-1)
"""Row of a parent that does not exist."""


@dataclass(frozen=True)
class LevelUnits:
    """All rows of one level, tombstones included; element i is row i."""

    level: str
    frame: pd.DataFrame
    _words: dict[str, npt.NDArray[np.object_]] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def ids(self) -> npt.NDArray[np.object_]:
        """Public ids."""
        return self.frame["id"].to_numpy(dtype=object)

    @cached_property
    def removed(self) -> npt.NDArray[np.bool_]:
        """Rows of units that no longer exist."""
        return self.frame["removed"].to_numpy(dtype=bool)

    @cached_property
    def index(self) -> pd.Index[Any]:
        """Index of ids, for looking rows up."""
        return pd.Index(self.ids)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """A number attribute; NaN is unknown."""
        return self.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)

    def words(self, name: str) -> npt.NDArray[np.object_]:
        """A word attribute; "" is unknown (read-only)."""
        if name not in self._words:
            found = self.frame[name].fillna("").to_numpy(dtype=object).copy()
            found.setflags(write=False)
            self._words[name] = found
        return self._words[name]


class UnitTable:
    """Units of every level, keyed by public id."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._levels = {
            level: LevelUnits(level, part.sort_values("row").reset_index(drop=True))
            for level, part in frame.groupby("level", sort=False)
            if isinstance(level, str)
        }
        self._parents: dict[tuple[str, str], npt.NDArray[np.int64]] = {}

    @classmethod
    def of(cls, model: ModelRelease) -> UnitTable:
        """Read a model release; no geometry is decoded."""
        parents = tuple(f"parent_{level}" for level in PARENT_LEVELS)
        return cls(model.columns(*_COLUMNS, *parents).to_pandas())

    @property
    def levels(self) -> list[str]:
        """Levels that have units, coarse to fine."""
        return [level for level in LEVELS if level in self._levels]

    def level(self, level: str) -> LevelUnits:
        """Units of one level; empty when the model has none."""
        empty = pd.DataFrame({name: [] for name in _COLUMNS})
        return self._levels.get(level) or LevelUnits(level, empty)

    def rows(self, ids: npt.NDArray[np.object_], levels: list[str] | None = None) -> Any:
        """(level number in `levels`, row) of public ids; -1 where unknown."""
        wanted = self.levels if levels is None else levels
        place = np.full(len(ids), -1, np.int64)
        row = np.full(len(ids), -1, np.int64)
        for number, level in enumerate(wanted):
            found = self.level(level).index.get_indexer(pd.Index(ids))
            hit = found >= 0
            place[hit], row[hit] = number, found[hit]
        return place, row

    def parent_rows(self, level: str, parent: str) -> npt.NDArray[np.int64]:
        """Row of the `parent` unit of each unit of `level`; -1 where it has none (read-only).

        Looked up once: a million names take longer than all sums over them.
        """
        if (level, parent) not in self._parents:
            rows = self._find_parents(level, parent)
            rows.setflags(write=False)
            self._parents[level, parent] = rows
        return self._parents[level, parent]

    def _find_parents(self, level: str, parent: str) -> npt.NDArray[np.int64]:
        units = self.level(level)
        column = f"parent_{parent}"
        if level == parent:
            return np.arange(len(units), dtype=np.int64)
        if column not in units.frame:
            return np.full(len(units), -1, np.int64)
        codes, names = pd.factorize(units.frame[column])
        found = self.level(parent).index.get_indexer(pd.Index(names.astype(object)))
        return np.append(found, NONE)[codes].astype(np.int64)
