"""Which coordinate comes first: the standard says one thing, servers do another; the place decides.

OGC API, WFS 2.0 and WFS 1.1 with URNs promise the order of the EPSG registry, northing first for
CGCS2000 and its Gauss-Kruger zones. Servers get it wrong both ways, so the declared extent is
asked: the order that brings the middle of the data into it is taken; where neither does, nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import Box, horizontal, read_crs, transformer

_MARGIN = 0.05
_WORLD = 179.0


@dataclass(frozen=True)
class Axes:
    """What is expected. extent: in the layer's CRS, x east, or None when nothing usable is told."""

    northing_first: bool
    extent: Box | None

    def to_json(self) -> dict[str, Any]:
        """For a job."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Axes:
        """From a job."""
        box = told["extent"]
        return cls(told["northing_first"], tuple(box) if box else None)


@dataclass(frozen=True)
class Order:
    """What was decided: "straight" or "swapped" as the coordinates came, None when neither fits.

    proved: the extent spoke for this order alone. box: of the data's middles, x east as decided.
    outside: whether some of the data lie outside the declared extent.
    """

    order: str | None
    proved: bool
    box: list[float]
    outside: bool = False


def northing_first(crs: str | None, official: bool) -> bool:
    """Whether a system's registered order is promised and begins with the north."""
    found = read_crs(crs) if crs and official else None
    if found is None:
        return False
    return horizontal(found).axis_info[0].direction.lower() == "north"


def extent_in(extent: Box | None, extent_crs: str, crs: str | None) -> Box | None:
    """A declared extent in the layer's system; None when it tells nothing about the place."""
    if extent is None or crs is None or not np.isfinite(extent).all():
        return None
    west, south, east, north = extent
    if west > east or south > north:
        return None
    if extent_crs == "OGC:CRS84" and (east - west >= _WORLD or not -90 <= south <= north <= 90):
        return None
    x, y = np.meshgrid(np.linspace(west, east, 21), np.linspace(south, north, 21))
    moved = transformer(extent_crs, crs).transform(x.ravel(), y.ravel())
    box = (moved[0].min(), moved[1].min(), moved[0].max(), moved[1].max())
    if not np.isfinite(box).all():
        return None
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def decide(centres: npt.NDArray[np.float64], axes: Axes) -> Order:
    """Order of coordinates (N, 2) as they came."""
    known = centres[np.isfinite(centres).all(axis=1)]
    promised = "swapped" if axes.northing_first else "straight"
    if not len(known):
        return Order(promised, False, [])
    middle = np.median(known, axis=0)
    if axes.extent is None:
        return Order(promised, False, _box(known, promised))
    straight = _within(axes.extent, middle[None, :])[0]
    swapped = _within(axes.extent, middle[None, ::-1])[0]
    if not straight and not swapped:
        return Order(None, False, _box(known, promised))
    order = promised if straight and swapped else "straight" if straight else "swapped"
    turned = known[:, ::-1] if order == "swapped" else known
    outside = not _within(axes.extent, turned).all()
    return Order(order, bool(straight != swapped), _box(known, order), bool(outside))


def _within(extent: Box, points: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    west, south, east, north = extent
    degrees = max(map(abs, extent)) <= 360
    room = _MARGIN * max(east - west, north - south) + (0.002 if degrees else 200.0)
    x, y = points[:, 0], points[:, 1]
    return (x >= west - room) & (x <= east + room) & (y >= south - room) & (y <= north + room)


def _box(known: npt.NDArray[np.float64], order: str) -> list[float]:
    turned = known[:, ::-1] if order == "swapped" else known
    low, high = turned.min(axis=0), turned.max(axis=0)
    return [float(value) for value in (*low, *high)]
