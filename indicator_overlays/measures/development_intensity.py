"""区域开发强度: built-up area as a share of the whole area."""

from __future__ import annotations

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, ratio
from indicator_overlays.overlap import area_inside, merged


class DevelopmentIntensity:
    """Built-up area / total area x 100 (2022 list, no. 1)."""

    code = "development_intensity"
    version = "1"
    levels = ("city", "district", "subdistrict")
    inputs = ("area:built_up",)
    method = text(
        "建成区范围与单元求交的面积 ÷ 单元面积 × 100，模型坐标系内计算",
        "area of the built-up areas inside the unit / area of the unit x 100, in the model CRS",
    )
    limits = text(
        "只认类别为 built_up 的专题片区；水域未从单元面积中扣除",
        "sees only special areas of kind built_up; water is not taken off the unit's area",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Clip the merged built-up areas to every unit."""
        built_up = merged(city.areas("built_up"))
        if len(built_up) == 0:
            return nothing(len(city.units(level)), "area:built_up")
        inside = area_inside(city.shapes(level), built_up)
        total = city.area(level)
        return Figures(ratio(inside, total, 100.0), inside, total)
