"""Which row each building of a source gets, from a hash of its id and its centre alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.flow.before import Before, known_at
from cim_bridge.flow.pile import Pile
from cim_bridge.geometry.curve import F64, curve_order
from cim_bridge.geometry.faces import I64


@dataclass(frozen=True)
class Order:
    """rows: of every building in the order of the pile. total: rows there will be.

    hashes: of the ids in the same order; None where no building names a group.
    """

    rows: npt.NDArray[np.uint32]
    total: int
    hashes: I64 | None


class Irregular(Exception):
    """Ids that must be looked at in full: some are twice, or held by another source."""


def order_of(pile: Pile, before: Before) -> Order:
    """Give every building its row; raises Irregular where hashes cannot tell."""
    hashes, centres, grouped = _read(pile)
    ordered = np.sort(hashes)
    if (ordered[1:] == ordered[:-1]).any():
        raise Irregular
    del ordered
    place = known_at(before, hashes)
    if before.held[place[place >= 0]].any():
        raise Irregular
    turn = curve_order(centres)
    new = turn[place[turn] < 0]
    place[new] = len(before) + np.arange(len(new))
    total = len(before) + len(new)
    return Order(place.astype(np.uint32), total, hashes if grouped else None)


def _read(pile: Pile) -> tuple[I64, F64, bool]:
    hashes: list[I64] = []
    centres: list[F64] = []
    grouped = False
    for reading in pile:
        for units in reading.units:
            if units.level == "building":
                ids = units.ids.tolist()
                hashes.append(np.fromiter(map(hash, ids), np.int64, len(ids)))
                box = shapely.bounds(units.shapes)
                centres.append((box[:, :2] + box[:, 2:]) / 2.0)
                grouped |= "group" in units.columns
    return np.concatenate(hashes), np.concatenate(centres), grouped
