"""Pieces of different sizes sewn together: a corner on a neighbour's edge becomes its corner too.

Without it a wide flat block beside fine ones leaves cracks through which the sky shines.
"""

from __future__ import annotations

import numpy as np

from cim_bridge.geometry.faces import I64, Bools, Faces
from cim_bridge.geometry.triangulate import F64
from cim_bridge.tiles.strings import ragged

GRAIN = 2.0**-8
"""Metres: corners nearer than this are one."""


def stitched(faces: Faces, points: F64, origin: F64, cell: float) -> tuple[Faces, F64, Bools]:
    """Give edges that run along lattice lines the corners that other faces have on them.

    Returns the faces, their corners and which faces got new ones.

    faces: corners not shared (corner k is point k), as `faces_of` makes them. origin (2,), cell:
    a corner of the lattice and its step, metres; the step is a whole number of grains.
    """
    grid = np.rint((points[:, :2] - origin) / GRAIN).astype(np.int64)
    step = round(cell / GRAIN)
    after = np.arange(1, len(points) + 1)
    after[faces.ring[1:] - 1] = faces.ring[:-1]
    places, added = [], []
    for axis in (0, 1):
        place, at = _between(grid, after, axis, step)
        new = points[place].copy()
        new[:, axis] = origin[axis] + grid[place, axis] * GRAIN
        new[:, 1 - axis] = origin[1 - axis] + at * GRAIN
        places.append(place)
        added.append(new)
    where = np.concatenate(places)
    order = np.argsort(where, kind="stable")
    where = where[order]
    grown = np.insert(points, where + 1, np.concatenate(added)[order], axis=0)
    ring = faces.ring + np.searchsorted(where, faces.ring)
    sewn = np.zeros(len(faces), bool)
    sewn[np.searchsorted(faces.face_corner, where, "right") - 1] = True
    return Faces(np.arange(len(grown)), ring, faces.face, faces.owner, faces.depth), grown, sewn


def fans(faces: Faces, points: F64, chosen: I64) -> tuple[F64, I64]:
    """Triangles (t, 3, 2) of convex faces around their middle, and the face of each.

    A fan from a corner would give triangles without area where corners lie in one line.
    """
    first, count = faces.face_corner[chosen], np.diff(faces.face_corner)[chosen]
    corner = ragged(first, count)
    after = corner + 1
    after[np.cumsum(count) - 1] = first
    flat = points[:, :2]
    middle = np.add.reduceat(flat[corner], np.cumsum(count) - count) / count[:, None]
    found = np.stack([flat[corner], flat[after], np.repeat(middle, count, axis=0)], axis=1)
    return found, np.repeat(chosen, count)


def _between(grid: I64, after: I64, axis: int, step: int) -> tuple[I64, I64]:
    """For edges along the lattice lines of one axis: the edge of every new corner, and its place.

    Corners of one edge come in the direction in which the edge runs.
    """
    line, along = grid[:, axis], grid[:, 1 - axis]
    on = line % step == 0
    low = int(along.min()) if len(along) else 0
    key = line << 32 | (along - low)
    known = np.unique(key[on])
    edge = np.flatnonzero(on & (line[after] == line) & (along[after] != along))
    a, b = key[edge], key[after[edge]]
    first = np.searchsorted(known, np.minimum(a, b), "right")
    count = np.searchsorted(known, np.maximum(a, b), "left") - first
    pick = ragged(first, count)
    back = np.repeat(first * 2 + count - 1, count) - pick
    chosen = np.where(np.repeat(a > b, count), back, pick)
    return np.repeat(edge, count), (known[chosen] & 0xFFFFFFFF) + low
