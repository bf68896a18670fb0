"""Coordinate systems that features are given in, by their OGC names, in their registered order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import WGS84, Placement, crs_text, horizontal, known, read_crs
from cim_bridge.crsspell import spelling
from cim_bridge.errors import WrongUse

F64 = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""Longitude, latitude in WGS 84: what is given where nothing else is asked for."""

CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
"""CRS84 with ellipsoidal heights: what extents of volumes are told in."""

OFFERED: tuple[str, ...] = ("EPSG:4326", "EPSG:4490", "EPSG:4549", "EPSG:4528")
"""Systems that every collection is offered in besides CRS84 and the city's own."""

_DIGITS = {True: 9, False: 4}
"""Decimals of degrees and of metres: a tenth of a millimetre."""


@dataclass(frozen=True)
class System:
    """A coordinate system. uri: its OGC name; text: as cim_bridge spells it."""

    uri: str
    text: str

    @cached_property
    def northing_first(self) -> bool:
        """Whether its registered order begins with the north; CRS84 begins with the east."""
        if self.uri == CRS84:
            return False
        return horizontal(known(self.text)).axis_info[0].direction.lower() == "north"

    @cached_property
    def digits(self) -> int:
        """Decimals that coordinates are given with."""
        return _DIGITS[horizontal(known(self.text)).is_geographic]

    def given(self, shapes: Shapes, model_crs: str) -> Shapes:
        """2D geometries of the model in this system and its order of axes, rounded."""
        import shapely

        placement = Placement(model_crs, self.text)

        def move(points: F64) -> F64:
            moved = np.round(placement.flat(points), self.digits)
            return moved[:, ::-1] if self.northing_first else moved

        found: Shapes = shapely.transform(shapely.force_2d(shapes), move)
        return found

    def window(self, bounds: tuple[float, float, float, float], model_crs: str) -> Any:
        """Where a layer lies, as a box in this system and order, with a margin.

        What lies outside meets no feature; cut off, it needs no place in the model CRS.
        """
        import shapely

        if not np.isfinite(bounds).all():
            return shapely.Polygon()
        west, south, east, north = bounds
        around = shapely.box(west - 1, south - 1, east + 1, north + 1)
        longest = max(east - west, north - south) + 2
        drawn = self.given(np.array([shapely.segmentize(around, longest / 16)]), model_crs)
        low_1, low_2, high_1, high_2 = shapely.total_bounds(drawn).tolist()
        room_1, room_2 = 0.01 * (high_1 - low_1), 0.01 * (high_2 - low_2)
        return shapely.box(low_1 - room_1, low_2 - room_2, high_1 + room_1, high_2 + room_2)

    def taken(self, shape: Any, model_crs: str) -> Any:
        """A 2D geometry written in this system and order, in the model CRS; WrongUse off Earth."""
        import shapely

        placement = Placement(self.text, model_crs)

        def move(points: F64) -> F64:
            return placement.flat(points[:, ::-1] if self.northing_first else points)

        found = shapely.transform(shapely.force_2d(shape), move)
        if not np.isfinite(shapely.get_coordinates(found)).all():
            raise WrongUse(f"the geometry has points that have no place in {model_crs}")
        return found


def uri_of(text: str) -> str | None:
    """OGC name of an EPSG system; None where it has none (a local grid, a shifted system)."""
    if not spelling(text).plain or read_crs(text) is None:
        return None
    authority = horizontal(known(text)).to_authority()
    if authority is None or authority[0] != "EPSG":
        return None
    return f"http://www.opengis.net/def/crs/EPSG/0/{authority[1]}"


@lru_cache(maxsize=16)
def systems(model_crs: str) -> dict[str, System]:
    """Every system of a city by its OGC name, CRS84 first."""
    found = {CRS84: System(CRS84, WGS84)}
    for text in (*OFFERED, model_crs):
        uri = uri_of(text)
        if uri is not None and uri not in found:
            found[uri] = System(uri, text)
    return found


def storage(model_crs: str) -> str:
    """OGC name of the system that the geometries are kept in, CRS84 where it has no name."""
    return uri_of(model_crs) or CRS84


def named(asked: str | None, model_crs: str, parameter: str) -> System:
    """The system of an OGC name (URI, URN or safe CURIE); WrongUse for one that is not offered."""
    offered = systems(model_crs)
    if asked is None:
        return offered[CRS84]
    word = asked.strip()
    if word in offered:
        return offered[word]
    bare = word[1:-1] if word.startswith("[") and word.endswith("]") else word
    if bare in ("OGC:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84"):
        return offered[CRS84]
    if bare != word or word.startswith("urn:ogc:def:crs:EPSG:"):
        text = crs_text(bare)
        for system in offered.values():
            if system.uri != CRS84 and system.text == text:
                return system
    raise WrongUse(f"{parameter} {asked!r} is not offered; offered: {', '.join(offered)}")
