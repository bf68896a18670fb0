"""The review list of a source, `<city>/reviews/<source>.csv`: doubts for a person, decisions back.

A person writes into `decision` a unit id, or `-` for a row that is no place. Decisions are kept
for ever: through reloads, new tables and new models. Each source decides for itself. A decision is
about the words of a row (level, id, label, address, parents, point): other words are another row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.matching.how import How
from cim_bridge.matching.identity import identities, points, reference, trimmed
from cim_bridge.matching.keys import Keys
from cim_bridge.matching.match import match
from cim_bridge.matching.matches import Decided, Matches
from cim_bridge.matching.reviewfile import Row, as_bytes, is_reference, read_rows, write_rows
from cim_bridge.matching.spelling import plain_id
from cim_bridge.matching.targets import Targets
from cim_bridge.matching.texts import I64, as_words, pa, pc, spelled

NOWHERE = frozenset(("-", "—", "–", "－", "none", "无", "无此单元"))
"""Decisions that say: no such place."""


@dataclass
class ReviewList:
    """Rows by reference; `gone`: decisions whose unit is no longer there, as shown to people."""

    source: str
    path: Path
    rows: dict[str, Row] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: CityFolder, source: str, log: IssueLog) -> ReviewList:
        """Read the list of a source, empty where there is none; a damaged one is an error."""
        path = folder.reviews / f"{_file_name(source)}.csv"
        return cls(source, path, read_rows(path, log) if path.is_file() else {})

    def take_decisions(self, path: Path, log: IssueLog) -> None:
        """Take over the decisions of a copy of this list."""
        for ref, row in read_rows(path, log).items():
            if row["decision"]:
                self.rows[ref] = row

    def content(self) -> bytes:
        """The list as the bytes of its file."""
        return as_bytes(self.rows.values())

    def decided(self, keys: Keys, targets: Targets, log: IssueLog) -> Decided:
        """What people decided about these rows; decisions on units that are gone are told."""
        target = np.full(len(keys), -1, np.int64)
        nowhere = np.zeros(len(keys), bool)
        said = {ref: row["decision"] for ref, row in self.rows.items() if row["decision"]}
        said = {ref: word for ref, word in said.items() if is_reference(ref)}
        if not said or not len(keys):
            return Decided(target, nowhere)
        known = np.sort(np.array([int(ref[1:], 16) for ref in said], np.uint64))
        mine = identities(keys, targets.level)
        at = np.minimum(np.searchsorted(known, mine), len(known) - 1)
        hit = known[at] == mine
        words = [said[reference(int(value))] for value in known.tolist()]
        unit = self._units(words, targets)
        closed = np.array([word.casefold() in NOWHERE for word in words])
        target[hit] = np.where(closed[at[hit]], -1, unit[at[hit]])
        nowhere[hit] = closed[at[hit]]
        lost = np.unique(at[hit & (target < 0) & ~nowhere])
        self._tell_gone([(reference(int(known[n])), words[n]) for n in lost], targets, log)
        return Decided(target, nowhere)

    def _units(self, words: list[str], targets: Targets) -> I64:
        """Target of each decision: an id, or a candidate as the list shows it (id, then label)."""
        ids = as_words(words)
        found = np.full(len(words), -1, np.int64)
        for texts in (ids, pc.replace_substring_regex(ids, r"\s.*$", "")):
            for lookup, spell in ((targets.exact, None), (targets.plain, plain_id)):
                names = targets.unprefixed(texts if spell is None else spelled(texts, spell))
                unit, number = lookup.find(names)
                found = np.where((found < 0) & (number == 1), unit, found)
        return found

    def _tell_gone(self, lost: Iterable[tuple[str, str]], targets: Targets, log: IssueLog) -> None:
        for ref, word in lost:
            name = word if ":" in word else f"{targets.level}:{word}"
            removed = name.split(" ")[0] in targets.removed or name in targets.removed
            self.gone[ref] = word
            row = self.rows[ref]
            log.add(
                "MATCH_DECISION_REMOVED" if removed else "MATCH_DECISION_UNKNOWN",
                file=self.path, id=row["key"] or row["label"], unit=word,
            )  # fmt: skip

    def note(self, keys: Keys, targets: Targets, found: Matches) -> None:
        """Take in what a matching left open; what it settled leaves the list, unless decided."""
        refs = identities(keys, targets.level)
        if self.rows:
            held = np.array([int(ref[1:], 16) for ref in self.rows if is_reference(ref)], np.uint64)
            settled = np.unique(refs[found.matched & np.isin(refs, held)])
            for value in settled.tolist():
                ref = reference(int(value))
                if not self.rows[ref]["decision"]:
                    del self.rows[ref]
        left = np.flatnonzero(found.ambiguous | found.unmatched)
        values, first, counts = np.unique(refs[left], return_index=True, return_counts=True)
        shown = _shown(keys, left[first])
        for number, value in enumerate(values.tolist()):
            row = left[first[number]]
            ref = reference(int(value))
            told = self._line(int(row), targets, found)
            told |= {name: texts[number] for name, texts in shown.items()}
            told |= {"level": targets.level, "rows": str(counts[number])}
            told |= {"ref": ref, "source": self.source}
            self.rows[ref] = _blank() | self.rows.get(ref, {}) | told

    def _line(self, row: int, targets: Targets, found: Matches) -> Row:
        doubt = bool(found.ambiguous[row])
        units, scores = (found.candidates if doubt else found.suggestions).of(row)
        named = [
            f"{targets.ids[unit]} {targets.labels[unit] or ''}".strip() + f" ({score:.2f})"
            for unit, score in zip(units.tolist(), scores.tolist(), strict=True)
        ]
        best = f"{scores.max():.2f}" if len(scores) else ""
        state = "ambiguous" if doubt else "unmatched"
        return {"state": state, "candidates": "; ".join(named), "score": best}

    def write(self) -> None:
        """Write the list, the undecided first; the same rows give the same bytes."""
        if self.rows or self.path.is_file():
            write_rows(self.path, self.rows.values())

    @property
    def open_rows(self) -> int:
        """Distinct rows that wait for a decision."""
        return sum(not row["decision"] for ref, row in self.rows.items() if is_reference(ref))


def match_reviewed(
    keys: Keys, targets: Targets, how: How, review: ReviewList, log: IssueLog
) -> Matches:
    """Match with a source's decisions first, and note what is still open in its list.

    The list is written by `review.write()`, not here.
    """
    found = match(keys, targets, how, review.decided(keys, targets, log))
    review.note(keys, targets, found)
    return found


def _shown(keys: Keys, rows: I64) -> dict[str, list[str]]:
    at = pa.array(rows)
    columns = {"key": keys.id, "label": keys.label, "address": keys.address}
    found = {name: trimmed(texts).take(at).to_pylist() for name, texts in columns.items()}
    parents = [trimmed(texts).take(at).to_pylist() for texts in keys.parents]
    found["parent"] = [" / ".join(filter(None, told)) for told in zip(*parents, strict=True)]
    if not parents:
        found["parent"] = [""] * len(rows)
    found["point"] = points(keys).take(at).to_pylist()
    for name in ("address", "label"):
        other = "label" if name == "address" else "key"
        pairs = zip(found[name], found[other], strict=True)
        found[name] = ["" if mine == its else mine for mine, its in pairs]
    return found


def _blank() -> dict[str, Any]:
    return dict.fromkeys(("decision", "note", "who"), "")


def _file_name(source: str) -> str:
    """A source's name as a file's: what a file system may refuse becomes `_`."""
    import hashlib

    plain = re.sub(r"[^\w.\-]+", "_", source).strip("._") or "source"
    if plain == source and len(plain) <= 80:
        return plain
    return f"{plain[:60]}-{hashlib.sha256(source.encode()).hexdigest()[:6]}"
