"""Polygons laid on the ground: cut along the lattice, so that they lie on it exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.extrude import flat_mesh
from cim_bridge.geometry.footprint import Shapes, polygonal
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.relief import Relief
from cim_bridge.tiles.strings import I64

_GRAIN = 2.0**-8
"""Metres: corners nearer than this are one."""


def lattice_triangles(areas: Shapes, relief: Relief) -> tuple[F64, I64]:
    """Triangles (t, 3, 2) that cover every area without crossing a lattice edge; area of each."""
    cells = relief.cells(*_extent(areas))
    squares = shapely.box(cells[:, 0], cells[:, 1], *(cells + relief.cell).T)
    shapely.prepare(areas)
    area, cell = shapely.STRtree(squares).query(areas, predicate="intersects")
    whole = shapely.contains_properly(areas[area], squares[cell])
    corners = relief.halves(cells[cell[~whole]])
    halves = shapely.polygons(np.concatenate([corners, corners[:, :1]], axis=1))
    edge = np.repeat(area[~whole], 2)
    parts, part_owner = shapely.get_parts(
        shapely.intersection(areas[edge], halves), return_index=True
    )
    real = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 1e-6)
    cut, cut_owner = _triangles(parts[real])
    return (
        np.concatenate([relief.halves(cells[cell[whole]]), cut]),
        np.concatenate([np.repeat(area[whole], 2), edge[part_owner[real][cut_owner]]]),
    )


def drape(
    triangles: F64,
    feature: I64,
    relief: Relief,
    ids: list[str],
    row: npt.NDArray[np.integer],
    *,
    above: float,
    group: npt.NDArray[np.integer] | None = None,
) -> FeatureSet:
    """Weld triangles (t, 3, 2) of each feature and lift them `above` metres over the ground."""
    points = triangles.reshape(-1, 2)
    owner = np.repeat(feature, 3)
    grid = np.rint((points - points.min(axis=0)) / _GRAIN).astype(np.int64) if len(points) else None
    if grid is None:
        return FeatureSet.none()
    _, spot = np.unique(grid[:, 0] << 31 | grid[:, 1], return_inverse=True)
    _, first, index = np.unique(
        owner * len(points) + spot.reshape(-1), return_index=True, return_inverse=True
    )
    flat = points[first]
    vertices = np.column_stack([flat, relief.height(flat) + above])
    return FeatureSet.of(
        vertices, index.reshape(-1, 3), feature, ids, row, group=group,
        normals=relief.normals(flat),
    )  # fmt: skip


def areas_of(geometry: Shapes) -> Shapes:
    """Only the valid areas of geometries; what has none becomes an empty polygon."""
    found = np.array(geometry, dtype=object)
    found[shapely.is_missing(found)] = shapely.Polygon()
    wrong = ~shapely.is_valid(found)
    found[wrong] = shapely.make_valid(found[wrong])
    found = polygonal(found)
    found[~np.isin(shapely.get_type_id(found), (3, 6))] = shapely.Polygon()
    return found


def _triangles(polygons: Shapes) -> tuple[F64, I64]:
    """Triangles (t, 3, 2) of polygons, and the polygon of each."""
    mesh = flat_mesh(polygons)
    return mesh.vertices[mesh.triangles][:, :, :2], mesh.feature.astype(np.int64)


def _extent(areas: Shapes) -> tuple[F64, F64]:
    west, south, east, north = shapely.total_bounds(areas)
    return np.array([west, south]), np.array([east, north])
