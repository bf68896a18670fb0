"""Faces to triangles: triangles and convex outlines fan, the rest go to earcut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import F32, I64, Bools, Faces

F64 = npt.NDArray[np.float64]

_AT_ONCE = 1 << 16
"""Faces that are triangulated together."""


def normals(faces: Faces, points: F64) -> F64:
    """(F, 3) Newell normals of the outer rings; the length is twice the area in square metres."""
    if not len(faces):
        return np.zeros((0, 3))
    if len(faces) > _AT_ONCE:
        parts = range(0, len(faces), _AT_ONCE)
        return np.concatenate([normals(faces.run(k, k + _AT_ONCE), points) for k in parts])
    x, y, z = _local(faces, points)
    after = _next(faces.ring)
    outer = faces.face[:-1]
    cross = (y * z[after] - z * y[after], z * x[after] - x * z[after], x * y[after] - y * x[after])
    return np.column_stack([np.add.reduceat(part, faces.ring[:-1])[outer] for part in cross])


def _local(faces: Faces, points: F64) -> tuple[F64, F64, F64]:
    """x, y, z of every corner relative to its face's first one (keeps precision)."""
    first = np.repeat(faces.corner[faces.face_corner[:-1]], np.diff(faces.face_corner))
    x, y, z = (points[faces.corner, k] - points[first, k] for k in range(3))
    return x, y, z


def _next(ring: I64) -> I64:
    """Position of the corner that follows each corner in its ring."""
    after = np.arange(1, int(ring[-1]) + 1)
    after[ring[1:] - 1] = ring[:-1]
    return after


def triangulate(
    faces: Faces, points: F64, normal: F64 | None = None
) -> tuple[npt.NDArray[np.uint32], I64]:
    """Return triangles (T, 3) of vertex indices and the face (T,) each belongs to.

    Winding follows the face. Faces with less than three corners or no area give none.
    """
    if not len(faces):
        return np.zeros((0, 3), np.uint32), np.zeros(0, np.int64)
    if len(faces) > _AT_ONCE:
        return _in_parts(faces, points, normal)
    normal = normals(faces, points) if normal is None else normal
    size = np.diff(faces.face_corner)
    sound = (np.einsum("ij,ij->i", normal, normal) > 1e-18) & (size >= 3)
    plane = _project(faces, points, normal)
    easy = sound & (np.diff(faces.face) == 1)
    easy &= convex(faces, plane)
    fans, fan_face = _fan(faces, np.flatnonzero(easy))
    ears, ear_face = _earcut(faces, plane, np.flatnonzero(sound & ~easy))
    triangles = np.vstack((fans, ears))
    owner = np.concatenate((fan_face, ear_face))
    order = np.argsort(owner, kind="stable")
    return triangles[order].astype(np.uint32), owner[order]


def worn_triangles(
    faces: Faces, points: F64, normal: F64 | None = None
) -> tuple[npt.NDArray[np.uint32], I64, F32 | None]:
    """Triangulate, and say where each corner (T, 3, 2) lies in its image; None without images."""
    if faces.uv is None:
        return *triangulate(faces, points, normal), None
    own = replace(faces, corner=np.arange(len(faces.corner)))
    corners, face = triangulate(own, points[faces.corner], normal)
    return faces.corner[corners].astype(np.uint32), face, faces.uv[corners]


def _in_parts(faces: Faces, points: F64, normal: F64 | None) -> tuple[npt.NDArray[np.uint32], I64]:
    """Triangulate some faces at a time, which takes less memory and stays in the caches."""
    found = []
    for start in range(0, len(faces), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        triangles, face = triangulate(
            faces.run(start, start + _AT_ONCE), points, None if normal is None else normal[part]
        )
        found.append((triangles, face + start))
    return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


def convex(faces: Faces, plane: F64) -> Bools:
    """Does every first ring turn left all the way round, and only once?

    A pentagram also turns one way everywhere, but its x changes direction more than twice.
    """
    starts, outer = faces.ring[:-1], faces.face[:-1]
    x, y = np.ascontiguousarray(plane[:, 0]), np.ascontiguousarray(plane[:, 1])
    after = _next(faces.ring)
    dx, dy = x[after] - x, y[after] - y
    turn = dx * dy[after] - dy * dx[after]
    span = np.maximum.reduceat(np.abs(turn), starts)
    left = np.minimum.reduceat(turn, starts) >= -1e-9 * span
    forth = dx >= 0
    changes = np.add.reduceat((forth != forth[after]).astype(np.int64), starts)
    found: Bools = left[outer] & (changes[outer] <= 2)
    return found


def _fan(faces: Faces, chosen: I64) -> tuple[npt.NDArray[Any], I64]:
    first = faces.face_corner[chosen]
    count = np.diff(faces.face_corner)[chosen] - 2
    owner = np.repeat(chosen, count)
    start = np.repeat(first, count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    corner = faces.corner
    return np.stack((corner[start], corner[start + step + 1], corner[start + step + 2]), 1), owner


def _earcut(faces: Faces, plane: F64, chosen: I64) -> tuple[npt.NDArray[Any], I64]:
    """Earcut one face after the other: the library takes one at a time (about 1.5 µs each)."""
    if not len(chosen):
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    from mapbox_earcut import triangulate_float64

    starts = faces.face_corner[chosen]
    ends = faces.ring[1:] - np.repeat(faces.face_corner[:-1], np.diff(faces.face))
    found = [
        triangulate_float64(plane[a:b], ring_ends)
        for a, b, ring_ends in zip(
            starts.tolist(),
            faces.face_corner[chosen + 1].tolist(),
            _slices(ends.astype(np.uint32), faces.face[chosen], faces.face[chosen + 1]),
            strict=True,
        )
    ]
    number = np.array([len(ears) for ears in found], np.int64) // 3
    owner = np.repeat(np.arange(len(chosen)), number)
    local = np.concatenate(found).reshape(-1, 3).astype(np.int64) + starts[owner][:, None]
    return faces.corner[_wound(local, plane)], chosen[owner]


def _slices(values: npt.NDArray[Any], first: I64, last: I64) -> list[npt.NDArray[Any]]:
    return [values[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def _project(faces: Faces, points: F64, normal: F64) -> F64:
    """Corners in the plane of their face, counter-clockwise seen along the normal."""
    axis = np.argmax(np.abs(normal), axis=1)
    flip = normal[np.arange(len(normal)), axis] < 0
    first, second = (axis + 1) % 3, (axis + 2) % 3
    first, second = np.where(flip, second, first), np.where(flip, first, second)
    count = np.diff(faces.face_corner)
    here = np.column_stack(_local(faces, points)).ravel()
    base = np.arange(0, len(here), 3)
    return np.column_stack(
        (here[base + np.repeat(first, count)], here[base + np.repeat(second, count)])
    )


def _wound(local: I64, plane: F64) -> I64:
    """Turn triangles that earcut gave clockwise: projected faces are counter-clockwise."""
    a, b, c = plane[local[:, 0]], plane[local[:, 1]], plane[local[:, 2]]
    ab, ac = b - a, c - a
    clockwise = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0] < 0
    local[clockwise] = local[clockwise][:, ::-1]
    return local
