"""Local city grids: `[crs.local.<name>]` of city.toml → one CRS text that every part reads.

definition: a proj string, WKT or a code. Or `base` with dx, dy (metres), scale and rotation
(degrees, counter-clockwise): base = (dx, dy) + scale · R(rotation) · local, east and north. Or
`base` with towgs84 = [dx, dy, dz, rx, ry, rz, ppm] (metres, arc seconds in the position vector
convention, parts per million).
"""

from __future__ import annotations

import re
from typing import Any

from cim_bridge.crsspell import Spelling, crs_text, spelling

_NAME = re.compile(r"[\w\-一-鿿]+")
_FOUR = ("dx", "dy", "scale", "rotation")


def local_grids(tables: dict[str, Any]) -> dict[str, str]:
    """Name → CRS text of every grid of a city; ValueError says what is wrong with one."""
    return {name: _grid(name, table) for name, table in tables.items()}


def named(text: str | None, grids: dict[str, str]) -> str | None:
    """A CRS as a person names it, a city's own grid included; marks behind a name stay."""
    if text is None:
        return None
    whole = text.strip()
    head, colon, marks = whole.partition(":")
    if head in grids:
        return f"{grids[head]}{colon}{marks}"
    return crs_text(whole)


def _grid(name: str, table: Any) -> str:
    where = f"crs.local.{name}"
    if not isinstance(table, dict) or not _NAME.fullmatch(name):
        raise ValueError(f"{where} must be a table with a plain name")
    given = str(table.get("definition") or table.get("base") or "")
    if not given:
        raise ValueError(f"{where} needs `definition` (proj string, WKT, code) or `base`")
    base = _plain(given, where)
    if "towgs84" in table:
        return _bound(base, table["towgs84"], where)
    if any(key in table for key in _FOUR):
        numbers = [float(table.get(key, 1.0 if key == "scale" else 0.0)) for key in _FOUR]
        if not numbers[2] > 0:
            raise ValueError(f"{where}.scale must be above zero, about 1")
        grid = (numbers[0], numbers[1], numbers[2], numbers[3])
        return Spelling(base, grid=grid).text
    return base


def _plain(given: str, where: str) -> str:
    from cim_bridge.crs import read_crs

    if not spelling(given).plain or read_crs(given) is None:
        raise ValueError(f"{where}: {given[:60]!r} is not a coordinate reference system")
    return crs_text(given) or given


def _bound(base: str, numbers: Any, where: str) -> str:
    """WKT of the base bound to WGS 84 by seven (or three) parameters."""
    from pyproj.crs import BoundCRS
    from pyproj.crs.coordinate_operation import ToWGS84Transformation

    from cim_bridge.crs import known

    if not isinstance(numbers, list) or len(numbers) not in (3, 7):
        raise ValueError(f"{where}.towgs84 needs 3 or 7 numbers")
    source = known(base)
    if source.is_bound and source.source_crs is not None:
        source = source.source_crs
    geodetic = source.geodetic_crs
    if geodetic is None:
        raise ValueError(f"{where}: {base[:60]!r} has no datum to shift")
    shift = ToWGS84Transformation(geodetic, *[float(number) for number in numbers])
    return str(BoundCRS(source, "EPSG:4326", shift).to_wkt())
