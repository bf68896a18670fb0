"""Lengths of roads inside units: cut once a level, summed for every measure that asks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from indicator_overlays.city_shapes import CityShapes, Floats
from indicator_overlays.overlap import Pairs, lengths_inside

Cuts = tuple[Pairs, Floats]


def road_length(city: CityShapes, level: str, chosen: npt.NDArray[np.bool_]) -> Floats:
    """km of the chosen roads (as `city.objects("road")` orders them; lines only) in every unit."""
    (unit, road), metres = city.remember(f"roads in {level}", lambda: _cuts(city, level))
    kept = chosen[road]
    found = np.bincount(unit[kept], metres[kept], len(city.units(level)))
    return np.asarray(found / 1000.0, np.float64)


def _cuts(city: CityShapes, level: str) -> Cuts:
    parts, road = shapely.get_parts(city.objects("road"), return_index=True)
    lines = shapely.get_dimensions(parts) == 1
    (unit, line), metres = lengths_inside(city.shapes(level), parts[lines])
    return (unit, road[lines][line]), metres
