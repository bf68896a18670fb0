"""srsName in its many spellings, and which coordinate comes first."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.crs import (
    F64,
    area_of_use,
    crs_text,
    horizontal,
    is_geographic,
    known,
    lonlat_box,
    meet,
    read_crs,
)
from cim_bridge.issues import IssueLog

_EPSG_CODE = re.compile(r"EPSG(?:/|:)+(?:[\w.]*(?:/|:)+)?(\d{4,6})", re.IGNORECASE)
_URN_ADV = re.compile(r"^urn:adv:crs:", re.IGNORECASE)
_OFFICIAL = re.compile(r"^(urn:|https?://www\.opengis\.net/def/)", re.IGNORECASE)
_OLD_EPSG = re.compile(r"epsg\.xml#(\d{4,6})$", re.IGNORECASE)
_MARGIN = 0.5


@dataclass(frozen=True)
class Srs:
    """What an srsName says.

    crs: text for cim_bridge.crs, None when it names nothing known. exact: the name itself says it
    (an EPSG code), not our table. official: the name promises the axis order of the registry.
    local: defined inside the file.
    """

    name: str
    crs: str | None
    exact: bool = True
    official: bool = False
    local: bool = False


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("srs.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def read_srs(name: str) -> Srs:
    """Understand an srsName; compound names keep their height system where PROJ knows it."""
    text = name.strip()
    official = bool(_OFFICIAL.match(text))
    if text.startswith("#"):
        return Srs(name, None, local=True)
    old = _OLD_EPSG.search(text)
    if old:
        return Srs(name, crs_text(old.group(1)))
    codes = _plus_codes(text) or _EPSG_CODE.findall(text)
    if codes:
        return Srs(name, _compound(codes), official=official)
    flat, _, up = _URN_ADV.sub("", text).partition("*")
    found = _named(flat.rpartition(":")[2] if flat.startswith("urn:") else flat)
    if found:
        height = _table()["heights"].get(up.partition("*")[0])
        both = [found.removeprefix("EPSG:"), str(height)] if height else []
        return Srs(name, _compound(both) if both else found, exact=False)
    if "local" in text.lower() or "engineering" in text.lower():
        return Srs(name, None, local=True)
    return Srs(name, text if read_crs(text) is not None else None, exact=False)


def _plus_codes(text: str) -> list[str]:
    found = re.fullmatch(r"EPSG:(\d{4,6})\+(?:EPSG:)?(\d{4,6})", text, re.IGNORECASE)
    return list(found.groups()) if found else re.findall(r"^\d{4,6}$", text)


def _compound(codes: list[str]) -> str:
    first = f"EPSG:{codes[0]}"
    both = f"EPSG:{codes[0]}+{codes[1]}" if len(codes) > 1 else first
    if both == first:
        return first
    return both if read_crs(both) is not None else first


def _named(text: str) -> str | None:
    for pattern, crs in _table()["patterns"].items():
        found = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
        if found:
            return str(crs).format(*found.groups())
    return None


def same_place(one: str, other: str) -> bool:
    """Whether two systems have the same horizontal part."""
    if one == other:
        return True
    first, second = read_crs(one), read_crs(other)
    if first is None or second is None:
        return False
    return horizontal(first).equals(horizontal(second), ignore_axis_order=True)


def north_first(srs: Srs, crs: str | None, points: F64, log: IssueLog, file: object) -> bool:
    """Whether the first coordinate is the northing or latitude, judged by name and by place.

    Degrees follow the registry where the name promises it; metres come east first in practice
    even where the registry says otherwise. A choice that misses the system's area is swapped.
    """
    if crs is None or read_crs(crs) is None or not len(points):
        return False
    degrees = is_geographic(crs)
    registry = horizontal(known(crs)).axis_info[0].direction.lower() == "north"
    chosen = registry and degrees and srs.official
    fits = {order: _fits(crs, points, swapped=order) for order in (False, True)}
    if fits[chosen] or not fits[not chosen]:
        if degrees and registry and not srs.official and fits[True] and fits[False]:
            log.add("AXES_ASSUMED", file=file, srs=srs.name)
        return chosen
    if srs.official and degrees:
        log.add("AXES_SWAPPED", file=file, crs=crs)
    return not chosen


def _fits(crs: str, points: F64, *, swapped: bool) -> bool:
    """Whether the middle of the points lies where the system is meant to be used."""
    middle = np.median(points[:, :2], axis=0)
    x, y = (middle[1], middle[0]) if swapped else (middle[0], middle[1])
    if is_geographic(crs) and (abs(x) > 180 or abs(y) > 90):
        return False
    box, area = lonlat_box((x, y, x, y), crs), area_of_use(crs)
    return box is not None and (area is None or meet(box, area, _MARGIN))
