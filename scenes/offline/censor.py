"""What a file may tell: everything that is published, or aggregates of at least k only.

Under `public` nothing about a single building is told, and no value that fewer than k buildings
stand behind; where one value alone would be kept back among its siblings, the smallest of them is
kept back too, so that no difference tells it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.levels import LEVELS
from scenes.offline.excerpt import Excerpt

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
    _known: dict[str, Bools] = field(default_factory=dict, compare=False, repr=False)

    @property
    def public(self) -> bool:
        """Whether only aggregates may be told."""
        return self.level == "public"

    def hidden(self, level: str) -> Bools:
        """Rows of a level whose values are kept back (read-only)."""
        if level not in self._known:
            self._known[level] = self._hidden(level)
        return self._known[level]

    def _hidden(self, level: str) -> Bools:
        count = self.excerpt.count(level)
        if not self.public:
            return np.zeros(len(count), bool)
        if level in ALONE:
            return np.ones(len(count), bool)
        small = np.asarray(count < self.k)
        for parent in self.excerpt.model.manifest["parents"]:
            if LEVELS.index(parent) < LEVELS.index(level):
                small = _one_more(small, count, _parent_rows(self.excerpt, level, parent))
        return small

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

    def tells_problem(self, problem: dict[str, Any]) -> bool:
        """Whether a problem is told: not of a building, not of few people, in public."""
        people = problem["people"]
        few = people is not None and 0 < people < self.k
        return self.tells_unit(problem["unit_id"]) and not (self.public and few)


def _parent_rows(excerpt: Excerpt, level: str, parent: str) -> I64:
    """Row of the `parent` of each row of a level; -1 none."""
    units = excerpt.model.units
    mine = units[(units["level"] == level).to_numpy(bool)].sort_values("row")
    theirs = units[(units["level"] == parent).to_numpy(bool)]
    rows = dict(zip(theirs["id"], theirs["row"], strict=True))
    return np.asarray(mine[f"parent_{parent}"].map(rows).fillna(-1), dtype=np.int64)


def _one_more(small: Bools, count: I64, parent: I64) -> Bools:
    """Where exactly one child of a parent with buildings is kept back, its smallest sibling too."""
    size = int(parent.max(initial=-1)) + 1
    held = small & (count > 0) & (parent >= 0)
    alone = np.bincount(parent[held], minlength=size) == 1
    free = np.flatnonzero(~small & (parent >= 0))
    free = free[alone[parent[free]]]
    free = free[np.lexsort((free, count[free], parent[free]))]
    first = np.ones(len(free), bool)
    first[1:] = parent[free][1:] != parent[free][:-1]
    found = small.copy()
    found[free[first]] = True
    return found
