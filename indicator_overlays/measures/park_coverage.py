"""公园绿化活动场地服务半径覆盖率: residential land within reach of a park."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing
from indicator_overlays.overlap import Shapes
from indicator_overlays.served import reach_of, residential_coverage

LARGE_PARK = 5000.0
"""m2 from which a park serves the larger radius."""

LARGE_RADIUS, SMALL_RADIUS = 500.0, 300.0
"""m, by size class (2022 list, no. 9)."""


class ParkCoverage:
    """Residential land inside the service radius of parks / residential land x 100."""

    code = "park_coverage"
    land = "residential"
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
        reach = city.remember("reach park", lambda: self.reach(city))
        if reach is None:
            return nothing(len(city.units(level)), "object:park")
        return residential_coverage(city, level, reach, "object:park")

    def reach(self, city: CityShapes) -> Shapes | None:
        """Everything within a park's radius; None without parks."""
        parks = city.objects("park")
        return service_area(parks, city.object_area("park")) if len(parks) else None


def service_area(parks: Shapes, area: npt.NDArray[np.float64]) -> Shapes:
    """Everything within a park's radius, as polygons that do not overlap."""
    return reach_of(parks, np.where(area >= LARGE_PARK, LARGE_RADIUS, SMALL_RADIUS))
