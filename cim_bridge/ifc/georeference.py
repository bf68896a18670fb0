"""Where an IFC file lies, from the best statement it makes; nothing better is guessed silently.

IfcMapConversion (IFC4) or ePSet_MapConversion (2x3): E = Eastings + S·(x·cosθ − y·sinθ), and so
on, by the IFC4 documentation of IfcMapConversion. Else the site's latitude and longitude.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from cim_bridge.anchor import Frame, geographic_frame
from cim_bridge.crs import crs_text, horizontal, read_crs
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Wish

_TRUE_SIZE = (0.9, 1.1)
"""A scale beyond this cannot be that of a map: it mixes up units."""


def frame_of(facts: dict[str, Any], wish: Wish, log: IssueLog, path: Path) -> Frame | None:
    """Return the frame from the file's metres into a CRS; None after an Issue."""
    told = facts["georeference"]
    if wish.anchor is not None:
        return wish.anchor.frame()
    conversion = told["conversion"]
    if conversion and "Eastings" in conversion and "Northings" in conversion:
        return _converted(conversion, told["crs"] or {}, facts["unit"], wish, log, path)
    site = told["site"]
    if site and (abs(site["latitude"]) > 1e-9 or abs(site["longitude"]) > 1e-9):
        return _from_site(site, told["north"], log, path)
    log.add("IFC_PLACE_MISSING", file=path)
    return None


def _converted(
    conversion: dict[str, float], target: dict[str, Any], unit: float, wish: Wish, log: IssueLog,
    path: Path,
) -> Frame | None:  # fmt: skip
    name = crs_text(wish.crs) or crs_text(target.get("name"))
    crs = read_crs(name) if name else None
    if name is None or crs is None:
        log.add("IFC_CRS_UNKNOWN", file=path, crs=target.get("name") or "—")
        return None
    axes = horizontal(crs).axis_info
    axis = float(axes[0].unit_conversion_factor) if axes else 1.0
    map_unit = _map_unit(conversion, target, unit, axis, crs)
    scale = conversion.get("Scale", 1.0) / unit * map_unit
    if not _TRUE_SIZE[0] < scale < _TRUE_SIZE[1]:
        if "Scale" in conversion and conversion["Scale"] != 1.0:
            log.add("IFC_SCALE_ODD", file=path, scale=f"{conversion['Scale']:g}")
        scale = 1.0
    x, y = conversion.get("XAxisAbscissa", 1.0), conversion.get("XAxisOrdinate", 0.0)
    length = float(np.hypot(x, y))
    cos, sin = (x / length, y / length) if length else (1.0, 0.0)
    in_axis = map_unit / axis
    shift = np.array(
        [
            conversion["Eastings"] * in_axis,
            conversion["Northings"] * in_axis,
            conversion.get("OrthogonalHeight", 0.0) * map_unit / _up(crs),
        ]
    )
    matrix = scale / axis * np.array([[cos, -sin], [sin, cos]])
    return Frame(name, matrix, shift, 1.0 / _up(crs))


def _up(crs: CRS) -> float:
    """Metres in a unit of the CRS's heights, which `place` will multiply by."""
    from cim_bridge.crs import height_factor

    return height_factor(crs)


def _map_unit(
    conversion: dict[str, float], target: dict[str, Any], unit: float, axis: float, crs: CRS
) -> float:
    """Metres in a unit of Eastings and Northings.

    Without MapUnit the standard says: the project's unit. Many files in millimetres write metres
    all the same; the CRS's own unit is taken where only that lands in its area of use.
    """
    if target.get("unit"):
        return float(target["unit"])
    if unit == axis:
        return unit
    for candidate in (unit, axis):
        if _lands(conversion, candidate / axis, crs):
            return candidate
    return unit


def _lands(conversion: dict[str, float], factor: float, crs: CRS) -> bool:
    from cim_bridge.crs import WGS84, area_of_use, meet, transformer

    text = crs.to_wkt()
    area = area_of_use(text)
    if area is None:
        return False
    at = (conversion["Eastings"] * factor, conversion["Northings"] * factor)
    lon, lat = transformer(text, WGS84).transform(*at)
    return bool(np.isfinite([lon, lat]).all()) and meet((lon, lat, lon, lat), area)


def _from_site(
    site: dict[str, Any], north: list[float] | None, log: IssueLog, path: Path
) -> Frame | None:
    """The site's origin at its latitude and longitude: rarely surveyed, so a warning says so."""
    lon, lat = site["longitude"], site["latitude"]
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        log.add("IFC_PLACE_MISSING", file=path)
        return None
    x, y = north or (0.0, 1.0)
    heading = -float(np.degrees(np.arctan2(x, y)))  # the y axis lies that far before north
    frame = geographic_frame(lon, lat, 0.0, heading)
    origin = np.array(site["origin"], np.float64)
    shift = frame.shift - np.append(frame.matrix @ origin[:2], origin[2] - site["elevation"])
    log.add("IFC_PLACE_GUESSED", file=path, place=f"{lon:.6f},{lat:.6f}", crs=frame.crs)
    return Frame(frame.crs, frame.matrix, shift)
