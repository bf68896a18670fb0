"""Hot and cold spots: where high or low values lie together more than chance would have it.

Getis and Ord's local G* (Ord and Getis 1995, Geographical Analysis 27) and Moran's I, both as esda
computes them; neighbours by libpysal. Many units are tested at once, so the line is drawn by the
false discovery rate (Benjamini and Hochberg 1995), not at p < 0.05 for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]

NEIGHBOURS = 8
"""Nearest units (by centre) that count as neighbours."""

LEAST = 20
"""Units with a number below which nothing is tested."""

LEVEL = 0.05
"""Share of false findings among all findings that is accepted."""

COLD, NONE, HOT = -1, 0, 1


@dataclass(frozen=True)
class Hotspots:
    """z (n,): local G* of each unit, NaN without a number. kind (n,): HOT, COLD or NONE.

    line: the p below which a unit counts. moran, moran_p: one number for the whole map; above 0 is
    clustered. tested: units with a number. reason: why nothing was tested, "" when it was.
    """

    z: Floats
    kind: npt.NDArray[np.int8]
    line: float
    moran: float | None
    moran_p: float | None
    tested: int
    reason: str = ""


def hotspots(values: Floats, centres: npt.NDArray[Any]) -> Hotspots:
    """Find clusters of high and low values.

    values (n,): NaN where a unit has no number; those are left out, never taken as 0. centres (n,):
    points in a metric CRS. High values are hot whichever way is better.
    """
    empty = Hotspots(
        np.full(len(values), np.nan), np.zeros(len(values), np.int8), 0.0, None, None, 0
    )
    has = np.isfinite(values) & ~(shapely.is_missing(centres) | shapely.is_empty(centres))
    tested = int(has.sum())
    if tested < LEAST:
        return Hotspots(empty.z, empty.kind, 0.0, None, None, tested, "too few")
    if float(np.ptp(values[has])) == 0.0:
        return Hotspots(empty.z, empty.kind, 0.0, None, None, tested, "all equal")
    z, p, moran, moran_p = _tested(values[has], shapely.get_coordinates(centres[has]))
    line = _line(p)
    kind = np.zeros(len(values), np.int8)
    found = np.where(z > 0, HOT, COLD).astype(np.int8)
    kind[has] = np.where(p <= line, found, NONE)
    whole = empty.z.copy()
    whole[has] = z
    return Hotspots(whole, kind, line, moran, moran_p, tested)


def _tested(values: Floats, at: Floats) -> tuple[Floats, Floats, float, float]:
    """z and two-sided p of every unit, Moran's I and its p."""
    from esda.getisord import G_Local
    from esda.moran import Moran
    from libpysal.weights import KNN

    weights = KNN.from_array(_apart(at), k=min(NEIGHBOURS, len(values) - 1), silence_warnings=True)
    local = G_Local(values, weights, transform="B", permutations=0, star=True)
    whole = Moran(values, weights, permutations=0)
    p = np.minimum(1.0, 2.0 * np.asarray(local.p_norm, np.float64))
    return np.asarray(local.Zs, np.float64), p, float(whole.I), float(whole.p_norm)


def _apart(at: Floats) -> Floats:
    """Centres that coincide are moved apart by millimetres: each still has its own neighbours."""
    _, inverse, count = np.unique(at, axis=0, return_inverse=True, return_counts=True)
    if (count == 1).all():
        return at
    order = np.argsort(inverse.reshape(-1), kind="stable")
    starts = np.concatenate([[0], np.cumsum(count)[:-1]])
    turn = np.zeros(len(at))
    turn[order] = np.arange(len(at)) - np.repeat(starts, count)
    moved: Floats = at + turn[:, None] * np.array([1e-3, 0.0])
    return moved


def _line(p: Floats) -> float:
    """Largest p that still counts when a share LEVEL of findings may be false; 0 when none does."""
    ordered = np.sort(p)
    allowed = LEVEL * np.arange(1, len(p) + 1) / len(p)
    under = np.flatnonzero(ordered <= allowed)
    return float(ordered[under[-1]]) if len(under) else 0.0
