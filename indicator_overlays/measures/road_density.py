"""城市道路网密度: length of road centre lines per area."""

from __future__ import annotations

import numpy as np
import shapely

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.roads import road_length


class RoadDensity:
    """km of road centre lines / km2 (2022 list no. 37, 2023 list no. 38)."""

    code = "road_density"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block")
    inputs = ("object:road",)
    method = text(
        "道路中心线精确裁剪到单元；位于单元边界上的道路各计一半 ÷ 单元面积，公里/平方公里",
        "road centre lines clipped exactly to the unit; a road on a unit's edge counts half for it"
        " / area of the unit, km/km2",
    )
    limits = text(
        "计入所有类别为 road 的线；街区之间空隙中的道路不属于任何街区；"
        "过半位于路网数据范围之外的单元不计算",
        "counts every line of kind road; a road in a gap between blocks belongs to no block;"
        " not computed where more than half of the unit lies outside the roads' extent",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Clip all lines to every unit."""
        roads = city.objects("road")
        lines = roads[shapely.get_dimensions(roads) == 1] if len(roads) else roads
        if len(lines) == 0:
            return nothing(len(city.units(level)), "object:road")
        length = road_length(city, level, shapely.get_dimensions(roads) == 1)
        area = city.area(level) / 1e6
        found = Figures(ratio(length, area), np.where(area > 0, length, np.nan), area)
        return only_where(found, city.surveyed(level, lines))
