"""Every feature of a tileset to a unit: by decision, by id, by label, by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.attributes import matching
from cim_bridge.binding.targets import Targets
from cim_bridge.matching.geometry import over
from cim_bridge.matching.how import METHODS
from cim_bridge.matching.lookup import Lookup
from cim_bridge.matching.matches import Candidates, Decided
from cim_bridge.matching.matches import Matches as Told
from cim_bridge.matching.overlap import Pairs, overlaps
from cim_bridge.matching.spelling import plain_id, plain_label
from cim_bridge.matching.texts import as_words, spelled
from cim_bridge.tilesin.gather import Features
from cim_bridge.tilesin.keys import texts_of

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Texts = npt.NDArray[Any]

MATCHED, AMBIGUOUS, UNMATCHED = "matched", "ambiguous", "unmatched"
_MOST = 5
_BESIDE = 1.0
"""Metres that a feature may lie from the unit of its own number."""


@dataclass
class Matches:
    """What became of each feature: target (N,) or -1, state, how, score, candidates as texts."""

    target: I64
    state: Texts
    how: Texts
    score: F64
    candidates: dict[int, list[int]] = field(default_factory=dict)
    apart: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    """Features matched by name whose footprint does not touch the unit's."""

    def count(self, state: str) -> int:
        """Features in a state."""
        return int((self.state == state).sum())

    def told(self) -> Told:
        """The same as the matching of tables tells it, for the review list."""
        sizes = [len(some) for some in self.candidates.values()]
        rows = np.repeat(np.array(list(self.candidates), np.int64), sizes)
        flat = [target for some in self.candidates.values() for target in some]
        words = {word: code for code, word in enumerate(METHODS)}
        method = np.array([words[word] for word in self.how.tolist()], np.uint8)
        doubt = self.state == AMBIGUOUS
        keep = doubt[rows]
        targets = np.array(flat, np.int64)[keep]
        pairs = Candidates.of_pairs(rows[keep], targets, self.score[rows[keep]])
        none = np.zeros(len(method), np.uint8)
        return Told(self.target, method, none, self.score, doubt, pairs)

    def settle(self, chosen: npt.NDArray[Any], target: I64, how: str, score: Any) -> None:
        """Bind features to targets."""
        self.target[chosen], self.how[chosen] = target, how
        self.score[chosen], self.state[chosen] = score, MATCHED

    @property
    def open(self) -> npt.NDArray[np.bool_]:
        """Features nobody has decided on."""
        found: npt.NDArray[np.bool_] = (self.state == UNMATCHED) & (self.how == "")
        return found


def match(
    features: Features, ids: Texts, targets: Targets, decided: Decided | None = None,
    names: Texts | None = None,
) -> Matches:  # fmt: skip
    """Match features (shapes in the model CRS) to targets; ids are the features' own, "" none.

    decided: what people decided about features, which comes first. names: of each feature by its
    content and number, which units have for an id that were bridged from this very tileset.
    """
    count = len(features)
    found = Matches(
        np.full(count, -1, np.int64), np.full(count, UNMATCHED, object),
        np.full(count, "", object), np.zeros(count),
    )  # fmt: skip
    if decided is not None:
        sure = decided.target >= 0
        found.settle(sure, decided.target[sure], "review", 1.0)
        found.how[decided.nowhere] = "review"
    for lookup, texts, how, score in _names(targets, ids):
        _by_name(found, texts, lookup, how, score)
    if names is not None:
        _by_number(found, features, np.where(ids == "", names, ""), targets)
    height = features.top - features.base
    pairs = overlaps(features.shapes, height, targets.shapes, targets.height)
    _by_label(found, features, targets.called.by_label, pairs)
    _by_place(found, pairs)
    touching = np.zeros(count, bool)
    same = pairs.target == found.target[pairs.feature]
    touching[pairs.feature[same]] = True
    named = np.isin(found.how.astype(str), ("id", "external", "label")) & (found.target >= 0)
    found.apart = np.flatnonzero(named & ~touching & (features.top == features.top))
    return found


def id_property(features: Features, targets: Targets, wanted: str | None) -> tuple[str, Texts]:
    """The property whose values name most units, and its texts; "" when none names any."""
    if wanted is not None:
        return wanted, texts_of(features.columns[wanted])
    best, best_texts, most = "", np.full(len(features), "", object), 0
    for name, values in features.columns.items():
        texts = texts_of(values)
        named = 0
        for lookup, words, _, _ in _names(targets, texts):
            named = named or int((lookup.find(words)[0] >= 0).sum())
        if named > most:
            best, best_texts, most = name, texts, named
    return best, best_texts


def _names(targets: Targets, ids: Texts) -> Iterator[tuple[Lookup, Any, str, float]]:
    """(look-up, texts, method, score): ids as written, then in one spelling, then of others."""
    called = targets.called
    texts = called.unprefixed(as_words(ids))
    yield called.exact, texts, "id", 1.0
    plain = called.unprefixed(spelled(as_words(ids), plain_id))
    yield called.plain, plain, "id", 0.99
    yield called.external, plain, "external", 0.98


def _by_name(found: Matches, texts: Any, lookup: Lookup, how: str, score: float) -> None:
    target, number = lookup.find(texts)
    clear = found.open & (number == 1)
    found.settle(clear, target[clear], how, score)
    for feature in np.flatnonzero(found.open & (number > 1)).tolist():
        found.candidates.setdefault(feature, lookup.all_of(texts[feature].as_py())[:_MOST])
    found.state[found.open & (number > 1)] = AMBIGUOUS


def _by_number(found: Matches, features: Features, names: Texts, targets: Targets) -> None:
    """Units called by content and number, where they stand too: other tilesets number alike."""
    target, number = targets.called.exact.find(targets.called.unprefixed(as_words(names)))
    rows = np.flatnonzero(found.open & (number == 1))
    near = shapely.dwithin(features.shapes[rows], targets.shapes[target[rows]], _BESIDE)
    rows = rows[near]
    found.settle(rows, target[rows], "id", 0.97)


def _by_label(found: Matches, features: Features, lookup: Lookup, pairs: Pairs) -> None:
    """Labels that name one unit; one that names several goes to the unit it lies in."""
    strong = pairs.strong
    for name in _label_columns(features):
        words = as_words(texts_of(features.columns[name]))
        texts = spelled(words, plain_label, alike=True)
        target, number = lookup.find(texts)
        clear = found.open & (number == 1)
        found.settle(clear, target[clear], "label", 0.9)
        doubtful = np.flatnonzero(found.open & (number > 1))
        for feature in doubtful.tolist():
            told = lookup.all_of(texts[feature].as_py())
            found.candidates[feature] = told[:_MOST]
            mine = pairs.of(feature)
            mine = mine[strong[mine] & np.isin(pairs.target[mine], told)]
            if len(mine) == 1:
                chosen = np.array([feature])
                found.settle(chosen, pairs.target[mine], "label", pairs.score[mine])
            else:
                found.state[feature] = AMBIGUOUS


def labels_of(features: Features) -> Texts:
    """The first label that each feature carries, "" for none."""
    found = np.full(len(features), "", object)
    for name in _label_columns(features):
        found = np.where(found == "", texts_of(features.columns[name]), found)
    return found


def _label_columns(features: Features) -> list[str]:
    columns = ("label_zh", "label", "label_en")
    names = [name for column in columns for name in matching(column, features.columns)]
    return list(dict.fromkeys(names))


def _by_place(found: Matches, pairs: Pairs) -> None:
    """One unit that holds the footprint at the same height; several, or none such, is a doubt."""
    target, score, near = over(pairs, found.open)
    chosen = np.flatnonzero(target >= 0)
    found.settle(chosen, target[chosen], "geometry", score[chosen])
    for feature in np.unique(pairs.feature[near]).tolist():
        mine = pairs.of(feature)
        mine = mine[near[mine]]
        found.state[feature] = AMBIGUOUS
        found.candidates[feature] = pairs.target[mine].tolist()[:_MOST]
        found.score[feature] = float(pairs.score[mine].max())
