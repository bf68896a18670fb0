"""公园绿化活动场地服务半径覆盖率: residential land within reach of a park."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.overlap import Shapes, area_inside, clipped, merged, usable

LARGE_PARK = 5000.0
"""m2 from which a park serves the larger radius."""

LARGE_RADIUS, SMALL_RADIUS = 500.0, 300.0
"""m, by size class (2022 list, no. 9)."""

_ARC = 32
"""Segments of a quarter circle: the area of a disc is 0.04 % short."""

_Served = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], str]


class ParkCoverage:
    """Residential land inside the service radius of parks / residential land x 100."""

    code = "park_coverage"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block")
    inputs = ("object:park", "area:residential_land")
    method = text(
        "5000 平方米及以上公园服务半径 500 米，较小者 300 米；"
        "居住用地落入半径内的面积 ÷ 居住用地面积 × 100",
        "parks of 5,000 m2 and more serve 500 m, smaller ones 300 m; residential land inside the"
        " radius / residential land x 100",
    )
    limits = text(
        "直线距离，不计入口和步行路径；无居住用地时依次改用小区、住宅楼栋、单元面积（见备注）",
        "straight-line distance, no gates or walking paths; without residential land it uses"
        " compounds, then residential buildings, then the unit's area (see the note)",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Serve residential land, or what stands in for it, from every park at once."""
        reach = service_area(city.objects("park"), city.object_area("park"))
        if len(reach) == 0:
            return nothing(len(city.units(level)), "object:park")
        covered, total, note = self._served(city, level, reach)
        applies_not = (total == 0) & (city.area(level) > 0)
        found = Figures(
            ratio(covered, total, 100.0), covered, total, note=note, not_applicable=applies_not
        )
        return only_where(found, city.surveyed(level))

    def _served(self, city: CityShapes, level: str, reach: Shapes) -> _Served:
        units = city.shapes(level)
        land, note = city.areas("residential_land"), "of residential land"
        if len(land) == 0:
            land, note = usable(city.shapes("compound")), "of residential compounds"
        if len(land):
            land = merged(land)
            _, inside = clipped(reach, land)
            inside = shapely.get_parts(inside)
            inside = inside[shapely.get_dimensions(inside) == 2]
            return area_inside(units, inside), area_inside(units, land), note
        homes = city.units("building").words("use") == "residential"
        if homes.any():
            return self._homes(city, level, reach, homes)
        return area_inside(units, reach), city.area(level), "of the unit's area"

    def _homes(
        self, city: CityShapes, level: str, reach: Shapes, homes: npt.NDArray[np.bool_]
    ) -> _Served:
        shapes = city.shapes("building")
        area = np.where(homes, shapely.area(shapes), 0.0)
        points = shapely.centroid(shapes)
        _, hit = shapely.STRtree(points).query(reach, predicate="intersects")
        served = np.zeros(len(shapes), bool)
        served[hit] = True
        covered = city.per_unit(level, np.where(served, area, 0.0))
        return covered, city.per_unit(level, area), "of residential buildings' footprints"


def service_area(parks: Shapes, area: npt.NDArray[np.float64]) -> Shapes:
    """Everything within a park's radius, as polygons that do not overlap."""
    if len(parks) == 0:
        return parks
    radius = np.where(area >= LARGE_PARK, LARGE_RADIUS, SMALL_RADIUS)
    return merged(shapely.buffer(parks, radius, quad_segs=_ARC))
