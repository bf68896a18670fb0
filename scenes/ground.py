"""Where the ground is under a camera: from the terrain, else from the buildings around."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.release import ModelRelease
from scenes.scene import Camera

NEAR = 300.0
"""Metres around a place in which buildings tell where the ground is."""

F64 = npt.NDArray[np.float64]


def buried(camera: Camera, model: ModelRelease) -> float:
    """Metres by which a camera is under the ground; 0 or less where it is not.

    Beyond what the model holds nobody knows the ground: there it is under the model's lowest point.
    """
    from pyproj import Transformer

    turn = Transformer.from_crs("EPSG:4326", model.manifest["crs"], always_xy=True)
    x, y = turn.transform(camera.lon, camera.lat)
    z = camera.height - float(model.manifest["height_offset"])
    if not np.isfinite([x, y]).all():
        return 0.0
    ground = ground_at(model, float(x), float(y))
    if ground is None:
        parts = [part for part in (model.ground(), model.mesh()) if part is not None and len(part)]
        ground = min((float(np.asarray(part.vertices)[:, 2].min()) for part in parts), default=z)
    return ground - z


def ground_at(model: ModelRelease, x: float, y: float) -> float | None:
    """Height of the ground in the model CRS; None where neither terrain nor buildings are near."""
    terrain = model.ground()
    if terrain is not None:
        found = _height_on(np.asarray(terrain.vertices), np.asarray(terrain.triangles), x, y)
        if found is not None:
            return found
    corners = np.asarray(model.mesh().vertices)
    if not len(corners):
        return None
    near = np.hypot(corners[:, 0] - x, corners[:, 1] - y) < NEAR
    return float(corners[near, 2].min()) if near.any() else None


def _height_on(
    vertices: F64, triangles: npt.NDArray[np.uint32], x: float, y: float
) -> float | None:
    """Height of a TIN at a point, by barycentric weights; None outside it."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    u, v, w = b - a, c - a, np.array([x, y]) - a[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
        t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
    hit = np.flatnonzero((s >= -1e-9) & (t >= -1e-9) & (s + t <= 1 + 1e-9))
    if not len(hit):
        return None
    return float((a[hit, 2] + s[hit] * u[hit, 2] + t[hit] * v[hit, 2]).max())
