"""Likeness, for people only: units whose names resemble what was not matched, or that lie near.

A few hundred distinct texts at most are compared, by their pairs of letters; it decides nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.keys import Keys
from cim_bridge.matching.matches import Candidates, Matches
from cim_bridge.matching.spelling import plain_id, plain_label
from cim_bridge.matching.targets import Targets
from cim_bridge.matching.texts import I64, NONE, Texts, pa, pc, spelled

F64 = npt.NDArray[np.float64]
LIMIT = 300
"""Distinct texts that get suggestions."""
SHOWN = 3
"""Suggestions a row."""
LEAST = 0.4
"""Likeness (Dice's coefficient of pairs of letters) from which a name is suggested."""
_COMMON = 20_000
"""Names that share a pair of letters; a commoner pair says little."""
_BUCKETS = 1 << 20


def suggest(keys: Keys, targets: Targets, found: Matches) -> Candidates:
    """Suggestions for the first LIMIT distinct texts of unmatched rows."""
    left = np.flatnonzero(found.unmatched)
    if not len(left) or not len(targets):
        return Candidates.none()
    texts, rows = _asked(keys, left)
    if not texts:
        return Candidates.none()
    names, owner = _names(targets)
    index = _Index(names, owner, texts)
    parts = []
    for text, mine in zip(texts, rows, strict=True):
        target, score = index.like(text)
        parts.append((np.repeat(mine, len(target)), np.tile(target, len(mine)),
                      np.tile(score, len(mine))))  # fmt: skip
    row, target, score = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Candidates.of_pairs(row, target, score)


def _asked(keys: Keys, left: I64) -> tuple[list[str], list[I64]]:
    """Distinct texts (label, else address, else id) in their order, and the rows of each."""
    told = _told(keys).take(pa.array(left))
    coded = told.dictionary_encode()
    codes = np.asarray(coded.indices)
    chosen = [(text, number) for number, text in enumerate(coded.dictionary.to_pylist()) if text]
    chosen = sorted(chosen)[:LIMIT]
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1))
    rows = [left[order[bounds[n] : bounds[n + 1]]] for _, n in chosen]
    return [text for text, _ in chosen], rows


def _told(keys: Keys) -> Texts:

    label = pc.if_else(pc.equal(keys.label, NONE), keys.address, keys.label)
    return spelled(pc.if_else(pc.equal(label, NONE), keys.id, label), plain_label, alike=True)


def _names(targets: Targets) -> tuple[Texts, I64]:
    zh = spelled(targets.words("label_zh"), plain_label, alike=True)
    en = spelled(targets.words("label_en"), plain_label, alike=True)
    ids = spelled(targets.words("source_id"), plain_id)
    return pa.concat_arrays([zh, en, ids]), np.tile(np.arange(len(targets)), 3)


class _Index:
    """Pairs of letters of many names → the names that hold them; only pairs that are asked for."""

    def __init__(self, names: Texts, owner: I64, asked: list[str]) -> None:
        pair, name = _pairs("\n".join(names.to_pylist()))
        self._size = np.bincount(name, minlength=len(names))
        wanted = np.zeros(_BUCKETS, bool)
        wanted[_pairs("\n".join(asked))[0]] = True
        wanted &= np.bincount(pair, minlength=_BUCKETS) <= _COMMON
        keep = wanted[pair]
        pair, name = pair[keep], name[keep]
        order = np.argsort(pair, kind="stable")
        self._first = np.searchsorted(pair[order], np.arange(_BUCKETS + 1))
        self._name, self._owner = name[order], owner

    def like(self, text: str) -> tuple[I64, F64]:
        """(targets, likeness) of the likest names, the likest first."""
        pair = np.unique(_pairs(text)[0])
        held = [self._name[self._first[p] : self._first[p + 1]] for p in pair.tolist()]
        if not sum(len(part) for part in held):
            return np.zeros(0, np.int64), np.zeros(0)
        name, shared = np.unique(np.concatenate(held), return_counts=True)
        score = np.minimum(2.0 * shared / (len(pair) + self._size[name]), 0.99)
        order = np.lexsort((self._owner[name], -score))
        target, score = self._owner[name][order], score[order]
        _, first = np.unique(target, return_index=True)
        best = np.sort(first)[:SHOWN]
        best = best[score[best] >= LEAST]
        return target[best], score[best]


def _pairs(lines: str) -> tuple[I64, I64]:
    """(pair, line) of neighbouring letters in many lines; the ends of a line count as letters."""
    codes = np.frombuffer(f"\n{lines}\n".encode("utf-32-le"), np.uint32).astype(np.int64)
    line = np.cumsum(codes == 10) - 1
    both = ((codes[:-1] * 0x9E3779B1 + codes[1:] * 0x85EBCA6B) >> 7) % _BUCKETS
    keep = ~((codes[:-1] == 10) & (codes[1:] == 10))
    return both[keep], line[:-1][keep]
