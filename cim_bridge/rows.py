"""Row numbers that survive: a unit keeps its row, a lost one leaves a tombstone, new ones append.

Overlay columns and tiles speak of rows, so an unchanged tile keeps its bytes over new models. New
rows follow the Z-order curve, so neighbours stand together in a column and it compresses better.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64


def assign(
    known: npt.NDArray[Any], ids: npt.NDArray[Any], order: npt.NDArray[Any] | None = None
) -> tuple[I64, int]:
    """Rows of `ids` and how many rows there are now.

    known: source ids of the level in row order, tombstones included. An id that is there keeps
    (or, from its tombstone, gets back) its row; the others follow in `order` (positions of ids),
    or in their own.
    """
    place = position(known, ids)
    turn = np.arange(len(ids)) if order is None else np.asarray(order)
    new = turn[place[turn] < 0]
    place[new] = len(known) + np.arange(len(new))
    return place, len(known) + len(new)


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
