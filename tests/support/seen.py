"""What a camera sees, judged without our own code: rays by VTK, projection by trigonometry."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_bridge.release import ModelRelease
from scenes.scene import Scene

WIDE = 60.0
"""Degrees a picture is wide in the viewer (the larger side)."""


def _surface(model: ModelRelease) -> tuple[Any, NDArray[np.float64]]:
    import pyvista

    parts = [model.mesh(), model.ground()]
    corners = [
        np.asarray(part.vertices)[np.asarray(part.triangles)].reshape(-1, 3)
        for part in parts
        if part is not None
    ]
    points = np.concatenate(corners)
    middle = points.mean(axis=0)
    faces = np.arange(len(points)).reshape(-1, 3)
    whole = np.column_stack([np.full(len(faces), 3), faces]).ravel()
    return pyvista.PolyData(points - middle, whole), middle


def eye_of(model: ModelRelease, scene: Scene) -> NDArray[np.float64]:
    """Where the scene's camera stands in the model CRS."""
    from pyproj import Transformer

    assert scene.camera is not None
    turn = Transformer.from_crs("EPSG:4326", model.manifest["crs"], always_xy=True)
    x, y = turn.transform(scene.camera.lon, scene.camera.lat)
    return np.array([x, y, scene.camera.height - model.manifest["height_offset"]])


def hidden(model: ModelRelease, scene: Scene, points: NDArray[np.float64]) -> float:
    """Share of the points between which and the camera VTK finds something."""
    surface, middle = _made(model)
    eye = eye_of(model, scene)
    blocked = [len(surface.ray_trace(eye - middle, point - middle)[0]) > 0 for point in points]
    return sum(blocked) / len(blocked)


_MADE: dict[str, tuple[Any, NDArray[np.float64]]] = {}


def _made(model: ModelRelease) -> tuple[Any, NDArray[np.float64]]:
    key = str(model.path)
    if key not in _MADE:
        _MADE.clear()
        _MADE[key] = _surface(model)
    return _MADE[key]


def placed(
    model: ModelRelease, scene: Scene, points: NDArray[np.float64], aspect: float = 16 / 9
) -> NDArray[np.float64]:
    """Where points lie in the picture: -1 to 1 from left to right and from bottom to top.

    Computed on the Earth's ellipsoid, as the viewer does, not on the map.
    """
    from pyproj import Transformer

    assert scene.camera is not None
    offset = model.manifest["height_offset"]
    to_degrees = Transformer.from_crs(model.manifest["crs"], "EPSG:4326", always_xy=True)
    to_earth = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    lon, lat = to_degrees.transform(points[:, 0].tolist(), points[:, 1].tolist())
    there = np.column_stack(to_earth.transform(lon, lat, (points[:, 2] + offset).tolist()))
    camera = scene.camera
    here = np.array(to_earth.transform(camera.lon, camera.lat, camera.height))
    a, b = np.radians(camera.lon), np.radians(camera.lat)
    east = np.array([-np.sin(a), np.cos(a), 0])
    north = np.array([-np.sin(b) * np.cos(a), -np.sin(b) * np.sin(a), np.cos(b)])
    up = np.array([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])
    turn, rise = np.radians(camera.heading), np.radians(camera.pitch)
    level = np.sin(turn) * east + np.cos(turn) * north
    ahead = np.cos(rise) * level + np.sin(rise) * up
    right = np.cross(ahead, up) / np.linalg.norm(np.cross(ahead, up))
    above = np.cross(right, ahead)
    way = there - here
    depth = way @ ahead
    half = np.tan(np.radians(WIDE / 2))
    return np.column_stack([way @ right / depth / half, way @ above / depth / half * aspect])
