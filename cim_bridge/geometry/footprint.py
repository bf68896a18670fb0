"""2D footprints of 3D buildings, for all buildings at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cim_bridge.geometry.faces import I64, Bools, Faces
from cim_bridge.geometry.triangulate import F64

Shapes = Any
"""(N,) object array of shapely geometries; None where there is none. The stubs of shapely know
scalars or arrays, never which, so the arrays stay untyped."""


def union_by(shapes: Shapes, owner: I64, count: int) -> Shapes:
    """Union of the shapes of each owner; (count,) geometries, None for owners without any."""
    found = np.full(count, None, dtype=object)
    if not len(shapes):
        return found
    order = np.argsort(owner, kind="stable")
    owner, shapes = owner[order], shapes[order]
    number = np.bincount(owner, minlength=count)
    alone = number[owner] == 1
    found[owner[alone]] = shapes[alone]
    if not alone.all():
        many, index = np.unique(owner[~alone], return_inverse=True)
        groups = shapely.geometrycollections(shapes[~alone], indices=index)
        found[many] = shapely.union_all(groups[:, None], axis=1)
    return found


def outlines(faces: Faces, points: F64) -> Shapes:
    """(F,) polygons of the faces seen from above, made valid; holes kept."""
    plane = points[faces.corner, :2]
    coordinates, ring_of = _closed(faces, plane)
    rings: Any = shapely.linearrings(coordinates, indices=ring_of)
    owner = np.repeat(np.arange(len(faces)), np.diff(faces.face))
    outer = np.zeros(len(rings), bool)
    outer[faces.face[:-1]] = True
    shapes: Shapes = shapely.polygons(rings[outer])
    holed = np.unique(owner[~outer])
    if len(holed):
        shapes[holed] = [
            shapely.polygons(rings[a], rings[a + 1 : b])
            for a, b in zip(faces.face[holed], faces.face[holed + 1], strict=True)
        ]
    invalid = ~shapely.is_valid(shapes)
    if invalid.any():
        shapes[invalid] = polygonal(shapely.make_valid(shapes[invalid]))
    return shapes


def _closed(faces: Faces, plane: F64) -> tuple[F64, I64]:
    """Ring coordinates with the first corner repeated at the end, and the ring of each."""
    count = np.diff(faces.ring)
    ring_of = np.repeat(np.arange(len(count)), count)
    where = faces.ring[1:]
    coordinates = np.insert(plane, where, plane[faces.ring[:-1]], axis=0)
    return coordinates, np.insert(ring_of, where, np.arange(len(count)))


def polygonal(shapes: Shapes) -> Shapes:
    """Only the polygons of mixed collections, as Polygon or MultiPolygon."""
    kind = shapely.get_type_id(shapes)
    mixed = np.flatnonzero((kind == 7) | (kind == 1) | (kind == 5) | (kind == 2))
    if not len(mixed):
        return shapes
    shapes = shapes.copy()
    parts, index = shapely.get_parts(shapes[mixed], return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    index = index[inner]
    area = np.isin(shapely.get_type_id(parts), (3, 6))
    kept = union_by(parts[area], index[area], len(mixed))
    kept[shapely.is_missing(kept)] = shapely.Polygon()
    shapes[mixed] = kept
    return shapes


def footprints(
    faces: Faces, points: F64, normal: F64, ground: Bools, owner: I64, count: int
) -> Shapes:
    """(count,) footprints of the owners of the faces, in the plane of `points`.

    The faces marked `ground` where an owner has any; else its downward faces (the shadow of a
    closed solid); else every face that is not upright; else the hull of its corners.
    """
    usable = np.diff(faces.ring)[faces.face[:-1]] >= 3
    tilt = normal[:, 2] / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    found = np.full(count, None, dtype=object)
    for chosen in (ground, tilt < -0.1, np.abs(tilt) > 0.1):
        lacking = shapely.is_missing(found) | shapely.is_empty(found)
        wanted = usable & chosen & lacking[owner]
        if wanted.any():
            part = faces.select(wanted)
            shadow = union_by(outlines(part, points), owner[wanted], count)
            found[lacking] = shadow[lacking]
    return _hulls(found, faces, points, owner)


def _hulls(found: Shapes, faces: Faces, points: F64, owner: I64) -> Shapes:
    lacking: Any = shapely.is_missing(found) | (shapely.area(found) <= 0)
    corners = np.repeat(owner, np.diff(faces.face_corner))
    wanted = lacking[corners]
    if wanted.any():
        number = corners[wanted]
        order = np.argsort(number, kind="stable")
        which, index = np.unique(number[order], return_inverse=True)
        spots: Any = shapely.points(points[faces.corner[wanted][order], :2])
        hull: Shapes = shapely.convex_hull(shapely.multipoints(spots, indices=index))
        flat = shapely.get_type_id(hull) != 3
        hull[flat] = shapely.buffer(hull[flat], 0.05)
        found[which] = hull
    return polygonal(found)
