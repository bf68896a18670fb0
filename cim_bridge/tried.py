"""The systems that are tried for numbers nobody labelled, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cim_bridge.crs import Box, horizontal, known, local_crs, read_crs
from cim_bridge.crsspell import WGS84, spelling

FIRST_ZONE, LAST_ZONE = 25, 45
"""CGCS2000 3-degree zones; zone n has the central meridian 3n."""


@dataclass(frozen=True)
class Candidate:
    """One system to try and what it would mean."""

    crs: str
    kind: str


def zone_crs(zone: int, *, prefix: bool) -> str:
    """CGCS2000 3-degree Gauss-Kruger: EPSG:4513 to 4533 with prefix, 4534 to 4554 without."""
    return f"EPSG:{(4513 if prefix else 4534) + zone - FIRST_ZONE}"


def zone_of(crs: str) -> tuple[int, bool] | None:
    """(zone, prefix) of a CGCS2000 3-degree system; None for any other."""
    text = spelling(crs).base
    number = int(text[5:]) if text.startswith("EPSG:") and text[5:].isdigit() else 0
    if 4513 <= number <= 4533:
        return number - 4513 + FIRST_ZONE, True
    if 4534 <= number <= 4554:
        return number - 4534 + FIRST_ZONE, False
    return None


def candidates(declared: str | None, city: str, extent: Box) -> Iterator[Candidate]:
    """Straight ones, then the same with axes swapped, then in another unit."""
    straight = [item for item in _straight(declared, city, extent) if item.crs != declared]
    seen: set[str] = set()
    for item in straight:
        if item.crs not in seen:
            seen.add(item.crs)
            yield item
    again = [Candidate(city, "axes"), *([Candidate(declared, "axes")] if declared else [])]
    own = again[::-1] + [item for item in straight if not spelling(item.crs).swapped]
    for item in own:
        parts = spelling(item.crs)
        if read_crs(parts.base) is not None and not parts.swapped:
            yield Candidate(replace(parts, swapped=True).text, "axes")
    metric = [code for code in (declared, city, *_metric(extent)) if code]
    for unit in ("ft", "us-ft", "mm", "km"):
        for code in dict.fromkeys(metric):
            parts = spelling(code)
            if parts.plain and _metres(parts.base):
                yield Candidate(replace(parts, unit=unit).text, "unit")


def _metres(code: str) -> bool:
    crs = read_crs(code)
    if crs is None:
        return False
    return all(a.unit_conversion_factor == 1 for a in horizontal(known(code)).axis_info[:2])


def _metric(extent: Box) -> list[str]:
    zone = _zone(extent)
    codes = [local_crs((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)]
    if FIRST_ZONE <= zone <= LAST_ZONE:
        codes.append(zone_crs(zone, prefix=True))
    return codes


def _zone(extent: Box) -> int:
    return int(np.clip(round((extent[0] + extent[2]) / 2 / 3), FIRST_ZONE - 1, LAST_ZONE + 1))


def _straight(declared: str | None, city: str, extent: Box) -> Iterator[Candidate]:
    longitude, latitude = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
    if declared is not None and spelling(declared).swapped:
        yield Candidate(replace(spelling(declared), swapped=False).text, "axes")
    yield Candidate(city, "city")
    yield Candidate(WGS84, "degrees")
    mine = zone_of(declared or city)
    middle = _zone(extent)
    for near in (middle, middle - 1, middle + 1, middle - 2, middle + 2):
        for prefix in (False, True):
            if FIRST_ZONE <= near <= LAST_ZONE:
                yield Candidate(zone_crs(near, prefix=prefix), _difference(mine, near, prefix))
    yield from _six_degrees(longitude)
    utm = int((longitude + 180) // 6) + 1
    base = 32600 if latitude >= 0 else 32700
    yield Candidate("EPSG:3857", "mercator")
    for zone in (utm, utm - 1, utm + 1):
        if 1 <= zone <= 60:
            yield Candidate(f"EPSG:{base + zone}", "utm")
        if 28 <= zone <= 38:
            yield Candidate(f"EPSG:258{zone:02d}", "utm")
    codes = (28992, 2056, 2263, 32118, 27700, 2154, *range(6669, 6688))
    for code in codes:
        yield Candidate(f"EPSG:{code}", "national")


def _six_degrees(longitude: float) -> Iterator[Candidate]:
    """CGCS2000 6-degree zones 13 to 23: EPSG:4491 to 4501 with prefix, 4502 to 4512 without."""
    mine = int(longitude // 6) + 1
    for zone in (mine, mine - 1, mine + 1):
        if 13 <= zone <= 23:
            yield Candidate(f"EPSG:{4502 + zone - 13}", "zone")
            yield Candidate(f"EPSG:{4491 + zone - 13}", "prefix")


def _difference(mine: tuple[int, bool] | None, zone: int, prefix: bool) -> str:
    if mine is None or mine[0] == zone:
        return "prefix" if prefix else "no prefix"
    return "zone"
