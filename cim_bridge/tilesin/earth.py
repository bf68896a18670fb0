"""From Earth-centred coordinates (EPSG:4978) back to places on the ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import WGS84, height_factor, known, transformer
from cim_bridge.tiles.globe import SEMI_MAJOR

F64 = npt.NDArray[np.float64]

_FLATTENING = 1.0 / 298.257223563
_E2 = _FLATTENING * (2.0 - _FLATTENING)

NEAREST, FARTHEST = 6_300_000.0, 6_400_000.0
"""Metres from the Earth's centre between which a city lies."""


def geodetic(points: F64) -> F64:
    """(n, 3) longitude, latitude (radians), ellipsoidal height; after Bowring (1976), iterated."""
    x, y, z = points.T
    across = np.hypot(x, y)
    semi_minor = SEMI_MAJOR * np.sqrt(1.0 - _E2)
    second = _E2 / (1.0 - _E2)
    reduced = np.arctan2(z * SEMI_MAJOR, across * semi_minor)
    for _ in range(3):
        latitude = np.arctan2(
            z + second * semi_minor * np.sin(reduced) ** 3,
            across - _E2 * SEMI_MAJOR * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2(semi_minor * np.sin(latitude), SEMI_MAJOR * np.cos(latitude))
    sin_lat = np.sin(latitude)
    normal = SEMI_MAJOR / np.sqrt(1.0 - _E2 * sin_lat * sin_lat)
    height = across * np.cos(latitude) + z * sin_lat - normal * (1.0 - _E2 * sin_lat * sin_lat)
    return np.column_stack((np.arctan2(y, x), latitude, height))


def on_earth(points: F64) -> bool:
    """Whether Earth-centred points lie near the ground."""
    if not len(points):
        return False
    distance = np.linalg.norm(np.median(points, axis=0))
    return bool(NEAREST < distance < FARTHEST)


def into(points: F64, crs: str, height_offset: float = 0.0) -> F64:
    """(n, 3) x east, y north in `crs`; z metres in the unit of its heights, offset taken off."""
    place = geodetic(points)
    lon, lat = np.degrees(place[:, 0]), np.degrees(place[:, 1])
    if len(points) == 1:  # PROJ's binding takes an array of one for a number
        x, y = transformer(WGS84, crs).transform(float(lon[0]), float(lat[0]))
    else:
        x, y = transformer(WGS84, crs).transform(lon, lat)
    z = (place[:, 2] - height_offset) / height_factor(known(crs))
    return np.column_stack((x, y, z))
