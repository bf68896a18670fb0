"""Every feature of a tileset to a unit: by decision, by id, by label, by place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.attributes import matching
from cim_bridge.binding.labels import each, plain_id, plain_label
from cim_bridge.matching.overlap import ENOUGH, Pairs, overlaps
from cim_bridge.binding.targets import Lookup, Targets, by_id, by_label
from cim_bridge.tilesin.gather import Features
from cim_bridge.tilesin.keys import texts_of

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Texts = npt.NDArray[Any]

MATCHED, AMBIGUOUS, UNMATCHED = "matched", "ambiguous", "unmatched"
NOBODY = "none"
"""A decision: this feature is no unit."""
_MOST = 5
_CLEAR = 2.0
"""Times the best overlap must beat the next one."""


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
    features: Features, ids: Texts, targets: Targets, decisions: dict[int, str] | None = None
) -> Matches:
    """Match features (shapes in the model CRS) to targets; ids are the features' own, "" none.

    decisions: feature number → unit id, or "none" for one that is no unit.
    """
    count = len(features)
    found = Matches(
        np.full(count, -1, np.int64), np.full(count, UNMATCHED, object),
        np.full(count, "", object), np.zeros(count),
    )  # fmt: skip
    exact, loose = by_id(targets)
    _decided(found, decisions or {}, exact)
    _by_name(found, ids, exact, "id", 1.0)
    _by_name(found, each(plain_id, ids), loose, "id", 0.99)
    height = features.top - features.base
    pairs = overlaps(features.shapes, height, targets.shapes, targets.height)
    _by_label(found, features, by_label(targets), pairs)
    _by_place(found, pairs)
    touching = np.zeros(count, bool)
    same = pairs.target == found.target[pairs.feature]
    touching[pairs.feature[same]] = True
    named = np.isin(found.how.astype(str), ("id", "label")) & (found.target >= 0)
    found.apart = np.flatnonzero(named & ~touching & (features.top == features.top))
    return found


def id_property(features: Features, targets: Targets, wanted: str | None) -> tuple[str, Texts]:
    """The property whose values name most units, and its texts; "" when none names any."""
    exact, loose = by_id(targets)
    if wanted is not None:
        return wanted, texts_of(features.columns[wanted])
    best, best_texts, most = "", np.full(len(features), "", object), 0
    for name, values in features.columns.items():
        texts = texts_of(values)
        named = int((exact.find(texts)[0] >= 0).sum())
        named += 0 if named else int((loose.find(each(plain_id, texts))[0] >= 0).sum())
        if named > most:
            best, best_texts, most = name, texts, named
    return best, best_texts


def _decided(found: Matches, decisions: dict[int, str], exact: Lookup) -> None:
    for feature, unit in decisions.items():
        if unit == NOBODY:
            found.how[feature] = "review"
            continue
        target, number = exact.find(np.array([unit], object))
        if number[0] == 1:
            found.settle(np.array([feature]), target, "review", 1.0)


def _by_name(found: Matches, texts: Texts, lookup: Lookup, how: str, score: float) -> None:
    target, number = lookup.find(texts)
    clear = found.open & (number == 1)
    found.settle(clear, target[clear], how, score)
    for feature in np.flatnonzero(found.open & (number > 1)).tolist():
        found.candidates.setdefault(feature, lookup.all_of(str(texts[feature]))[:_MOST])
    found.state[found.open & (number > 1)] = AMBIGUOUS


def _by_label(found: Matches, features: Features, lookup: Lookup, pairs: Pairs) -> None:
    """Labels that name one unit; one that names several goes to the unit it lies in."""
    names = [
        name
        for column in ("label_zh", "label", "label_en")
        for name in matching(column, features.columns)
    ]
    strong = pairs.strong
    for name in dict.fromkeys(names):
        texts = each(plain_label, texts_of(features.columns[name]))
        target, number = lookup.find(texts)
        clear = found.open & (number == 1)
        found.settle(clear, target[clear], "label", 0.9)
        doubtful = np.flatnonzero(found.open & (number > 1))
        for feature in doubtful.tolist():
            told = lookup.all_of(str(texts[feature]))
            found.candidates[feature] = told[:_MOST]
            mine = pairs.of(feature)
            mine = mine[strong[mine] & np.isin(pairs.target[mine], told)]
            if len(mine) == 1:
                chosen = np.array([feature])
                found.settle(chosen, pairs.target[mine], "label", pairs.score[mine])
            else:
                found.state[feature] = AMBIGUOUS


def _by_place(found: Matches, pairs: Pairs) -> None:
    """One unit that holds the footprint at the same height; several, or none such, is a doubt."""
    count = len(found.target)
    here = found.open[pairs.feature]
    good = here & pairs.strong & pairs.level
    number = np.bincount(pairs.feature[good], minlength=count)
    first = np.full(count, -1, np.int64)
    second = np.zeros(count)
    places = np.flatnonzero(good)[::-1]
    first[pairs.feature[places]] = places
    later = np.flatnonzero(good & (np.arange(len(good)) != first[pairs.feature]))
    np.maximum.at(second, pairs.feature[later], pairs.score[later])
    best = np.where(first >= 0, pairs.score[np.maximum(first, 0)] if len(good) else 0.0, 0.0)
    clear = (number == 1) | ((number > 1) & (best >= ENOUGH) & (best >= _CLEAR * second))
    chosen = np.flatnonzero(clear)
    found.settle(chosen, pairs.target[first[chosen]], "geometry", best[chosen])
    near = here & ~clear[pairs.feature] & ((pairs.covered >= 0.2) | (pairs.within >= ENOUGH))
    for feature in np.unique(pairs.feature[near]).tolist():
        mine = pairs.of(feature)
        mine = mine[near[mine]]
        found.state[feature] = AMBIGUOUS
        found.candidates[feature] = pairs.target[mine].tolist()[:_MOST]
        found.score[feature] = float(pairs.score[mine].max())
