"""Polygons laid on the ground: cut where it bends, so that they lie on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.extrude import faces_of
from cim_bridge.geometry.footprint import Shapes, polygonal
from cim_bridge.geometry.triangulate import convex, triangulate
from cim_bridge.tiles.cutting import pieces_of
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.lattice import Lattice
from cim_bridge.tiles.relief import Relief
from cim_bridge.tiles.stitch import GRAIN, fans, stitched
from cim_bridge.tiles.strings import I64

SIMPLIFY = 1.0
"""Metres: what the outline of a layer may be simplified by in tiles (an eye a kilometre away sees
that as one pixel); units keep their true outline."""
_DENSE = 64
"""Corners an outline has on average from which on simplifying pays."""


def lattice_triangles(areas: Shapes, relief: Relief) -> tuple[F64, I64]:
    """Triangles (t, 3, 2) that cover every area, none over a bend of the ground; area of each."""
    lattice = Lattice(relief)
    pieces = pieces_of(areas, lattice)
    faces, points = faces_of(pieces.shapes)
    origin = np.array([relief.west, relief.south])
    faces, points, sewn = stitched(faces, points, origin, relief.cell)
    around = sewn & (np.diff(faces.face) == 1) & convex(faces, points)
    middle, middle_face = fans(faces, points, np.flatnonzero(around))
    rest = np.flatnonzero(~around)
    triangles, face = triangulate(faces.select(~around), points)
    return (
        np.concatenate([middle, points[triangles][:, :, :2]]),
        pieces.owner[faces.owner[np.concatenate([middle_face, rest[face]])]],
    )


def simplified(areas: Shapes) -> Shapes:
    """Detailed outlines without corners that no eye can tell; neighbours stay neighbours."""
    if not len(areas) or shapely.get_num_coordinates(areas).mean() < _DENSE:
        return areas
    return areas_of(shapely.coverage_simplify(areas, SIMPLIFY))


def coarser(areas: Shapes, metres: float, *, shared: bool) -> Shapes:
    """Outlines without the corners that lie within some metres of them; no area is lost.

    shared: neighbours share their borders, and go on doing so.
    """
    found = areas_of(
        shapely.coverage_simplify(areas, metres) if shared else shapely.simplify(areas, metres)
    )
    return np.where(shapely.is_empty(found), areas, found)


def drape(
    triangles: F64,
    feature: I64,
    relief: Relief,
    ids: Sequence[str],
    row: npt.NDArray[np.integer],
    *,
    above: float,
    group: npt.NDArray[np.integer] | None = None,
) -> FeatureSet:
    """Weld triangles (t, 3, 2) of each feature and lift them `above` metres over the ground."""
    points = triangles.reshape(-1, 2)
    owner = np.repeat(feature, 3)
    grid = np.rint((points - points.min(axis=0)) / GRAIN).astype(np.int64) if len(points) else None
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
