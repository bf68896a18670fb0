"""How a coordinate system is written: one spelling for every usual one, and what PROJ lacks.

`BASE[:yx][:ft|:us-ft|:mm|:km][:gcj02|:bd09][:4p=dx,dy,scale,rotation]`: BASE is anything that PROJ
reads; the marks say that x and y are swapped, that the numbers are in another unit, that the place
is shifted as Chinese map services do, or that a 4-parameter grid stands on the base.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

WGS84 = "EPSG:4326"
_EPSG = re.compile(r"EPSG[:/]+(?:[\w.]*[:/]+)?(\d{4,6})$", re.IGNORECASE)
_ESRI = re.compile(r"ESRI[:/]+(?:[\w.]*[:/]+)?(\d{4,6})$", re.IGNORECASE)
_MARK = re.compile(r":(yx|us-ft|ft|mm|km|gcj02|bd09|4p=[-+\d.,eE]+)$", re.IGNORECASE)

UNITS: dict[str, float] = {"ft": 0.3048, "us-ft": 1200 / 3937, "mm": 0.001, "km": 1000.0}
"""Metres in one unit of a mark."""

_ALIASES: dict[str, str] = {
    **dict.fromkeys(("wgs84", "wgs1984", "epsg4326lonlat", "gps"), WGS84),
    **dict.fromkeys(("cgcs2000", "2000国家大地坐标系", "国家2000", "cgcs2000经纬度"), "EPSG:4490"),
    **dict.fromkeys(("gcj02", "gcj", "mars", "火星坐标", "火星坐标系", "高德坐标"), "GCJ-02"),
    **dict.fromkeys(("bd09", "bd09ll", "百度坐标", "百度坐标系"), "BD-09"),
    **dict.fromkeys(("webmercator", "web墨卡托"), "EPSG:3857"),
}
_SHIFTED = {"GCJ-02": "gcj02", "BD-09": "bd09"}
_NAMES = {mark: name for name, mark in _SHIFTED.items()}


def crs_text(value: Any) -> str | None:
    """One spelling for `EPSG:7415`, `urn:ogc:def:crs:EPSG::7415`, `http://.../EPSG/0/7415`, 7415.

    Names such as GCJ-02, BD09 and WGS84 too. Any other text (WKT, a proj string) is returned as it
    is; None stays None.
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    base, marks = _split(text)
    if marks:
        return ":".join([crs_text(base) or base, *marks])
    if text.isdigit():
        return f"EPSG:{text}"
    for authority, pattern in (("EPSG", _EPSG), ("ESRI", _ESRI)):
        found = pattern.search(text)
        if found:
            return f"{authority}:{found.group(1)}"
    return _ALIASES.get(re.sub(r"[\s_\-()]", "", text.casefold()), text)


def _split(text: str) -> tuple[str, list[str]]:
    marks: list[str] = []
    while found := _MARK.search(text):
        marks.insert(0, found[1].lower())
        text = text[: found.start()]
    return text, marks


@dataclass(frozen=True)
class Spelling:
    """The parts of a CRS text. grid: dx, dy (m), scale, rotation (degrees) of a local grid."""

    base: str
    swapped: bool = False
    unit: str = ""
    shift: str = ""
    grid: tuple[float, float, float, float] | None = None

    @property
    def plain(self) -> bool:
        """Whether PROJ alone reads it."""
        return not (self.swapped or self.unit or self.shift or self.grid)

    @property
    def text(self) -> str:
        """Write it as `--crs` takes it."""
        base = self.base
        shift = self.shift
        if shift and base == WGS84:
            base, shift = _NAMES[shift], ""
        grid = "4p=" + ",".join(map(repr, self.grid)) if self.grid else ""
        marks = ("yx" if self.swapped else "", self.unit, shift, grid)
        return ":".join([base, *filter(None, marks)])


@lru_cache(maxsize=512)
def spelling(text: str) -> Spelling:
    """Take a CRS text apart."""
    base, marks = _split(crs_text(text) or text)
    shift = _SHIFTED.get(base, "")
    grid: tuple[float, float, float, float] | None = None
    for mark in marks:
        if mark.startswith("4p="):
            numbers = [float(part) for part in mark[3:].split(",")]
            grid = (numbers[0], numbers[1], numbers[2], numbers[3])
    return Spelling(
        WGS84 if base in _SHIFTED else base,
        "yx" in marks,
        next((mark for mark in marks if mark in UNITS), ""),
        next((mark for mark in marks if mark in ("gcj02", "bd09")), shift),
        grid,
    )
