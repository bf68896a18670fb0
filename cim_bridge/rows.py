"""Row numbers that survive: a unit keeps its row, a lost one leaves a tombstone, new ones append.

Overlay columns and tiles speak of rows, so an unchanged tile keeps its bytes over new models.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64


def assign(known: npt.NDArray[Any], ids: npt.NDArray[Any]) -> tuple[I64, int]:
    """Rows of `ids` and how many rows there are now.

    known: source ids of the level in row order, tombstones included. An id that is there keeps
    (or, from its tombstone, gets back) its row; the others follow in their own order.
    """
    place = position(known, ids)
    new = place < 0
    place[new] = len(known) + np.arange(int(new.sum()))
    return place, len(known) + int(new.sum())


def position(known: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> I64:
    """Position of each wanted id among the known ones, -1 for one that is not there."""
    found = np.full(len(wanted), -1, np.int64)
    if not len(known) or not len(wanted):
        return found
    names = known.astype(str)
    order = np.argsort(names, kind="stable")
    sorted_names = names[order]
    texts = wanted.astype(str)
    at = np.minimum(np.searchsorted(sorted_names, texts), len(known) - 1)
    same = sorted_names[at] == texts
    found[same] = order[at[same]]
    return found
