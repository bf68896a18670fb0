"""The state of a matching: which rows are settled, which are in doubt between which units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.how import CHANGED
from cim_bridge.matching.lookup import Lookup
from cim_bridge.matching.matches import MOST, Candidates, Matches
from cim_bridge.matching.targets import Targets
from cim_bridge.matching.texts import I64, Texts

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
FINE = ("community", "block", "compound", "plot")
"""Levels inside which a building's bare number means one building."""
_AT_ONCE = 4_000_000
"""Pairs that are laid out at a time."""


@dataclass(frozen=True)
class _Doubts:
    """Rows in doubt: row i may be any of targets[start[i]:stop[i]]."""

    rows: I64
    targets: I64
    start: I64
    stop: I64
    score: F64


class Settling:
    """Rows become matched or ambiguous, step by step."""

    def __init__(self, count: int, targets: Targets, methods: tuple[str, ...]) -> None:
        self._found = Matches.none(count)
        self._targets, self._methods = targets, methods
        self._doubts: list[_Doubts] = []
        self._closed = np.zeros(count, bool)

    @property
    def unsettled(self) -> Bools:
        """Rows without a unit yet, ambiguous ones too; not those that a person closed."""
        found: Bools = self._found.target < 0
        found &= ~self._closed
        return found

    def close(self, rows: I64) -> None:
        """Rows that a person decided to be no unit."""
        self._closed[rows] = True
        self._found.method[rows] = self._methods.index("review")
        self._found.score[rows] = 1.0

    def take(
        self, lookup: Lookup, rows: I64, texts: Texts, method: str, changed: str, score: float,
        within: dict[str, I64] | None = None, bare: Bools | None = None,
    ) -> None:  # fmt: skip
        """Look up the names of some rows. within: level → unit that each row of all lies in; bare:
        whether each name means nothing outside such a unit."""
        if not len(lookup) or not len(rows):
            return
        codes = np.full(len(self._found), -1, np.int64)
        codes[rows] = np.where(self.unsettled[rows], lookup.codes(texts), -1)
        alone = np.zeros(len(codes), bool)
        alone[rows] = False if bare is None else bare
        start, stop = lookup.spans(codes)
        rows = np.flatnonzero(stop > start)
        if not len(rows):
            return
        one = np.zeros(len(codes), bool)
        one[rows] = (stop - start)[rows] == 1
        first, places = lookup.targets[start[rows]], within or {}
        fits = self._fits(rows, first, places)
        fits &= ~alone[rows] | self._anchored(rows, first, places)
        sure = one[rows] & fits
        self.settle(rows[sure], first[sure], method, changed, score)
        left = rows[~sure]
        left = self._narrow(lookup, codes, left, one, alone, places, method, score)
        self._hold(left, lookup.targets, start[left], stop[left], score / 2)

    def _anchored(self, rows: I64, targets: I64, within: dict[str, I64]) -> Bools:
        """Whether a target lies in the community, compound, ... that its row names."""
        found = np.zeros(len(rows), bool)
        for level in FINE:
            if level in within:
                wanted, mine = within[level][rows], self._targets.holders[level].of[targets]
                found |= (wanted >= 0) & (wanted == mine)
        return found

    def _fits(self, rows: I64, targets: I64, within: dict[str, I64]) -> Bools:
        """Whether a target lies in every unit that its row names (or where it lies is unknown)."""
        fits = np.ones(len(rows), bool)
        for level, unit in within.items():
            wanted, mine = unit[rows], self._targets.holders[level].of[targets]
            fits &= (wanted < 0) | (mine < 0) | (wanted == mine)
        return fits

    def _narrow(
        self, lookup: Lookup, codes: I64, rows: I64, one: Bools, bare: Bools,
        within: dict[str, I64], method: str, score: float,
    ) -> I64:  # fmt: skip
        """Settle rows of which one unit lies in the named place; returns those still in doubt."""
        for level, unit in reversed(within.items()):
            mine = rows[(unit[rows] >= 0) & ~one[rows] & (~bare[rows] | (level in FINE))]
            if not len(mine):
                continue
            holder = self._targets.holders[level].of
            targets, start, stop = lookup.inside(holder, codes[mine], unit[mine])
            alone = stop - start == 1
            found = targets[np.minimum(start, len(targets) - 1)]
            alone &= self._fits(mine, found, within)
            self.settle(mine[alone], found[alone], method, "parent", score - 0.03)
            some = (stop - start > 1) & self.unsettled[mine]
            self._hold(mine[some], targets, start[some], stop[some], score * 0.75)
            rows = rows[self.unsettled[rows]]
            rows = rows[~np.isin(rows, mine[some])]
        return rows

    def settle(
        self, rows: I64, targets: I64, method: str, changed: str, score: float | F64
    ) -> None:
        """Bind rows to targets; one in doubt only to a unit that it may be."""
        keep = self._allowed(rows, targets)
        found, mine = self._found, rows[keep]
        found.target[mine] = targets[keep]
        found.method[mine] = self._methods.index(method)
        found.changed[mine] = CHANGED.index(changed)
        found.score[mine] = score if isinstance(score, float) else score[keep]
        found.ambiguous[mine] = False
        against = rows[~keep]
        if len(against):
            one = np.arange(len(against))
            self._hold(against, targets[~keep], one, one + 1, 0.4, force=True)

    def pairs(self, row: I64, target: I64, score: F64, method: str, changed: str) -> None:
        """Rows with one pair are settled, those with several are in doubt. Sorted by row."""
        order = np.lexsort((target, row))
        row, target, score = row[order], target[order], score[order]
        number = np.bincount(row, minlength=len(self._found))
        alone = number[row] == 1
        self.settle(row[alone], target[alone], method, changed, score[alone])
        self.doubt(row[~alone], target[~alone], score[~alone])

    def doubt(self, row: I64, target: I64, score: F64) -> None:
        """Rows that may be any of these, and are not in doubt about something else yet."""
        order = np.lexsort((target, -score, row))
        row, target, score = row[order], target[order], score[order]
        rows, start = np.unique(row, return_index=True)
        stop = np.append(start[1:], len(row))
        fresh = self.unsettled[rows] & ~self._found.ambiguous[rows]
        self._hold(rows[fresh], target, start[fresh], stop[fresh], score[start[fresh]])

    def _hold(
        self, rows: I64, targets: I64, start: I64, stop: I64, score: float | F64,
        *, force: bool = False,
    ) -> None:  # fmt: skip
        """Put rows in doubt that are not yet; with `force` add what contradicts a doubt."""
        keep = np.ones(len(rows), bool) if force else ~self._found.ambiguous[rows]
        if not keep.any():
            return
        values = np.full(len(rows), score) if isinstance(score, float) else score
        mine = rows[keep]
        self._found.ambiguous[mine] = True
        self._found.score[mine] = values[keep]
        self._doubts.append(_Doubts(mine, targets, start[keep], stop[keep], values[keep]))

    def _allowed(self, rows: I64, targets: I64) -> Bools:
        """Whether each target is one that its row, if in doubt, may be."""
        allowed: Bools = ~self._found.ambiguous[rows]
        if allowed.all():
            return allowed
        wanted = np.full(len(self._found), -1, np.int64)
        wanted[rows] = targets
        good = np.zeros(len(self._found), bool)
        for doubts in self._doubts:
            mine = np.flatnonzero(wanted[doubts.rows] >= 0)
            sizes = np.cumsum((doubts.stop - doubts.start)[mine])
            for part in np.split(mine, np.searchsorted(sizes, np.arange(
                _AT_ONCE, int(sizes[-1]) if len(sizes) else 0, _AT_ONCE
            ))):  # fmt: skip
                row, target = _laid_out(doubts, part, None)
                good[row[wanted[row] == target]] = True
        allowed |= good[rows]
        return allowed

    def matches(self) -> Matches:
        """The outcome, with the candidates of what is still in doubt."""
        found = self._found
        parts = []
        for doubts in self._doubts:
            mine = np.flatnonzero(found.ambiguous[doubts.rows])
            row, target = _laid_out(doubts, mine, MOST)
            parts.append((row, target, np.repeat(
                doubts.score[mine], np.minimum((doubts.stop - doubts.start)[mine], MOST)
            )))  # fmt: skip
        if parts:
            row, target, score = (np.concatenate(column) for column in zip(*parts, strict=True))
            found.candidates = Candidates.of_pairs(row, target, score)
        return found


def _laid_out(doubts: _Doubts, mine: I64, most: int | None) -> tuple[I64, I64]:
    """(row, target) pairs of some doubts, at most `most` a row."""
    size = (doubts.stop - doubts.start)[mine]
    if most is not None:
        size = np.minimum(size, most)
    row = np.repeat(doubts.rows[mine], size)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    return row, doubts.targets[np.repeat(doubts.start[mine], size) + offset]
