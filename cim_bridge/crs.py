"""Coordinate systems: every spelling in, always x east and y north, heights kept as heights.

Nothing is guessed: a missing or wrong system becomes an Issue that names the one that would fit.
PROJ is loaded where it is first asked: a child that only parses starts without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.crschain import Chain, needs_degrees
from cim_bridge.crsspell import UNITS, spelling
from cim_bridge.crsspell import WGS84 as WGS84
from cim_bridge.crsspell import crs_text as crs_text
from cim_bridge.errors import WrongUse

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

    Mover = Transformer | Chain
    """What moves points: PROJ alone, or with the steps that it lacks."""

F64 = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north."""


_OFFSHORE = 0.5
"""Degrees that islands lie beyond the area of use of a zone."""


@lru_cache(maxsize=256)
def read_crs(text: str) -> CRS | None:
    """Return the system that a spelling stands on, None when the text names none."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(spelling(text).base)
    except (CRSError, ValueError, IndexError):
        return None


def known(text: str) -> CRS:
    """Return the system; WrongUse when the text names none."""
    found = read_crs(text)
    if found is None:
        raise WrongUse(f"{text} 不是坐标系 / is not a coordinate reference system")
    return found


def horizontal(crs: CRS) -> CRS:
    """Return the 2D part of a compound, 3D or bound system."""
    if crs.is_compound:
        return horizontal(crs.sub_crs_list[0])
    if crs.is_bound and crs.source_crs is not None:
        return horizontal(crs.source_crs)
    return crs.to_2d() if len(crs.axis_info) == 3 else crs


def horizontal_text(text: str) -> str:
    """Name the 2D part of a system: EPSG:7415 (with heights) is EPSG:28992 on the ground."""
    whole = known(text)
    flat = horizontal(whole)
    if flat == whole or whole.is_bound:
        return text
    authority = flat.to_authority()
    return ":".join(authority) if authority else str(flat.to_wkt())


def height_factor(crs: CRS) -> float:
    """Metres in one unit of height: 1 unless a vertical axis says otherwise (US feet)."""
    if crs.is_compound:
        return height_factor(crs.sub_crs_list[-1])
    up = [axis for axis in crs.axis_info if axis.direction.lower() == "up"]
    return float(up[0].unit_conversion_factor) if up else 1.0


def is_geographic(text: str) -> bool:
    """Whether the coordinates are degrees."""
    found = read_crs(text)
    return found is not None and horizontal(found).is_geographic


def measures_true(text: str) -> bool:
    """Whether lengths and areas may be taken in this system: projected, metres, not Mercator."""
    flat = horizontal(known(text))
    if not spelling(text).plain or not flat.is_projected:
        return False
    if _method(flat).startswith(("mercator", "popular visualisation")):
        return False
    return all(abs(axis.unit_conversion_factor - 1) < 1e-9 for axis in flat.axis_info[:2])


def _method(crs: CRS) -> str:
    return crs.coordinate_operation.method_name.lower() if crs.coordinate_operation else ""


def local_crs(longitude: float, latitude: float) -> str:
    """A projected metre system for a place: CGCS2000 3-degree in China, else UTM.

    China is where the zone's own area of use is: neither Japan nor Mongolia, which lie beside it.
    """
    if 73.5 <= longitude <= 135 and 18 <= latitude <= 53.6:
        meridian = int(np.clip(round(longitude / 3) * 3, 75, 135))
        belt = f"EPSG:{4534 + (meridian - 75) // 3}"
        area = area_of_use(belt)
        if area and meet((longitude, latitude, longitude, latitude), area, _OFFSHORE):
            return belt
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


@lru_cache(maxsize=512)
def transformer(source: str, target: str) -> Mover:
    """Return the 2D transformer between two systems, x east and y north on both sides."""
    one, other = spelling(source), spelling(target)
    if one.plain and other.plain:
        return _proj(source, target)
    direct = _proj(one.base, other.base)
    if not needs_degrees(one, other):
        return Chain(one, other, direct)
    return Chain(one, other, direct, _proj(one.base, WGS84), _proj(WGS84, other.base))


@lru_cache(maxsize=512)
def _proj(source: str, target: str) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(_movable(known(source)), _movable(known(target)), always_xy=True)


def _movable(crs: CRS) -> CRS:
    """Return the 2D part; a system bound to WGS 84 keeps its parameters."""
    return crs if crs.is_bound else horizontal(crs)


@dataclass(frozen=True)
class Placement:
    """From a source's system to the model's: 2D by PROJ; heights only change their unit."""

    source: str
    target: str

    @property
    def same(self) -> bool:
        """Whether nothing moves."""
        if self.source == self.target:
            return True
        if not (spelling(self.source).plain and spelling(self.target).plain):
            return False
        one, other = _movable(known(self.source)), _movable(known(self.target))
        return one.equals(other, ignore_axis_order=True)

    def points(self, points: F64) -> F64:
        """(V, 3) vertices in the model CRS."""
        moved = points.copy()
        if not self.same:
            moved[:, :2] = self.flat(points[:, :2])
        unit = spelling(self.source).unit
        factor = UNITS[unit] if unit else height_factor(known(self.source))
        if factor != 1.0:
            moved[:, 2] *= factor
        return moved

    def flat(self, points: F64) -> F64:
        """(V, 2) points in the model CRS; infinite where the projection has no answer."""
        if self.same or not len(points):
            return points
        if len(points) == 1:  # pyproj takes a lone element for a scalar, which numpy deprecates
            return self.flat(np.repeat(points, 2, axis=0))[:1]
        x, y = transformer(self.source, self.target).transform(points[:, 0], points[:, 1])
        return np.column_stack((x, y))

    def shapes(self, shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """2D geometries in the model CRS; heights inside them are dropped."""
        import shapely

        found: npt.NDArray[Any] = shapely.transform(shapely.force_2d(shapes), self.flat)
        return found


def lonlat_box(bounds: Box, crs: str) -> Box | None:
    """Bounds in degrees WGS84; None when they have no place on the Earth."""
    from pyproj.exceptions import ProjError

    try:
        box = transformer(crs, WGS84).transform_bounds(*bounds, densify_pts=11)
    except ProjError:
        return None
    return box if all(np.isfinite(box)) and abs(box[1]) <= 90 and abs(box[3]) <= 90 else None


@lru_cache(maxsize=256)
def area_of_use(crs: str) -> Box | None:
    """Where the system is meant to be used, in degrees; None when it does not say."""
    area = horizontal(known(crs)).area_of_use
    return (area.west, area.south, area.east, area.north) if area else None


def meet(one: Box, other: Box, margin: float = 0.0) -> bool:
    """Whether two boxes in degrees touch, with a margin."""
    return (
        one[0] <= other[2] + margin
        and one[2] >= other[0] - margin
        and one[1] <= other[3] + margin
        and one[3] >= other[1] - margin
    )
