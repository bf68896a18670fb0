"""The ground as a triangulated surface of the land; the shoreline is its edge, at height 0."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from scenes.sample.fabric import Fabric
from scenes.sample.plan import FAR, LENGTH, Array

Ints = NDArray[np.int64]
CORNERS = 24_000  # about how many points the surface has


def make_ground(fabric: Fabric) -> tuple[Array, Ints]:
    """Vertices (n, 3) in the model CRS and triangles (m, 3) of the land."""
    plan, s = fabric.plan, fabric.plan.scale
    step = (14_400.0 * s * 6_800.0 * s / CORNERS) ** 0.5
    u, v = np.meshgrid(
        np.arange(-1_190.0 * s, (LENGTH + 1_190.0) * s, step),
        np.arange(-1_100.0 * s, FAR * s - 1.0, step),
        indexing="ij",
    )
    u, v = u.ravel(), v.ravel()
    x, y = plan.world(u, v)
    land = fabric.water.dry
    shapely.prepare(land)
    near = shapely.contains_xy(land, x, y)
    z = plan.elevation(u, v)
    wet = shapely.contains_xy(shapely.buffer(fabric.water.river, 4.0), x, y)
    z = np.where(wet, np.maximum(z - 2.0, 0.05), np.maximum(z, 0.4))
    rim = _shoreline(land, step * 0.5)
    points = np.concatenate(
        [np.stack([x, y, z], axis=1)[near], np.concatenate([rim, np.zeros((len(rim), 1))], axis=1)]
    )
    points[:, 2] = np.where(points[:, 2] > 0, points[:, 2], 0.0)
    triangles = Delaunay(points[:, :2] - points[0, :2]).simplices
    middle = points[triangles].mean(axis=1)
    inside = shapely.contains_xy(shapely.buffer(land, 0.5), middle[:, 0], middle[:, 1])
    return points, _upward(points, np.asarray(triangles[inside], dtype=np.int64))


def _shoreline(land: shapely.Geometry, step: float) -> Array:
    """Points along the shore, dense enough to keep the quays' corners."""
    edge = shapely.segmentize(shapely.boundary(land), step)
    return np.unique(np.round(shapely.get_coordinates(edge), 3), axis=0)


def _upward(points: Array, triangles: Ints) -> Ints:
    """Counter-clockwise from above; slivers without area are left out."""
    a, b, c = (points[triangles[:, i], :2] for i in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    turned = np.where((area > 0)[:, None], triangles, triangles[:, ::-1])
    return turned[np.abs(area) > 1e-3]
