"""From the model CRS to the globe: Earth-centred coordinates and local east-north-up frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import WGS84, transformer
from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.tiles.equal import first_equal, numbered

if TYPE_CHECKING:
    from cim_bridge.crs import Mover

F64 = npt.NDArray[np.float64]

SEMI_MAJOR = 6378137.0
"""WGS 84 semi-major axis, metres."""
_FLATTENING = 1.0 / 298.257223563
_E2 = _FLATTENING * (2.0 - _FLATTENING)


@dataclass(frozen=True)
class Globe:
    """Where a model CRS lies on WGS 84.

    Heights do not go through the CRS: ellipsoidal height = z + height_offset, always.
    """

    crs: str
    to_lonlat: Mover
    height_offset: float

    @classmethod
    def of(cls, crs: str, height_offset: float) -> Globe:
        """Use the horizontal part of `crs`; a compound CRS keeps its own z as it is."""
        return cls(crs, transformer(crs, WGS84), height_offset)

    def geodetic(self, points: F64) -> F64:
        """(n, 3) model coordinates to longitude, latitude (radians) and ellipsoidal height."""
        x, y = (np.ascontiguousarray(points[:, axis], np.float64) for axis in (0, 1))
        if len(points) == 1:  # PROJ's binding takes an array of one for a number
            lon, lat = self.to_lonlat.transform(float(x[0]), float(y[0]))
        else:  # heads of walls stand over their feet: each place once
            distinct, place = numbered(first_equal(x.view(np.uint64), y.view(np.uint64)))
            lon, lat = (a[place] for a in self.to_lonlat.transform(x[distinct], y[distinct]))
        found = np.column_stack([np.radians(lon), np.radians(lat), points[:, 2]])
        found[:, 2] += self.height_offset
        if not np.isfinite(found).all():
            log = IssueLog()
            bad = int((~np.isfinite(found).all(axis=1)).sum())
            log.add("TILES_POSITION_NOT_ON_EARTH", count=bad, crs=self.crs)
            raise InputRefused(log)
        return found

    def ecef(self, points: F64) -> F64:
        """(n, 3) model coordinates to Earth-centred metres (EPSG:4978)."""
        return geodetic_to_ecef(self.geodetic(points))

    def frame(self, point: F64) -> F64:
        """4x4 matrix from east-north-up at a model point to Earth-centred."""
        return enu_frame(self.geodetic(np.asarray(point, np.float64)[None])[0])


def geodetic_to_ecef(geodetic: F64) -> F64:
    """(n, 3) longitude, latitude (radians), height to Earth-centred metres, WGS 84."""
    lon, lat, height = geodetic[:, 0], geodetic[:, 1], geodetic[:, 2]
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    normal = SEMI_MAJOR / np.sqrt(1.0 - _E2 * sin_lat * sin_lat)
    across = (normal + height) * cos_lat
    up = (normal * (1.0 - _E2) + height) * sin_lat
    return np.column_stack([across * np.cos(lon), across * np.sin(lon), up])


def enu_frame(geodetic: F64) -> F64:
    """4x4 matrix whose columns are east, north, up and the origin at one geodetic point."""
    lon, lat = float(geodetic[0]), float(geodetic[1])
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    frame = np.eye(4)
    frame[:3, 0] = (-sin_lon, cos_lon, 0.0)
    frame[:3, 1] = (-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat)
    frame[:3, 2] = (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat)
    frame[:3, 3] = geodetic_to_ecef(geodetic[None])[0]
    return frame


def rigid_inverse(frame: F64) -> F64:
    """Inverse of a rotation with a translation."""
    inverse = np.eye(4)
    inverse[:3, :3] = frame[:3, :3].T
    inverse[:3, 3] = -frame[:3, :3].T @ frame[:3, 3]
    return inverse
