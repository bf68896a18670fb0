"""专用自行车道密度: length of dedicated bicycle lanes per built-up area."""

from __future__ import annotations

import numpy as np
import shapely

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.overlap import length_inside
from indicator_overlays.roads import road_length
from indicator_overlays.served import built_up

SLIVER = 0.01
"""Share of a unit up to which its built-up land is a cut edge and gives no density."""


class BikeLaneDensity:
    """km of roads with a dedicated bicycle lane (and of lines of kind bike_lane) / km2."""

    code = "bike_lane_density"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block")
    inputs = ("object:road bike_lane", "object:bike_lane", "area:built_up")
    method = text(
        "标明有自行车道的道路中心线与自行车道线，精确裁剪到单元"
        " ÷ 单元内建成区面积（无建成区时为单元面积）",
        "centre lines of roads that say they have a bicycle lane and of bicycle lanes, clipped"
        " exactly to the unit / its built-up area (its whole area where none is mapped)",
    )
    limits = text(
        "道路未说明有无自行车道的视为未知：超过一成里程未知时不计算；两侧车道按中心线计一次",
        "not computed where more than a tenth of the roads' length does not say whether it has a"
        " lane; lanes on both sides count once, along the centre line",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Clip the lanes to every unit."""
        roads, lanes = city.objects("road"), city.objects("bike_lane")
        flag = city.told("object", "road").flags("bike_lane", "cycleway")
        length = shapely.length(roads)
        told = np.isfinite(flag)
        if not len(lanes) and length[told].sum() < 0.9 * max(length.sum(), 1e-9):
            return nothing(len(city.units(level)), "object:road bike_lane")
        lines = shapely.get_parts(lanes[shapely.get_dimensions(lanes) == 1])
        found = length_inside(city.shapes(level), lines) / 1000.0
        if len(roads):
            found += road_length(city, level, (flag == 1) & (shapely.get_dimensions(roads) == 1))
        land, built = built_up(city, level)
        area = built if len(land) else city.area(level)
        value = ratio(found, area / 1e6)
        empty = (area <= SLIVER * city.area(level)) & (city.area(level) > 0)
        figures = Figures(
            value, np.where(area > 0, found, np.nan), area / 1e6, not_applicable=empty
        )
        layer = roads if len(roads) else None
        return only_where(figures, city.surveyed(level, layer))
