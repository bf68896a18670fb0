"""What a file may tell: everything that is published, or aggregates of at least k only.

Under `public` nothing about a single building is told, and no value that fewer than k buildings or
people stand behind, nor one whose difference from other values would tell of so few. People are
told in round numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.levels import LEVELS
from cim_bridge.texts import Text
from scenes.offline.excerpt import NO_PARENT, Excerpt
from scenes.offline.rounded import about, roughly
from scenes.offline.told_units import told_units

K = 10
"""Buildings (and people) that must stand behind whatever a public file tells."""

ALONE = ("building", "object", "area")
"""Levels a public file never tells values of."""

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Censor:
    """Judges one excerpt. level: `full` (what readers see) or `public`."""

    excerpt: Excerpt
    level: str = "full"
    k: int = K

    @property
    def public(self) -> bool:
        """Whether only aggregates may be told."""
        return self.level == "public"

    def hidden(self, level: str) -> Bools:
        """Rows of a level whose values are kept back (read-only)."""
        rows = int(self.excerpt.model.manifest["levels"][level]["rows"])
        if not self.public:
            return np.zeros(rows, bool)
        found = np.ones(rows, bool)
        told = self._told.get(level)
        if told is not None:
            found[: len(told)] = ~told
        return found

    @cached_property
    def _told(self) -> dict[str, Bools]:
        """Units that may be told of, whatever part of the city the file holds."""
        return told_units(self.families(), self._people, self.k)

    def families(self) -> dict[str, I64]:
        """Row at each level, coarse to fine, of every building there is; -1 none."""
        model = self.excerpt.model
        gone = self._buildings["removed"].to_numpy(bool)
        found = {}
        for level in LEVELS:
            if level in model.manifest["parents"] and level not in ALONE:
                row = self.excerpt.parents(level).astype(np.int64)
                found[level] = np.where((row == NO_PARENT) | gone, -1, row)
        return found

    @cached_property
    def _people(self) -> npt.NDArray[np.float64]:
        known: npt.NDArray[np.float64] = self._buildings["population"].to_numpy(
            float, na_value=np.nan
        )
        return np.nan_to_num(known)

    @cached_property
    def _buildings(self) -> Any:
        """The buildings' lines of the units table by row; a row without one was removed."""
        units = self.excerpt.model.units
        rows = int(self.excerpt.model.manifest["levels"]["building"]["rows"])
        found = units.loc[units["level"] == "building", ["row", "removed", "population"]]
        found = found.set_index("row").reindex(range(rows))
        return found.assign(removed=found["removed"].fillna(True).astype(bool))

    def tells_level(self, level: str) -> bool:
        """Whether values of a level are told at all."""
        return not (self.public and level in ALONE)

    def tells_unit(self, unit_id: str) -> bool:
        """Whether a unit's own values are told."""
        if not self.public:
            return True
        level = unit_id.partition(":")[0]
        if level in ALONE:
            return False
        units = self.excerpt.model.units
        row = units["row"][(units["id"] == unit_id).to_numpy(bool)]
        return len(row) == 1 and not bool(self.hidden(level)[int(row.iloc[0])])

    def tells_problem(self, problem: dict[str, Any] | None) -> bool:
        """Whether a problem is told: not of a building, not of few people, in public; None never.

        None: one that the diagnosis no longer has.
        """
        if problem is None:
            return not self.public
        people = problem["people"]
        few = people is not None and 0 < people < self.k
        return self.tells_unit(problem["unit_id"]) and not (self.public and few)

    def people(self, problem: dict[str, Any]) -> int | None:
        """People whom a problem concerns: exactly, or about how many in public."""
        count = problem["people"]
        if count is None:
            return None
        return about(count, self.k) if self.public else round(count)

    def words(self, told: Text, problem: dict[str, Any] | None) -> Text:
        """What is said of a problem; in public without the exact number of its people."""
        if not self.public or problem is None:
            return told
        return roughly(told, problem["people"], self.k)
