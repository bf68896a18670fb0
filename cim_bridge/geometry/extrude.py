"""Footprints to prisms: walls, roof and floor of every polygon at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.faces import I64, Faces
from cim_bridge.geometry.footprint import Shapes
from cim_bridge.geometry.triangulate import F64, triangulate
from cim_bridge.mesh import GROUND, NONE, ROOF, WALL, Mesh


def faces_of(shapes: Shapes) -> tuple[Faces, F64]:
    """Polygons (also multi) as faces and their corners (z 0): outlines turn left, holes right.

    owner is the number of the shape; corners are not shared.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    is_area = shapely.get_type_id(parts) == 3
    parts, owner = shapely.orient_polygons(parts[is_area]), owner[is_area]
    rings, ring_owner = shapely.get_rings(parts, return_index=True)
    count = shapely.get_num_coordinates(rings) - 1
    coordinates, index = shapely.get_coordinates(rings, return_index=True)
    last = np.append(np.flatnonzero(np.diff(index)), len(index) - 1) if len(index) else index
    plane = np.delete(coordinates, last, axis=0)
    points = np.column_stack((plane, np.zeros(len(plane))))
    ring = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    face = np.searchsorted(ring_owner, np.arange(len(parts) + 1)).astype(np.int64)
    depth = np.full(len(shapes), 3, np.int64)
    return Faces(np.arange(len(points)), ring, face, owner.astype(np.int64), depth), points


def extrude(
    shapes: Shapes, bottom: F64, top: F64, feature: npt.NDArray[Any], lod: int = 10
) -> Mesh:
    """Prisms over the shapes from bottom (N,) to top (N,) metres; feature (N,) unit rows."""
    faces, points = faces_of(shapes)
    if not len(faces):
        return Mesh.none()
    caps, of = triangulate(faces, points)
    number = len(points)
    corner_owner = np.repeat(faces.owner, np.diff(faces.face_corner))
    low, high = points.copy(), points
    low[:, 2], high[:, 2] = bottom[corner_owner], top[corner_owner]
    here = np.arange(number)
    there = _next(faces.ring, number)
    walls = np.concatenate(
        (
            np.stack((here, there, there + number), 1),
            np.stack((here, there + number, here + number), 1),
        )
    )
    triangles = np.concatenate((caps[:, ::-1], caps + np.uint32(number), walls))
    owner = np.concatenate((faces.owner[of], faces.owner[of], corner_owner, corner_owner))
    surface = np.repeat([GROUND, ROOF, WALL], [len(caps), len(caps), len(walls)])
    rows = np.append(np.asarray(feature, np.uint32), np.uint32(NONE))[owner]
    return Mesh.of(np.concatenate((low, high)), triangles, rows, lod, surface)


def _next(ring: I64, number: int) -> I64:
    after = np.arange(1, number + 1)
    after[ring[1:] - 1] = ring[:-1]
    return after
