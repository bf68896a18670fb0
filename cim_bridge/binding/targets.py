"""The units that features can be bound to: names, labels, shapes and heights, by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.binding.labels import each, plain_id, plain_label

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Targets:
    """Units of one level that stand (no tombstones). row, id, source_id, group: (N,)."""

    level: str
    row: I64
    ids: npt.NDArray[Any]
    source_ids: npt.NDArray[Any]
    group: I64
    shapes: npt.NDArray[Any]
    height: F64
    names: tuple[npt.NDArray[Any], I64]
    """Every name an id can be written as, and the target it belongs to."""
    labels: tuple[npt.NDArray[Any], I64]

    @classmethod
    def of(cls, units: Any, level: str) -> Targets:
        """From a model release's table of units."""
        chosen = units[(units["level"] == level) & ~units["removed"].astype(bool)]
        ids = chosen["id"].to_numpy(object)
        source = chosen["source_id"].to_numpy(object)
        given, owner = _external(chosen["external_ids"].to_numpy(object))
        here = np.arange(len(chosen))
        labels = [chosen[name].fillna("").to_numpy(object) for name in ("label_zh", "label_en")]
        return cls(
            level,
            chosen["row"].to_numpy(np.int64),
            ids,
            source,
            chosen["visual_group"].to_numpy(np.int64),
            np.asarray(chosen.geometry.to_numpy(), object),
            chosen["height"].to_numpy(np.float64),
            (np.concatenate((source, ids, given)), np.concatenate((here, here, owner))),
            (np.concatenate(labels), np.concatenate((here, here))),
        )

    def __len__(self) -> int:
        return len(self.row)


def _external(texts: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], I64]:
    found: list[str] = []
    owner: list[int] = []
    for number, text in enumerate(texts.tolist()):
        if not text or text == "{}":
            continue
        told = orjson.loads(text)
        values = told.values() if isinstance(told, dict) else []
        for value in values:
            if isinstance(value, (str, int)) and str(value):
                found.append(str(value))
                owner.append(number)
    return np.array([*found, ""], object)[:-1], np.array(owner, np.int64)


@dataclass(frozen=True)
class Lookup:
    """Sorted names with their targets; a name of several targets is doubtful."""

    names: npt.NDArray[Any]
    first: I64
    targets: I64

    @classmethod
    def of(cls, names: npt.NDArray[Any], targets: I64) -> Lookup:
        """Build from names with repeats."""
        keep = names.astype(str) != ""
        texts, targets = names[keep].astype(str), targets[keep]
        order = np.lexsort((targets, texts))
        texts, targets = texts[order], targets[order]
        again = np.zeros(len(texts), bool)
        again[1:] = (texts[1:] == texts[:-1]) & (targets[1:] == targets[:-1])
        texts, targets = texts[~again], targets[~again]
        unique, first = np.unique(texts, return_index=True)
        return cls(unique, np.append(first, len(texts)).astype(np.int64), targets)

    def find(self, wanted: npt.NDArray[Any]) -> tuple[I64, I64]:
        """(first target or -1, number of targets) of each wanted name."""
        found = np.full(len(wanted), -1, np.int64)
        number = np.zeros(len(wanted), np.int64)
        if not len(self.names) or not len(wanted):
            return found, number
        texts = wanted.astype(str)
        at = np.minimum(np.searchsorted(self.names, texts), len(self.names) - 1)
        same = (self.names[at] == texts) & (texts != "")
        found[same] = self.targets[self.first[at[same]]]
        number[same] = (self.first[at + 1] - self.first[at])[same]
        return found, number

    def all_of(self, wanted: str) -> list[int]:
        """Every target of one name."""
        at = int(np.searchsorted(self.names, wanted)) if len(self.names) else 0
        if at >= len(self.names) or self.names[at] != wanted:
            return []
        return [int(n) for n in self.targets[self.first[at] : self.first[at + 1]]]


def by_id(targets: Targets) -> tuple[Lookup, Lookup]:
    """Look-ups of ids as they are written, and without differences of case and width."""
    names, owner = targets.names
    return Lookup.of(names, owner), Lookup.of(each(plain_id, names), owner)


def by_label(targets: Targets) -> Lookup:
    """Look-up of labels in one spelling."""
    names, owner = targets.labels
    return Lookup.of(each(plain_label, names), owner)
