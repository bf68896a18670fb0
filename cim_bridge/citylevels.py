"""Which faces of a building are its finest, and which a coarser copy that stands for all of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cim_bridge.geometry.faces import I64, Bools

FINE = 20
"""Ten times the LoD from which on a building is more than a block."""


def settled(lod: I64, owner: I64, row: I64, root: I64, types: Sequence[str]) -> tuple[I64, Bools]:
    """LoD (times ten) of every face as its building counts it, and which faces to keep.

    owner: city object of each face, row: its building, root: topmost object of every object. A
    part that has nothing finer is shown with the finest of the others, so its faces get their LoD.
    A coarser copy is kept when it is of the building as a whole, or of all its parts.
    """
    keep = np.ones(len(lod), bool)
    if not len(lod) or int(lod.max()) < FINE or int(lod.min()) == int(lod.max()):
        return lod, keep
    objects, rows = len(types), int(row.max()) + 1
    best, best_of = np.full(objects, -1), np.full(rows, -1)
    np.maximum.at(best, owner, lod)
    np.maximum.at(best_of, row, lod)
    above = root == np.arange(objects)
    own_finest = lod == best[owner]
    promoted = own_finest & ~above[owner] & (lod < best_of[row])
    coarse = (lod < FINE) & (best_of[row] >= FINE) & ~promoted
    counts = np.array([not name.endswith(("Installation", "Element")) for name in types])
    held = np.zeros(objects, bool)
    held[owner] = counts[owner]
    has = np.zeros(objects, bool)
    has[owner[coarse]] = True
    row_of = np.full(objects, -1)
    row_of[owner] = row
    needed = np.bincount(row_of[held], minlength=rows)
    given = np.bincount(row_of[held & has], minlength=rows)
    whole = np.zeros(rows, bool)
    whole[row_of[has & above]] = True
    every = given == needed
    only_whole = whole & ~every
    keep[coarse] = (every | whole)[row[coarse]]
    keep &= ~(coarse & only_whole[row] & ~above[owner])
    return np.where(promoted, best_of[row], lod), keep


def finest_faces(lod: I64, row: I64, rows: int) -> Bools:
    """Which faces are of their building's finest LoD."""
    best = np.full(rows, -1)
    np.maximum.at(best, row, lod)
    found: Bools = lod == best[row]
    return found
