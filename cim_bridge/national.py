"""The system that a country measures in, found in PROJ's database by its area of use."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from cim_bridge.crs import local_crs


@lru_cache(maxsize=64)
def national_crs(longitude: float, latitude: float) -> str:
    """The metre system to propose for a city at a place (degrees WGS 84), as `EPSG:code`.

    The first family of national.toml with a system whose area of use holds the place; of several,
    the one whose area's middle is nearest in longitude. Elsewhere `local_crs`.
    """
    held = _holding(longitude, latitude)
    for family in _families():
        mine = [one for one in held if one.name.startswith(family)]
        if mine:
            best = min(mine, key=lambda one: (_off(one, longitude), one.code))
            return f"EPSG:{best.code}"
    return local_crs(longitude, latitude)


def _holding(longitude: float, latitude: float) -> list[Any]:
    """Projected systems of EPSG whose area of use holds a place."""
    from pyproj.aoi import AreaOfInterest
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    spot = AreaOfInterest(longitude, latitude, longitude, latitude)
    found = query_crs_info(
        auth_name="EPSG", pj_types=PJType.PROJECTED_CRS, area_of_interest=spot, contains=True
    )
    return [one for one in found if not one.deprecated and one.area_of_use is not None]


def _off(one: Any, longitude: float) -> float:
    """Degrees between a place and the middle of an area."""
    return float(abs((one.area_of_use.west + one.area_of_use.east) / 2 - longitude))


@cache
def _families() -> tuple[str, ...]:
    text = Path(__file__).with_name("national.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["systems"])
