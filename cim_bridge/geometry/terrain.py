"""The ground as a TIN from 3D polygons, contour lines or height points."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cim_bridge.geometry.extrude import faces_of
from cim_bridge.geometry.footprint import Shapes
from cim_bridge.geometry.triangulate import F64, triangulate
from cim_bridge.mesh import GROUND, Mesh


def terrain(shapes: Shapes, heights: F64) -> Mesh | None:
    """Return the ground; None when nothing tells a height.

    heights (N,): of a column, NaN where the geometry's own z counts. Polygons keep their own
    triangles; points and lines are joined by Delaunay's rule.
    """
    areal = np.isin(shapely.get_type_id(shapes), (3, 6))
    points, index = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    points[:, 2] = np.where(np.isnan(points[:, 2]), heights[index], points[:, 2])
    if not np.isfinite(points).all() or not len(points):
        return None
    if areal.all():
        return _from_polygons(shapes, heights)
    return _delaunay(points)


def _from_polygons(shapes: Shapes, heights: F64) -> Mesh:
    faces, flat = faces_of(shapes)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    spots: Any = shapely.get_coordinates(rings, include_z=True)
    count = shapely.get_num_coordinates(rings)
    keep = np.ones(len(spots), bool)
    keep[np.cumsum(count) - 1] = False
    z = spots[keep, 2]
    of = owner[np.repeat(part, count)][keep]
    flat[:, 2] = np.where(np.isnan(z), heights[of], z)
    triangles, _ = triangulate(faces, flat)
    return Mesh.of(flat, triangles, surface=GROUND)


def _delaunay(points: F64) -> Mesh | None:
    from scipy.spatial import Delaunay, QhullError

    _, first = np.unique(points[:, :2], axis=0, return_index=True)
    spots = points[np.sort(first)]
    if len(spots) < 3:
        return None
    try:
        triangles = Delaunay(spots[:, :2] - spots[:, :2].mean(axis=0)).simplices
    except QhullError:
        return None
    a, b, c = (spots[triangles[:, k], :2] for k in range(3))
    turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    triangles[turn < 0] = triangles[turn < 0][:, ::-1]
    return Mesh.of(spots, triangles, surface=GROUND)
