"""Polygons that cross themselves, made valid; what was touched is reported, never hidden."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cim_bridge.geometry.faces import Bools
from cim_bridge.geometry.footprint import Shapes, polygonal


def repair(shapes: Shapes) -> tuple[Shapes, Bools]:
    """Return valid shapes and which of them had to be mended.

    Areas stay areas: slivers of lines that mending leaves over are dropped.
    """
    mended: Any = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if not mended.any():
        return shapes, mended
    found = shapes.copy()
    areal = np.isin(shapely.get_type_id(shapes), (3, 6))
    fixed = shapely.make_valid(shapes[mended])
    found[mended] = fixed
    both = mended & areal
    found[both] = polygonal(found[both])
    return found, mended


def usable(shapes: Shapes, *, areal: bool) -> Bools:
    """Shapes that can be a unit: present, not empty, and with an area where one is needed."""
    there: Any = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    found: Bools = there & (shapely.area(shapes) > 0) if areal else there
    return found


def is_areal(shapes: Shapes) -> Bools:
    """Which shapes are polygons."""
    found: Bools = np.asarray(np.isin(shapely.get_type_id(shapes), (3, 6)))
    return found
