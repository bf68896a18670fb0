"""Which coordinate system fits: numbers against what the city already has, with the evidence.

Two questions. Do the points land in the city (wrong zone, prefix, swapped axes, wrong unit)? Do
they sit on its buildings or roads (the few hundred metres of GCJ-02 and BD-09)? The answer is a
proposal with the exact `--crs`; the caller refuses, it never moves data by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import (
    WGS84,
    Box,
    is_geographic,
    read_crs,
    transformer,
)
from cim_bridge.crsspell import crs_text, spelling
from cim_bridge.texts import Text, text
from cim_bridge.tried import Candidate, candidates

F64 = npt.NDArray[np.float64]

_MOST = 4
"""Proposals that are named."""
_SAMPLE = 500


@dataclass(frozen=True)
class Proposal:
    """One system that puts the points into the city. share: of the points that land there."""

    crs: str
    kind: str
    share: float
    why: Text


@dataclass(frozen=True)
class Finding:
    """What the numbers say. declared_share: of the points inside the city as declared."""

    declared: str | None
    declared_share: float
    proposals: tuple[Proposal, ...]

    @property
    def fits(self) -> bool:
        """Whether the declared system puts at least half of the points into the city."""
        return self.declared is not None and self.declared_share >= 0.5


def detect(
    points: F64, declared: str | None, extent: Box, city_crs: str, margin: float | None = None
) -> Finding:
    """Compare raw (N, 2) coordinates with the city's extent (degrees WGS 84).

    margin: degrees around the extent; by default a fifth of its size, at least 0.02.
    """
    sample = thinned(points)
    around = margin if margin is not None else _margin(extent)
    said = crs_text(declared)
    share = 0.0 if said is None else share_in(sample, said, extent, around)
    if said is not None and share >= 0.5:
        return Finding(said, share, ())
    found: list[Proposal] = []
    for item in candidates(said, city_crs, extent):
        inside = share_in(sample, item.crs, extent, around)
        if inside >= 0.5 and item.crs not in [known_.crs for known_ in found]:
            found.append(Proposal(item.crs, item.kind, inside, _why(item, inside)))
        if len(found) >= _MOST:
            break
    return Finding(said, share, tuple(found))


def thinned(points: F64) -> F64:
    """An even sample of finite points."""
    good = points[np.isfinite(points).all(axis=1)]
    step = max(1, len(good) // _SAMPLE)
    return good[::step]


def _margin(extent: Box) -> float:
    return max(0.02, 0.2 * max(extent[2] - extent[0], extent[3] - extent[1]))


def share_in(points: F64, crs: str, extent: Box, margin: float) -> float:
    """Share of the points that this system puts into a box of degrees."""
    if not len(points) or read_crs(crs) is None:
        return 0.0
    degrees = to_degrees(points, crs)
    low = np.array([extent[0] - margin, extent[1] - margin])
    high = np.array([extent[2] + margin, extent[3] + margin])
    return float(((degrees >= low) & (degrees <= high)).all(axis=1).mean())


def to_degrees(points: F64, crs: str) -> F64:
    """(N, 2) longitude and latitude WGS 84; infinite where there is no such place."""
    parts = spelling(crs)
    if is_geographic(parts.base):
        flat = points[:, ::-1] if parts.swapped else points
        possible = (np.abs(flat[:, 0]) <= 180) & (np.abs(flat[:, 1]) <= 90)
        if not possible.any():
            return np.full(points.shape, np.inf)
        points = np.where(possible[:, None], points, np.nan)
    if len(points) == 1:
        points = np.repeat(points, 2, axis=0)
    x, y = transformer(crs, WGS84).transform(points[:, 0], points[:, 1])
    degrees = np.column_stack((x, y))
    return np.where(np.isfinite(degrees), degrees, np.inf)


_KINDS: dict[str, Text] = {
    "city": text("与城市坐标系一致", "it is the city's own system"),
    "degrees": text("数值是经纬度（度）", "the numbers are degrees"),
    "prefix": text("横坐标带 3 度带带号", "the easting carries the number of its 3-degree zone"),
    "no prefix": text("横坐标不带带号", "the easting carries no zone number"),
    "zone": text("中央子午线不同", "another central meridian"),
    "axes": text("x 与 y 颠倒", "x and y are swapped"),
    "unit": text("数值单位不是米", "the numbers are not metres"),
    "mercator": text("数值是 Web 墨卡托米", "the numbers are Web Mercator metres"),
    "utm": text("UTM 分带", "a UTM zone"),
    "national": text("该地常用的系统", "a system in use there"),
}


def _why(item: Candidate, inside: float) -> Text:
    kind = _KINDS[item.kind]
    return text(
        f"{kind['zh']}，{inside:.0%} 的点落入城市",
        f"{kind['en']}, {inside:.0%} of the points land in the city",
    )


def fitting(points: F64, extent: Box, city: str, declared: str | None = None) -> list[str]:
    """Systems that put raw coordinates into a place (degrees), the likeliest first."""
    return [item.crs for item in detect(points, declared, extent, city).proposals]
