"""Faces to triangles: triangles and convex outlines fan, the rest go to earcut."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64, Bools, Faces

F64 = npt.NDArray[np.float64]


def normals(faces: Faces, points: F64) -> F64:
    """(F, 3) Newell normals of the outer rings; the length is twice the area in square metres."""
    if not len(faces):
        return np.zeros((0, 3))
    first, last = faces.ring[faces.face[:-1]], faces.ring[faces.face[:-1] + 1]
    here, there = _edges(faces, points)
    cross = np.cross(here, there)
    total = np.vstack((np.zeros(3), np.cumsum(cross, axis=0)))
    found: F64 = total[last] - total[first]
    return found


def _edges(faces: Faces, points: F64) -> tuple[F64, F64]:
    """Start and end of every edge, relative to its face's first corner (keeps precision)."""
    here = points[faces.corner] - np.repeat(
        points[faces.corner[faces.face_corner[:-1]]], np.diff(faces.face_corner), axis=0
    )
    there = np.roll(here, -1, axis=0)
    there[faces.ring[1:] - 1] = here[faces.ring[:-1]]
    return here, there


def triangulate(faces: Faces, points: F64) -> tuple[npt.NDArray[np.uint32], I64]:
    """Return triangles (T, 3) of vertex indices and the face (T,) each belongs to.

    Winding follows the face. Faces with less than three corners or no area give none.
    """
    if not len(faces):
        return np.zeros((0, 3), np.uint32), np.zeros(0, np.int64)
    normal = normals(faces, points)
    size = np.diff(faces.face_corner)
    single = np.diff(faces.face) == 1
    flat = np.linalg.norm(normal, axis=1) > 1e-9
    easy = single & flat & (size >= 3)
    easy[easy] &= _convex(faces, points, normal, easy)
    hard = np.flatnonzero(flat & ~easy & (size >= 3))
    fans, fan_face = _fan(faces, np.flatnonzero(easy))
    ears, ear_face = _earcut(faces, points, normal, hard)
    triangles = np.vstack((fans, ears))
    owner = np.concatenate((fan_face, ear_face))
    order = np.argsort(owner, kind="stable")
    return triangles[order].astype(np.uint32), owner[order]


def _convex(faces: Faces, points: F64, normal: F64, chosen: Bools) -> Bools:
    """Of the chosen one-ring faces: do all corners turn the way of the normal?"""
    part = faces.select(chosen)
    up = normal[chosen]
    here, there = _edges(part, points)
    edge = there - here
    before = np.roll(edge, 1, axis=0)
    before[part.ring[:-1]] = edge[part.ring[1:] - 1]
    turn = np.einsum("ij,ij->i", np.cross(before, edge), np.repeat(up, np.diff(part.ring), axis=0))
    slack = 1e-9 * np.einsum("ij,ij->i", up, up)
    worst = np.minimum.reduceat(turn, part.ring[:-1]) >= -slack
    found: Bools = worst & _turns_once(edge, up, part)
    return found


def _turns_once(edge: F64, up: F64, part: Faces) -> Bools:
    """A pentagram also turns one way everywhere: a convex outline changes x direction twice."""
    side = np.where(np.abs(up[:, 2]) > 0.5 * np.linalg.norm(up, axis=1), 0, 2)
    along = edge[np.arange(len(edge)), np.repeat(side, np.diff(part.ring))]
    sign = along >= 0
    after = np.roll(sign, -1)
    after[part.ring[1:] - 1] = sign[part.ring[:-1]]
    return np.add.reduceat((sign != after).astype(np.int64), part.ring[:-1]) <= 2


def _fan(faces: Faces, chosen: I64) -> tuple[npt.NDArray[Any], I64]:
    first = faces.face_corner[chosen]
    count = np.diff(faces.face_corner)[chosen] - 2
    owner = np.repeat(chosen, count)
    start = np.repeat(first, count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    corner = faces.corner
    return np.stack((corner[start], corner[start + step + 1], corner[start + step + 2]), 1), owner


def _earcut(faces: Faces, points: F64, normal: F64, chosen: I64) -> tuple[npt.NDArray[Any], I64]:
    """Earcut one face after the other: the library takes one at a time (about 1.5 µs each)."""
    if not len(chosen):
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    from mapbox_earcut import triangulate_float64

    keep = np.zeros(len(faces), bool)
    keep[chosen] = True
    part = faces.select(keep)
    plane = _project(part, points, normal[chosen])
    starts = part.face_corner[:-1]
    ends = part.ring[1:] - np.repeat(starts, np.diff(part.face))
    found = [
        triangulate_float64(plane[a:b], ring_ends)
        for a, b, ring_ends in zip(
            starts.tolist(),
            part.face_corner[1:].tolist(),
            np.split(ends.astype(np.uint32), part.face[1:-1]),
            strict=True,
        )
    ]
    number = np.array([len(ears) for ears in found], np.int64) // 3
    owner = np.repeat(np.arange(len(chosen)), number)
    local = np.concatenate(found).reshape(-1, 3).astype(np.int64) + starts[owner][:, None]
    return part.corner[_wound(local, plane)], chosen[owner]


def _project(part: Faces, points: F64, normal: F64) -> F64:
    """Corners in the plane of their face, counter-clockwise seen along the normal."""
    here, _ = _edges(part, points)
    axis = np.argmax(np.abs(normal), axis=1)
    flip = normal[np.arange(len(normal)), axis] < 0
    first, second = (axis + 1) % 3, (axis + 2) % 3
    first, second = np.where(flip, second, first), np.where(flip, first, second)
    count = np.diff(part.face_corner)
    rows = np.arange(len(here))
    return np.ascontiguousarray(
        np.stack((here[rows, np.repeat(first, count)], here[rows, np.repeat(second, count)]), 1)
    )


def _wound(local: I64, plane: F64) -> I64:
    """Turn triangles that earcut gave clockwise: projected faces are counter-clockwise."""
    a, b, c = plane[local[:, 0]], plane[local[:, 1]], plane[local[:, 2]]
    ab, ac = b - a, c - a
    clockwise = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0] < 0
    local[clockwise] = local[clockwise][:, ::-1]
    return local
