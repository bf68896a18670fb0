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

ROUNDING = 1e-9
"""Share of a unit's land within which it is served as a whole: a cut edge is no blind area."""

Served = tuple[Floats, Floats, str]


def reach_of(shapes: Shapes, radius: Floats | float, arc: int = ARC) -> Shapes:
    """Everything within a radius (m) of shapes, as polygons that do not overlap."""
    if len(shapes) == 0:
        return shapes
    return merged(shapely.buffer(shapes, radius, quad_segs=arc))


def residential_coverage(city: CityShapes, level: str, reach: Shapes, lacking: str) -> Figures:
    """Residential land inside `reach` / residential land x 100, for every unit of a level.

    Without residential land (area:residential_land) compounds stand in for it, then residential
    buildings, then the unit's whole area; the note says which. `lacking`: what is missing when
    there is no reach at all.
    """
    if len(reach) == 0:
        return nothing(len(city.units(level)), lacking)
    covered, total, note = _homes_land(city, level, reach, lacking)
    applies_not = (total == 0) & (city.area(level) > 0)
    found = Figures(
        ratio(covered, total, 100.0), covered, total, note=note, not_applicable=applies_not
    )
    return only_where(found, city.surveyed(level))


def built_up_coverage(city: CityShapes, level: str, reach: Shapes, lacking: str) -> Figures:
    """Built-up land inside `reach` / built-up land x 100; the whole unit where none is mapped."""
    if len(reach) == 0:
        return nothing(len(city.units(level)), lacking)
    units = city.shapes(level)
    land, total = built_up(city, level)
    if len(land) == 0:
        covered, total = area_inside(units, reach), city.area(level)
        found = Figures(ratio(covered, total, 100.0), covered, total, note="of the unit's area")
        return only_where(found, city.surveyed(level))
    served = city.remember(f"built_up served {lacking}", lambda: within(reach, land))
    covered = _whole(area_inside(units, served), total)
    applies_not = (total == 0) & (city.area(level) > 0)
    return Figures(
        ratio(covered, total, 100.0), covered, total, note="of built-up land",
        not_applicable=applies_not,
    )  # fmt: skip


def built_up(city: CityShapes, level: str) -> tuple[Shapes, Floats]:
    """Built-up land without overlaps, and the m2 of it in every unit; none where none is mapped."""
    land: Shapes = city.remember("built_up", lambda: merged(city.areas("built_up")))
    area: Floats = city.remember(
        f"built_up in {level}", lambda: area_inside(city.shapes(level), land)
    )
    return land, area


def _whole(covered: Floats, total: Floats) -> Floats:
    """Covered land, all of it where no more than the rounding of a cut is lacking."""
    return np.where(covered >= total * (1.0 - ROUNDING), total, covered)


def within(shapes: Shapes, land: Shapes) -> Shapes:
    """The polygons of `land` that lie inside `shapes`; both without overlaps of their own."""
    _, inside = clipped(shapes, land)
    parts = shapely.get_parts(inside)
    found: Shapes = parts[shapely.get_dimensions(parts) == 2]
    return found


def _homes_land(city: CityShapes, level: str, reach: Shapes, lacking: str) -> Served:
    units = city.shapes(level)
    land, note = city.remember("homes' land", lambda: _land(city))
    if len(land):
        total = city.remember(f"homes' land in {level}", lambda: area_inside(units, land))
        served = city.remember(f"homes served {lacking}", lambda: within(reach, land))
        return _whole(area_inside(units, served), total), total, note
    homes = city.units("building").words("use") == "residential"
    if homes.any():
        return _homes(city, level, reach, np.asarray(homes, bool))
    return area_inside(units, reach), city.area(level), "of the unit's area"


def _land(city: CityShapes) -> tuple[Shapes, str]:
    land, note = city.areas("residential_land"), "of residential land"
    if len(land) == 0:
        land, note = usable(city.shapes("compound")), "of residential compounds"
    return merged(land), note


def _homes(city: CityShapes, level: str, reach: Shapes, homes: npt.NDArray[np.bool_]) -> Served:
    shapes = city.shapes("building")
    area = np.where(homes, shapely.area(shapes), 0.0)
    points = shapely.centroid(shapes)
    _, hit = shapely.STRtree(points).query(reach, predicate="intersects")
    served = np.zeros(len(shapes), bool)
    served[hit] = True
    covered = city.per_unit(level, np.where(served, area, 0.0))
    return covered, city.per_unit(level, area), "of residential buildings' footprints"
