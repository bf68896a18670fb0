"""Which geometries of a page count, and as what: LoD, footprint, bounding surface, prototype.

The rules are those of the CityGML reader (cim_bridge.citygml.feature), for all features at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

import numpy as np

from cim_bridge.citygml.batch import EDGE, FOOT, RELIEF, Batch
from cim_bridge.citygml.numbers import FARTHEST
from cim_bridge.citylevels import FINE
from cim_bridge.cityobjects import better, ten_lod
from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.mesh import GROUND, UNKNOWN
from cim_bridge.readers.remote.citydb.asking import Rows
from cim_bridge.readers.remote.citydb.classes import Names
from cim_bridge.readers.remote.citydb.tree import Members, Page

SURFACE, PLACED, FOOTPRINT, ROOF_EDGE, MARK, NOTHING = range(6)
_ROLES = {
    "surface": SURFACE, "implicit": PLACED, "foot": FOOTPRINT, "edge": ROOF_EDGE,
    "line": MARK, "point": MARK, "skip": NOTHING,
}  # fmt: skip

BOUNDING, OWN, INSTANCE, FLAT = range(4)
"""Order in which an object's geometries are taken: of equal faces the first stays."""


@dataclass(frozen=True)
class Uses:
    """Uses of geometries, one row each.

    rows: of the answer; owner: number of the object or RELIEF; role, lod (times ten), surface code;
    thematic: of a feature that bounds the owner; solid: said to be a solid.
    """

    rows: Rows
    owner: I64
    role: I64
    lod: I64
    surface: I64
    thematic: Bools
    solid: Bools

    @classmethod
    def of(cls, rows: Rows, page: Page, members: Members, names: Names) -> Uses:
        """What the property names say."""
        at = page.at(np.array([row.feature_id for row in rows], np.int64))
        known: dict[tuple[Any, ...], tuple[int, int, bool]] = {}
        told = np.zeros((len(rows), 3), np.int64)
        for k, row in enumerate(rows):
            key = (row.namespace_id, row.name, row.val_lod, row.val_geometry_id is None)
            told[k] = known.get(key) or known.setdefault(key, _told(row, names))
        owner = members.owner[at]
        ground = owner == RELIEF
        return cls(
            rows,
            owner,
            np.where(ground & (told[:, 0] == NOTHING), SURFACE, told[:, 0]),
            told[:, 1],
            np.where(members.bounding[at], members.surface[at], UNKNOWN),
            members.bounding[at] & ~ground,
            told[:, 2].astype(bool),
        )


def _told(row: Any, names: Names) -> tuple[int, int, bool]:
    """Role, LoD and whether it is a solid, by the name of a property or else its columns."""
    name = names.name(row.namespace_id, row.name or "")
    solid = name.local.endswith("Solid")
    if name.lod >= 0:
        return _ROLES.get(name.role, NOTHING), name.lod, solid
    if row.val_lod is None or name.role == "skip":
        return NOTHING, 0, False
    return PLACED if row.val_geometry_id is None else SURFACE, ten_lod(row.val_lod), solid


@dataclass(frozen=True)
class Choice:
    """Uses to be read, in the order of their faces, and what each is.

    use: row of the uses; stage: BOUNDING … FLAT; lod: as the batch writes it; surface: code.
    marks: rows of lines and points of objects that have nothing better.
    """

    use: I64
    stage: I64
    lod: I64
    surface: I64
    marks: I64


def choose(uses: Uses, batch: Batch, wish: str | None) -> Choice:
    """Take one LoD of each object, the finest or the one nearest to the wish, and footprints.

    Without a wish a building of LoD2 or finer also keeps its coarsest LoD1.
    """
    mine = uses.owner >= 0
    count = len(batch.ids)
    owner = np.where(mine, uses.owner, count)
    building = np.array([kind.startswith("Building") for kind in batch.types] + [False], bool)
    foot = mine & (
        (uses.role == FOOTPRINT)
        | ((uses.role == SURFACE) & (uses.lod == 0) & building[owner])
    )  # fmt: skip
    body = mine & ~foot & ((uses.role == SURFACE) | (uses.role == PLACED))
    surfaces = body & (uses.role == SURFACE)
    best, block = _levels(uses.lod, owner, body, surfaces, batch, wish)
    chosen = body & ((uses.lod == best[owner]) | (uses.lod == block[owner]))
    footed = np.bincount(owner[foot], minlength=count + 1) > 0
    edge = mine & (uses.role == ROOF_EDGE) & ~footed[owner]
    ground = (uses.owner == RELIEF) & (uses.role == SURFACE)
    taken = chosen | foot | edge | ground
    stage = np.select(
        [foot | edge, uses.role == PLACED, uses.thematic], [FLAT, INSTANCE, BOUNDING], OWN
    )
    lod = np.select([foot, edge, ground], [FOOT, EDGE, 0], uses.lod)
    surface = np.select(
        [foot | edge | (stage == INSTANCE), ground], [UNKNOWN, GROUND], uses.surface
    )
    use = np.flatnonzero(taken)
    use = use[np.lexsort((use, lod[use] == EDGE, stage[use], -lod[use], uses.owner[use]))]
    bare = np.bincount(owner[taken & mine], minlength=count + 1) == 0
    marks = mine & (uses.role == MARK) & ~uses.thematic & bare[owner]
    return Choice(use, stage[use], lod[use], surface[use], np.flatnonzero(marks))


def _levels(
    lod: I64, owner: I64, body: Bools, surfaces: Bools, batch: Batch, wish: str | None
) -> tuple[I64, I64]:
    """The LoD of each object that is read and that of a block model read beside it, -1 none; one
    more for nobody."""
    wanted = None if wish is None else ten_lod(wish)
    building = np.array([kind.startswith("Building") for kind in batch.types] + [False], bool)
    best = _best(lod, owner, body, len(building), wanted)
    if wanted == 0:
        best[building] = -1
    block = np.full(len(best), -1)
    if wanted is None:
        coarse = surfaces & (lod >= 10) & (lod < FINE)
        lowest = np.full(len(best), FINE)
        np.minimum.at(lowest, owner[coarse], lod[coarse])
        block = np.where(building & (best >= FINE) & (lowest < FINE), lowest, -1)
    finest = _finest_part(best, batch)
    outdone = best < finest
    if wanted is None:
        block = np.where(outdone & (best >= 10) & (best < FINE), best, block)
    return np.where(outdone, -1, best), block


def _best(lod: I64, owner: I64, body: Bools, count: int, wanted: int | None) -> I64:
    """The LoD that suits the wish most, of each object."""

    def compared(one: int, other: int) -> int:
        return int(better(other, one, wanted)) - int(better(one, other, wanted))

    known: list[int] = sorted(np.unique(lod[body]).tolist(), key=cmp_to_key(compared))
    rank = np.full(count, len(known))
    place = {value: k for k, value in enumerate(known)}
    np.minimum.at(rank, owner[body], [place[value] for value in lod[body].tolist()])
    found: I64 = np.array([*known, -1], np.int64)[rank]
    return found


def _finest_part(best: I64, batch: Batch) -> I64:
    """The finest LoD among the parts of each object of its own: finer, they show it alone."""
    parts = np.array([kind.endswith("Part") for kind in batch.types], bool)
    inner = np.flatnonzero(parts & (np.array(batch.parent, np.int64) >= 0))
    finest = np.full(len(best), -1)
    np.maximum.at(finest, np.array(batch.root, np.int64)[inner], best[inner])
    return finest


def matrix(value: Any) -> list[float]:
    """A transformation matrix (4, 4) row by row, from 12 or 16 numbers; else the identity."""
    identity = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    if not isinstance(value, list) or len(value) not in (12, 16):
        return identity
    sane = all(isinstance(one, int | float) and abs(one) < FARTHEST for one in value)
    return [float(one) for one in [*value, *identity[12:]][:16]] if sane else identity
