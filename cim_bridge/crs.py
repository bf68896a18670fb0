"""Coordinate systems: every spelling in, always x east and y north, heights kept as heights.

Nothing is guessed: a missing or wrong system becomes an Issue that names the one that would fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from cim_bridge.errors import WrongUse

F64 = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north."""

WGS84 = "EPSG:4326"
_EPSG = re.compile(r"EPSG[:/]+(?:[\w.]*[:/]+)?(\d{4,6})$", re.IGNORECASE)
_ESRI = re.compile(r"ESRI[:/]+(?:[\w.]*[:/]+)?(\d{4,6})$", re.IGNORECASE)


def crs_text(value: Any) -> str | None:
    """One spelling for `EPSG:7415`, `urn:ogc:def:crs:EPSG::7415`, `http://.../EPSG/0/7415`, 7415.

    Any other text (WKT, a proj string) is returned as it is; None stays None.
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    if text.isdigit():
        return f"EPSG:{text}"
    for authority, pattern in (("EPSG", _EPSG), ("ESRI", _ESRI)):
        found = pattern.search(text)
        if found:
            return f"{authority}:{found.group(1)}"
    return text


@lru_cache(maxsize=256)
def read_crs(text: str) -> CRS | None:
    """Return the system, None when the text names none."""
    try:
        return CRS.from_user_input(text)
    except CRSError:
        return None


def known(text: str) -> CRS:
    """Return the system; WrongUse when the text names none."""
    found = read_crs(text)
    if found is None:
        raise WrongUse(f"{text} is not a coordinate reference system")
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
    if flat == whole:
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
    if not flat.is_projected or _method(flat).startswith(("mercator", "popular visualisation")):
        return False
    return all(abs(axis.unit_conversion_factor - 1) < 1e-9 for axis in flat.axis_info[:2])


def _method(crs: CRS) -> str:
    return crs.coordinate_operation.method_name.lower() if crs.coordinate_operation else ""


def local_crs(longitude: float, latitude: float) -> str:
    """A projected metre system for a place: CGCS2000 3-degree in China, else UTM."""
    if 73.5 <= longitude <= 135 and 18 <= latitude <= 53.6:
        meridian = int(np.clip(round(longitude / 3) * 3, 75, 135))
        return f"EPSG:{4534 + (meridian - 75) // 3}"
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer:
    """Return the 2D transformer between two systems, x east and y north on both sides."""
    return Transformer.from_crs(
        horizontal(known(source)), horizontal(known(target)), always_xy=True
    )


@dataclass(frozen=True)
class Placement:
    """From a source's system to the model's: 2D by PROJ; heights only change their unit."""

    source: str
    target: str

    @property
    def same(self) -> bool:
        """Whether nothing moves."""
        return self.source == self.target or horizontal(known(self.source)).equals(
            horizontal(known(self.target)), ignore_axis_order=True
        )

    def points(self, points: F64) -> F64:
        """(V, 3) vertices in the model CRS."""
        moved = points.copy()
        if not self.same:
            moved[:, :2] = self.flat(points[:, :2])
        factor = height_factor(known(self.source))
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
    try:
        box = transformer(crs, WGS84).transform_bounds(*bounds, densify_pts=11)
    except ProjError:
        return None
    return box if all(np.isfinite(box)) and abs(box[1]) <= 90 and abs(box[3]) <= 90 else None


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


def fitting(bounds: Box, reference: Box, city: str, declared: str | None = None) -> list[str]:
    """Systems that put raw coordinate bounds inside a place (degrees), the likeliest first."""
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    margin = max(0.05, 0.2 * max(reference[2] - reference[0], reference[3] - reference[1]))
    found: list[str] = []
    for code, swapped in _candidates(city, declared, reference, x, y):
        at = _lonlat(code, (y, x) if swapped else (x, y))
        if at is not None and meet((*at, *at), reference, margin):
            found.append(f"{code} (x↔y)" if swapped else code)
            found = list(dict.fromkeys(found))
            if len(found) == 3:
                break
    return found


def _candidates(
    city: str, declared: str | None, reference: Box, x: float, y: float
) -> Iterator[tuple[str, bool]]:
    longitude = (reference[0] + reference[2]) / 2
    latitude = (reference[1] + reference[3]) / 2
    codes = [city] if city != declared else []
    if abs(x) <= 180 and abs(y) <= 180:
        codes += [WGS84]
    zone = int(np.clip(round(longitude / 3), 24, 46))
    for near in (zone, zone - 1, zone + 1, zone - 2, zone + 2):
        if 25 <= near <= 45:
            codes += [f"EPSG:{4534 + near - 25}", f"EPSG:{4513 + near - 25}"]
    utm = int((longitude + 180) // 6) + 1
    base = 32600 if latitude >= 0 else 32700
    codes += [f"EPSG:{base + z}" for z in (utm, utm - 1, utm + 1) if 1 <= z <= 60]
    codes += [f"EPSG:{258}{z:02d}" for z in (utm, utm - 1, utm + 1) if 28 <= z <= 38]
    codes += ["EPSG:3857", "EPSG:28992", "EPSG:2056", "EPSG:2263", "EPSG:27700", "EPSG:2154"]
    codes += [f"EPSG:{code}" for code in range(6669, 6688)]
    yield from ((code, False) for code in codes if code != declared)
    yield from ((code, True) for code in dict.fromkeys([declared or city, city, *codes]))


def _lonlat(code: str, at: tuple[float, float]) -> tuple[float, float] | None:
    if read_crs(code) is None:
        return None
    if is_geographic(code) and (abs(at[0]) > 180 or abs(at[1]) > 90):
        return None
    x, y = transformer(code, WGS84).transform(*at)
    return (x, y) if np.isfinite(x) and np.isfinite(y) else None
