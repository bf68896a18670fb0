"""Land that is served: residential or built-up land inside the reach of facilities, exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from indicator_overlays.city_shapes import CityShapes, Floats
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.overlap import Shapes, area_inside, clipped, merged, usable

ARC = 32
"""Segments of a quarter circle: the area of a disc is 0.04 % short."""

Served = tuple[Floats, Floats, str]


def reach_of(shapes: Shapes, radius: Floats | float) -> Shapes:
    """Everything within a radius (m) of shapes, as polygons that do not overlap."""
    if len(shapes) == 0:
        return shapes
    return merged(shapely.buffer(shapes, radius, quad_segs=ARC))


def residential_coverage(city: CityShapes, level: str, reach: Shapes, lacking: str) -> Figures:
    """Residential land inside `reach` / residential land x 100, for every unit of a level.

    Without residential land (area:residential_land) compounds stand in for it, then residential
    buildings, then the unit's whole area; the note says which. `lacking`: what is missing when
    there is no reach at all.
    """
    if len(reach) == 0:
        return nothing(len(city.units(level)), lacking)
    covered, total, note = _homes_land(city, level, reach)
    applies_not = (total == 0) & (city.area(level) > 0)
    found = Figures(
        ratio(covered, total, 100.0), covered, total, note=note, not_applicable=applies_not
    )
    return only_where(found, city.surveyed(level))


def built_up_coverage(city: CityShapes, level: str, reach: Shapes, lacking: str) -> Figures:
    """Built-up land inside `reach` / built-up land x 100; the whole unit where none is mapped."""
    if len(reach) == 0:
        return nothing(len(city.units(level)), lacking)
    units, land = city.shapes(level), city.areas("built_up")
    if len(land) == 0:
        covered, total = area_inside(units, reach), city.area(level)
        found = Figures(ratio(covered, total, 100.0), covered, total, note="of the unit's area")
        return only_where(found, city.surveyed(level))
    land = merged(land)
    covered, total = area_inside(units, within(reach, land)), area_inside(units, land)
    applies_not = (total == 0) & (city.area(level) > 0)
    return Figures(
        ratio(covered, total, 100.0), covered, total, note="of built-up land",
        not_applicable=applies_not,
    )  # fmt: skip


def within(shapes: Shapes, land: Shapes) -> Shapes:
    """The polygons of `land` that lie inside `shapes`; both without overlaps of their own."""
    _, inside = clipped(shapes, land)
    parts = shapely.get_parts(inside)
    found: Shapes = parts[shapely.get_dimensions(parts) == 2]
    return found


def _homes_land(city: CityShapes, level: str, reach: Shapes) -> Served:
    units = city.shapes(level)
    land, note = city.areas("residential_land"), "of residential land"
    if len(land) == 0:
        land, note = usable(city.shapes("compound")), "of residential compounds"
    if len(land):
        land = merged(land)
        return area_inside(units, within(reach, land)), area_inside(units, land), note
    homes = city.units("building").words("use") == "residential"
    if homes.any():
        return _homes(city, level, reach, np.asarray(homes, bool))
    return area_inside(units, reach), city.area(level), "of the unit's area"


def _homes(city: CityShapes, level: str, reach: Shapes, homes: npt.NDArray[np.bool_]) -> Served:
    shapes = city.shapes("building")
    area = np.where(homes, shapely.area(shapes), 0.0)
    points = shapely.centroid(shapes)
    _, hit = shapely.STRtree(points).query(reach, predicate="intersects")
    served = np.zeros(len(shapes), bool)
    served[hit] = True
    covered = city.per_unit(level, np.where(served, area, 0.0))
    return covered, city.per_unit(level, area), "of residential buildings' footprints"
