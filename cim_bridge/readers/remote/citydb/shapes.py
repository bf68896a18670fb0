"""Geometries of a page as arrays: WKB to polygons, rings and points, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.citygml.numbers import FARTHEST
from cim_bridge.citygml.rings import Rings
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64, Bools

_MULTI = (4, 5, 6, 7)
_LINES, _POINTS, _POLYGON = (1, 2), (0,), 3


@dataclass(frozen=True)
class Shapes:
    """Decoded geometries. polygon (G+1,), ring (P+1,), corner (R+1,): offsets of each geometry's
    polygons, each polygon's rings, each ring's points; points (C, 3).

    odd (R,): rings that hold something that is no place on the Earth; they have no points here.
    marks: (geometry, points (n, 3), is a line) of lines and points. lost (G,): not to be decoded.
    """

    polygon: I64
    ring: I64
    corner: I64
    points: F64
    odd: Bools
    marks: list[tuple[int, F64, bool]]
    lost: Bools

    def rings(self, polygons: I64) -> tuple[Rings, I64]:
        """Rings of some polygons, in their order and as often, and the first ring of each."""
        ring = spans(self.ring[polygons], self.ring[polygons + 1])
        starts = offsets(self.ring[polygons + 1] - self.ring[polygons])
        points = self.points[spans(self.corner[ring], self.corner[ring + 1])]
        counts = self.corner[ring + 1] - self.corner[ring]
        none = np.zeros(len(ring), bool)
        return Rings(points, offsets(counts), none, self.odd[ring]), starts[:-1]


def spans(start: I64, stop: I64) -> I64:
    """start[0] … stop[0] - 1, start[1] … as one row of numbers."""
    counts = stop - start
    first = np.repeat(start - (np.cumsum(counts) - counts), counts)
    found: I64 = first + np.arange(int(counts.sum()))
    return found


def offsets(counts: I64) -> I64:
    """Counts to offsets, one longer."""
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def decode(blobs: Sequence[bytes | None], flat: Bools) -> Shapes:
    """Read WKB; what GEOS cannot read is marked as lost. flat: heights are to be ignored."""
    texts = np.array(list(blobs), dtype=object) if blobs else np.zeros(0, dtype=object)
    whole = shapely.from_wkb(texts, on_invalid="ignore")
    parts, owner = _parts(whole)
    kind = shapely.get_type_id(parts)
    faces = kind == _POLYGON
    rings, of = shapely.get_rings(parts[faces], return_index=True)
    points, ring_of = shapely.get_coordinates(rings, include_z=True, return_index=True)
    points = _level(points, flat[owner[faces][of[ring_of]]])
    counts, odd = np.bincount(ring_of, minlength=len(rings)), np.zeros(len(rings), bool)
    bad = ~(np.abs(points) < FARTHEST).all(axis=1)
    if bad.any():
        odd[ring_of[bad]] = True
        points = points[~odd[ring_of]]
        counts = np.where(odd, 0, counts)
    return Shapes(
        offsets(np.bincount(owner[faces], minlength=len(texts))),
        offsets(np.bincount(of, minlength=int(faces.sum()))),
        offsets(counts),
        points,
        odd,
        _marks(parts, owner, kind, flat),
        np.array(shapely.is_missing(whole), bool),
    )


def _parts(whole: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], I64]:
    """Simple geometries and which of the given ones each is a part of."""
    parts, owner = shapely.get_parts(whole, return_index=True)
    while np.isin(shapely.get_type_id(parts), _MULTI).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    return parts, owner.astype(np.int64)


def _level(points: F64, flat: Bools) -> F64:
    points[flat | np.isnan(points[:, 2]), 2] = 0.0
    return points


def _marks(
    parts: npt.NDArray[Any], owner: I64, kind: npt.NDArray[Any], flat: Bools
) -> list[tuple[int, F64, bool]]:
    found = []
    for number in np.flatnonzero(np.isin(kind, (*_LINES, *_POINTS))):
        points = shapely.get_coordinates(parts[number], include_z=True)
        points = _level(points, np.full(len(points), flat[owner[number]]))
        if len(points) and (np.abs(points) < FARTHEST).all():
            found.append((int(owner[number]), points, bool(kind[number] in _LINES)))
    return found
