"""The features of a page: objects, parts and surfaces of one, and what is passed over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cim_bridge.citygml import values
from cim_bridge.citygml.batch import RELIEF, Batch
from cim_bridge.citygml.names import GENERIC, HAZARD, OBJECTS, PARTS, ZONE
from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.keys import IdCheck
from cim_bridge.readers.remote.citydb import classes as known
from cim_bridge.readers.remote.citydb.attributes import moment
from cim_bridge.readers.remote.citydb.classes import Classes, Names

NOBODY = -2
"""Owner of what is passed over; RELIEF owns the ground."""

_JUMPS = 7
"""Doublings that lead from a feature up to 128 levels of its holders."""


@dataclass
class Seen:
    """What all pages together showed: features, passed-over classes, ids, unreadable geometries."""

    features: list[I64] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    nameless: list[str] = field(default_factory=list)
    named: IdCheck = field(default_factory=IdCheck)
    lost: list[int] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def name(self, objectid: str | None, local: str) -> str:
        """The id of a feature, made by class and place where it has none."""
        made = objectid
        if not made:
            self._counts[local] += 1
            made = f"{local}#{self._counts[local]}"
            self.nameless.append(made)
        self.named.add([made])
        return made

    def count(self) -> int:
        """Different features met so far."""
        return len(np.unique(np.concatenate(self.features))) if self.features else 0


@dataclass(frozen=True)
class Page:
    """Features of a page, one row each, parents before what they hold.

    rows: as they came; up: row of the holder, its own for a root; of: row of its class.
    """

    rows: list[Any]
    id: I64
    up: I64
    of: I64
    by_id: I64

    @classmethod
    def of_rows(cls, rows: list[Any], classes: Classes) -> Page:
        """Each feature once, where it is named first."""
        ids = np.array([row.id for row in rows], np.int64)
        first = np.sort(np.unique(ids, return_index=True)[1])
        rows, ids = [rows[k] for k in first.tolist()], ids[first]
        by_id = np.argsort(ids, kind="stable").astype(np.int64)
        above = np.array([row.id if row.above is None else row.above for row in rows], np.int64)
        of = classes.rows(np.array([row.objectclass_id for row in rows], np.int64))
        return cls(rows, ids, by_id[np.searchsorted(ids[by_id], above)], of, by_id)

    def at(self, ids: I64) -> I64:
        """Row of each feature id."""
        found: I64 = self.by_id[np.searchsorted(self.id[self.by_id], ids)]
        return found

    @property
    def is_root(self) -> Bools:
        """Features that nothing holds."""
        found: Bools = self.up == np.arange(len(self.up))
        return found

    def any_above(self, marked: Bools) -> Bools:
        """Whether a feature or anything that holds it is marked."""
        found, jump = marked.copy(), self.up
        for _ in range(_JUMPS):
            found |= found[jump]
            jump = jump[jump]
        return found

    def nearest(self, marked: Bools) -> I64:
        """Row of the first marked one upwards, itself included; the root where none is."""
        jump = np.where(marked, np.arange(len(self.up)), self.up)
        for _ in range(_JUMPS):
            jump = jump[jump]
        return jump

    def depth(self) -> I64:
        """Steps up to the root."""
        found, jump = (~self.is_root).astype(np.int64), self.up
        for _ in range(_JUMPS):
            found, jump = found + found[jump], jump[jump]
        return found


@dataclass(frozen=True)
class Members:
    """What each feature of a page is: owner (number of an object in the batch, RELIEF or NOBODY),
    code of its triangles, whether it bounds its owner; own: rows of the objects, by number."""

    owner: I64
    surface: I64
    bounding: Bools
    own: I64


def sort_out(page: Page, classes: Classes, seen: Seen) -> Members:
    """Decide what becomes of each feature; what is passed over is counted by its class."""
    is_root, kind, type_ = page.is_root, classes.kind[page.of], classes.type[page.of]
    tin = np.array([name.local == "TINRelief" for name in classes.name], bool)[page.of]
    relief = is_root & (type_ == "TINRelief")
    ground = page.any_above(relief) & tin
    inner = (kind == known.HIDDEN) | (kind == known.RELIEF)
    gone = np.where(is_root, type_ == "", inner) & ~ground
    hidden = page.any_above(gone)
    counted = page.of[gone & (is_root | ~hidden[page.up])]
    seen.skipped.update(classes.name[k].local for k in counted.tolist())
    thing = np.where(is_root, ~relief, kind == known.PART) & ~hidden
    order = np.lexsort((np.arange(len(kind)), page.depth(), page.nearest(is_root)))
    own = order[thing[order]].astype(np.int64)
    number = np.full(len(kind), NOBODY)
    number[own] = np.arange(len(own))
    owner = np.where(hidden, NOBODY, number[page.nearest(thing)])
    seen.features.append(page.id)
    return Members(np.where(ground, RELIEF, owner), classes.surface[page.of], ~thing, own)


def begin(
    page: Page, members: Members, classes: Classes, names: Names, batch: Batch, seen: Seen
) -> None:
    """Start every object in the batch, with what the feature's own columns tell."""
    roots = page.is_root
    for k in members.own.tolist():
        row, name = page.rows[k], classes.name[page.of[k]]
        if roots[k]:
            type_ = str(classes.type[page.of[k]])
            batch.begin(seen.name(row.objectid, name.local), type_, -1)
            if (type_ == GENERIC and name.local not in OBJECTS) or type_ in (HAZARD, ZONE):
                key = values.key_in(name, names.prefix(name.space))
                batch.attributes[-1]["featureType"] = key
        else:
            holder = int(members.owner[page.up[k]])
            batch.begin(f"#{len(batch.ids)}", PARTS[name.local], holder)
        known_columns = {
            "identifier": row.identifier, "lineage": row.lineage,
            "validFrom": row.valid_from, "validTo": row.valid_to,
        }  # fmt: skip
        for key, value in known_columns.items():
            if value:
                text = value if isinstance(value, str) else moment(value)
                values.add(batch.attributes[-1], key, text)
