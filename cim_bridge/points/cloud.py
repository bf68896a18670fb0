"""A point cloud before it is tiled: where the file is, and where its points lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Bounds = tuple[float, float, float, float, float, float]
"""West, south, low, east, north, high."""


@dataclass(frozen=True)
class Cloud:
    """One file of points in `crs` (None: the file does not say), `count` of them."""

    path: Path
    crs: str | None
    bounds: Bounds
    count: int
