"""Footprints of triangle meshes: what each owner covers seen from above."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.faces import I64, Faces
from cim_bridge.geometry.footprint import footprints
from cim_bridge.geometry.triangulate import F64, normals

_SPECK = 0.05
"""Square metres: holes and islands below it are gaps between parts, not courtyards."""


def shadows(triangles: npt.NDArray[Any], owner: npt.NDArray[Any], points: F64, count: int) -> Any:
    """(count,) footprints of the owners of the triangles; None for an owner without any."""
    index = triangles.astype(np.int64)
    owners: I64 = owner.astype(np.int64)
    step = np.arange(len(index) + 1)
    faces = Faces(index.ravel(), step * 3, step, owners, np.zeros(count, np.int64))
    normal = normals(faces, points)
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    lying = np.abs(normal[:, 2]) / length > 0.05
    found = footprints(faces, points, normal, lying, owners, count)
    present = ~shapely.is_missing(found)
    found[present] = _closed(found[present])
    return found


def _closed(shapes: Any) -> Any:
    """Close gaps of a centimetre between parts, and forget specks."""
    joined = shapely.buffer(shapes, 0.01, join_style="mitre")
    joined = shapely.buffer(joined, -0.01, join_style="mitre")
    joined = np.where(shapely.is_empty(joined), shapes, joined)
    return np.array([_without_specks(shape) for shape in joined], dtype=object)


def _without_specks(shape: Any) -> Any:
    """One unit's shape (units with bodies of their own are few) without specks."""
    parts = [part for part in shapely.get_parts(shape) if part.area > _SPECK]
    solid = [
        shapely.Polygon(
            part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area > _SPECK]
        )
        for part in parts
    ]
    if not solid:
        return shape
    return solid[0] if len(solid) == 1 else shapely.MultiPolygon(solid)
