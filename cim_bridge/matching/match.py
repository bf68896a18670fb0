"""Rows of a table to units of a level: by id, by name, by address, by place; never by likeness.

The methods run in the order of `How.by`. A row that a method leaves with several units stays
ambiguous; a later method may settle it only with one of those. Likeness only ever suggests.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.addresses import plain_address, taken_apart
from cim_bridge.matching.geometry import beside, held_by, nearest, over
from cim_bridge.matching.how import METHODS, How
from cim_bridge.matching.keys import Keys
from cim_bridge.matching.lookup import Lookup
from cim_bridge.matching.matches import Decided, Matches
from cim_bridge.matching.overlap import overlaps
from cim_bridge.matching.settling import Settling
from cim_bridge.matching.spelling import endings_of, plain_id, plain_label, short_name, unpadded_id
from cim_bridge.matching.suggest import suggest
from cim_bridge.matching.targets import BARE, Targets
from cim_bridge.matching.texts import I64, NONE, Texts, filled, joined, pa, pc, spelled


def match(
    keys: Keys | Any, targets: Targets, how: How | None = None,
    decided: Decided | None = None,
) -> Matches:  # fmt: skip
    """Match rows to targets.

    keys: Keys, or a column of ids (numpy, pandas, Arrow or a list). targets: Targets.of(model,
    level). how: methods, tolerance; without it ids and external ids only. decided: what people
    said, which comes first (cim_bridge.matching.review). Writes nothing. The order of the rows
    changes nothing.
    """
    rows = keys if isinstance(keys, Keys) else Keys.of(keys)
    asked = how or How()
    job = _Job(rows, targets, asked)
    if decided is not None:
        at = np.flatnonzero(decided.target >= 0)
        job.settling.settle(at, decided.target[at], "review", "", 1.0)
        job.settling.close(np.flatnonzero(decided.nowhere))
    for method in asked.by:
        getattr(job, f"by_{method}")()
    found = job.settling.matches()
    found.apart = job.apart(found)
    if asked.suggest:
        found.suggestions = suggest(rows, targets, found)
    return found


_ID_STEPS: tuple[tuple[str, float, Any], ...] = (
    ("", 1.0, None), ("spelling", 0.99, plain_id), ("padding", 0.97, unpadded_id),
)  # fmt: skip


def _some(texts: Texts, rows: I64) -> Texts:
    return texts if len(rows) == len(texts) else texts.take(pa.array(rows))


class _Job:
    """One matching: what the rows say, spelled once."""

    def __init__(self, keys: Keys, targets: Targets, how: How) -> None:
        self.keys, self.targets, self.how = keys, targets, how
        self.settling = Settling(len(keys), targets, METHODS)
        self._within: dict[str, I64] | None = None
        self._lost = np.zeros(len(keys), bool)

    def _open(self) -> I64:
        """Rows that nothing has settled yet."""
        return np.flatnonzero(self.settling.unsettled)

    def by_id(self) -> None:
        """Public id or source id: as written, then in one spelling, then without padding."""
        units = self.targets
        for changed, score, spell in _ID_STEPS:
            rows = self._open()
            if not len(rows):
                return
            ids = _some(self.keys.id, rows)
            ids = units.unprefixed(ids if spell is None else spelled(ids, spell))
            lookup = {"": "exact", "spelling": "plain", "padding": "padless"}[changed]
            self.settling.take(getattr(units, lookup), rows, ids, "id", changed, score)

    def by_external(self) -> None:
        """What other systems call the unit."""
        rows, lookup = self._open(), self.targets.external
        if len(rows) and len(lookup):
            ids = spelled(_some(self.keys.id, rows), plain_id)
            self.settling.take(lookup, rows, ids, "external", "", 0.98)

    def by_label(self) -> None:
        """Names; one that several units have means the one inside the unit that the row names."""
        rows = self._open()
        if not len(rows):
            return
        names = spelled(_some(self.keys.label, rows), plain_label, alike=True)
        lookup = self.targets.by_label
        for parent in self.keys.parents:
            before = spelled(_some(parent, rows), plain_label, alike=True)
            behind = pc.if_else(pa.array(filled(before)), joined(before, names), NONE)
            self._named(lookup, rows, behind, "label", "words", self.within)
        self._named(lookup, rows, names, "label", "words", self.within)
        level = self.targets.level
        if endings_of(level):
            short = spelled(names, partial(short_name, level=level))
            self._named(self.targets.by_short, rows, short, "label", "words", self.within)

    def apart(self, found: Matches) -> I64:
        """Rows matched by id whose label, a column of its own, names one other unit."""
        told = np.isin(found.method, (METHODS.index("id"), METHODS.index("external")))
        rows = np.flatnonzero(told & found.matched)
        if "label" not in self.how.by or self.keys.label is self.keys.id or not len(rows):
            return np.zeros(0, np.int64)
        names = spelled(_some(self.keys.label, rows), plain_label, alike=True)
        unit, number = self.targets.by_label.find(names)
        bare = np.asarray(pc.match_substring_regex(names, BARE))
        other: I64 = rows[(number == 1) & (unit != found.target[rows]) & ~bare]
        return other

    def by_address(self) -> None:
        """Addresses without province, city and district, inside those that they name."""
        rows = self._open()
        if not len(rows):
            return
        texts = spelled(_some(self.keys.address, rows), plain_address, alike=True)
        coded = texts.dictionary_encode()
        parts = taken_apart(coded.dictionary, self.targets)
        within = dict(self.within)
        for level, units in parts.front.items():
            said = np.full(len(self.keys), -1, np.int64)
            said[rows] = units[np.asarray(coded.indices)]
            told = within.get(level, said)
            within[level] = np.where(told >= 0, told, said)
        within = {level: within[level] for level in self.targets.holders if level in within}
        for number, form in enumerate(parts.forms):
            changed = "prefix" if number else "words"
            form = form.take(coded.indices)
            self._named(self.targets.by_address, rows, form, "address", changed, within)
        level = self.targets.level
        if level in ("district", "subdistrict", "community") and parts.forms:
            short = spelled(parts.forms[-1].take(coded.indices), partial(short_name, level=level))
            self._named(self.targets.by_short, rows, short, "address", "prefix", within)

    def by_point(self) -> None:
        """The unit that holds the point; else, within the tolerance, one that is clearly near."""
        x, y, shapes = self.keys.x, self.keys.y, self.targets.shapes
        asked = self.settling.unsettled
        x, y = np.where(asked, x, np.nan), np.where(asked, y, np.nan)
        row, target = held_by(x, y, shapes)
        self.settling.pairs(row, target, np.full(len(row), 0.95), "point", "")
        held = np.zeros(len(x), bool)
        held[row] = True
        left = self.settling.unsettled & ~held
        x, y = np.where(left, x, np.nan), np.where(left, y, np.nan)
        row, target, far = beside(x, y, shapes, self.how.tolerance)
        chosen, least, clear = nearest(row, target, far, len(x))
        score = 0.9 * (1.0 - 0.5 * np.where(clear, least, 0.0) / max(self.how.tolerance, 1e-9))
        mine = np.flatnonzero(clear)
        self.settling.settle(mine, chosen[mine], "point", "nearest", score[mine])
        doubt = ~clear[row]
        nearness = 0.9 * (1.0 - 0.5 * far[doubt] / max(self.how.tolerance, 1e-9))
        self.settling.doubt(row[doubt], target[doubt], nearness)

    def by_geometry(self) -> None:
        """The unit that a row's own shape covers."""
        if self.keys.shapes is None:
            return
        nothing = np.full(len(self.keys), np.nan)
        pairs = overlaps(
            self.keys.shapes, nothing, self.targets.shapes, np.full(len(self.targets), np.nan)
        )
        target, score, doubt = over(pairs, self.settling.unsettled)
        mine = np.flatnonzero(target >= 0)
        self.settling.settle(mine, target[mine], "geometry", "", score[mine])
        self.settling.doubt(pairs.feature[doubt], pairs.target[doubt], pairs.score[doubt])

    def _named(
        self, lookup: Lookup, rows: I64, texts: Texts, method: str, changed: str,
        within: dict[str, I64],
    ) -> None:  # fmt: skip
        """Look names up; where a row names a parent that is not known, only names that say it."""
        bare = np.asarray(pc.match_substring_regex(texts, BARE))
        lost = self._lost[rows]
        if lost.any():
            silent = lost & ~self._says_parent(rows, texts)
            texts = pc.if_else(pa.array(silent), NONE, texts)
        score = 0.95 if method == "label" else 0.93
        self.settling.take(lookup, rows, texts, method, changed, score, within, bare)

    def _says_parent(self, rows: I64, texts: Texts) -> npt.NDArray[np.bool_]:
        """Whether each text begins with a parent that its row names and nobody knows."""
        says = np.zeros(len(texts), bool)
        at = np.flatnonzero(self._lost[rows])
        words = np.array(_some(texts, at).to_pylist(), np.str_)
        for parent in self.keys.parents:
            names = spelled(_some(parent, rows[at]), plain_label, alike=True).to_pylist()
            before = np.array(names, np.str_)
            says[at] |= (before != "") & np.strings.startswith(words, before)
        return says

    @property
    def within(self) -> dict[str, I64]:
        """Level → number of the unit that each row says it lies in, -1 none or not alone."""
        if self._within is None:
            self._within = {}
            for parent in self.keys.parents:
                self._find_parents(parent)
        return self._within

    def _find_parents(self, parent: Texts) -> None:
        """Read one column of parents: by id, by full name, by short name; the coarsest level."""
        assert self._within is not None  # noqa: S101 - `within` made it
        ids, names = spelled(parent, plain_id), spelled(parent, plain_label, alike=True)
        open_, known = filled(parent), np.zeros(len(parent), bool)
        for kind in ("ids", "full", "short"):
            hit = np.zeros(len(parent), bool)
            for level, holders in self.targets.holders.items():
                texts = ids if kind == "ids" else names
                if kind == "short":
                    texts = spelled(names, partial(short_name, level=level))
                unit, number = getattr(holders, kind).find(texts)
                fresh = open_ & ~known & ~hit & (number > 0)
                old = self._within.get(level, np.full(len(parent), -1, np.int64))
                self._within[level] = np.where(fresh & (number == 1), unit, old)
                hit |= fresh
            known |= hit
        self._lost |= open_ & ~known
