"""What became of each row: a unit, a doubt with candidates, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.how import CHANGED, METHODS

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
MOST = 5
"""Candidates and suggestions that are kept for a row."""


@dataclass(frozen=True)
class Candidates:
    """Possible targets of rows, by row, the likelier first: (K,) each; score 0 to 1."""

    row: I64
    target: I64
    score: F64

    @classmethod
    def none(cls) -> Candidates:
        """No candidate at all."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))

    @classmethod
    def of_pairs(cls, row: I64, target: I64, score: F64) -> Candidates:
        """Sorted by row and score, at most MOST a row."""
        order = np.lexsort((target, -score, row))
        row, target, score = row[order], target[order], score[order]
        first = np.searchsorted(row, row, "left")
        keep = np.arange(len(row)) - first < MOST
        return cls(row[keep], target[keep], score[keep])

    def of(self, row: int) -> tuple[I64, F64]:
        """(targets, scores) of one row."""
        first, last = np.searchsorted(self.row, (row, row + 1))
        return self.target[first:last], self.score[first:last]


@dataclass(frozen=True)
class Decided:
    """What people decided about rows: (N,) target or -1; nowhere: the row is no unit at all."""

    target: I64
    nowhere: npt.NDArray[np.bool_]


@dataclass
class Matches:
    """(N,) arrays. target: number of the unit in Targets, -1 none; method, changed: codes in
    METHODS and CHANGED; score 0 to 1; ambiguous: several units fit, or words contradict each other.

    A row is matched (target >= 0), ambiguous, or unmatched. A row that a person decided to be no
    unit has method `review` and no target. `candidates` are of ambiguous rows; `suggestions`, for
    people only, of unmatched ones (of the first distinct ones when they are many).
    """

    target: I64
    method: npt.NDArray[np.uint8]
    changed: npt.NDArray[np.uint8]
    score: F64
    ambiguous: npt.NDArray[np.bool_]
    candidates: Candidates = field(default_factory=Candidates.none)
    suggestions: Candidates = field(default_factory=Candidates.none)
    apart: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows matched by id whose own label is the name of another unit."""

    @classmethod
    def none(cls, count: int) -> Matches:
        """Nothing matched yet."""
        return cls(
            np.full(count, -1, np.int64), np.zeros(count, np.uint8), np.zeros(count, np.uint8),
            np.zeros(count), np.zeros(count, bool),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.target)

    @property
    def matched(self) -> npt.NDArray[np.bool_]:
        """Rows with a unit."""
        found: npt.NDArray[np.bool_] = self.target >= 0
        return found

    @property
    def nowhere(self) -> npt.NDArray[np.bool_]:
        """Rows that a person decided to be no unit."""
        found: npt.NDArray[np.bool_] = self.method == METHODS.index("review")
        return found & ~self.matched

    @property
    def unmatched(self) -> npt.NDArray[np.bool_]:
        """Rows without a unit, candidate or decision."""
        return (self.target < 0) & ~self.ambiguous & ~self.nowhere

    def take(self, rows: I64) -> Matches:
        """The same for rows that repeat these: (M,) numbers of these rows."""
        return Matches(
            self.target[rows], self.method[rows], self.changed[rows], self.score[rows],
            self.ambiguous[rows], self.candidates, self.suggestions, self.apart,
        )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """Counts and rates of states and methods, and of what was set aside: JSON-ready."""
        total = len(self)
        counts = {
            "matched": int(self.matched.sum()),
            "ambiguous": int(self.ambiguous.sum()),
            "unmatched": int(self.unmatched.sum()),
            "no_place": int(self.nowhere.sum()),
        }
        method = np.bincount(self.method[self.matched], minlength=len(METHODS))
        changed = np.bincount(self.changed[self.matched], minlength=len(CHANGED))
        return {
            "rows": total,
            **counts,
            "rate": round(counts["matched"] / total, 6) if total else 0.0,
            "methods": {n: int(c) for n, c in zip(METHODS, method, strict=True) if c and n},
            "set_aside": {n: int(c) for n, c in zip(CHANGED, changed, strict=True) if c and n},
        }
