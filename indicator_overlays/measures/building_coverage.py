"""建筑密度: area of the union of footprints per area."""

from __future__ import annotations

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.overlap import area_inside


class BuildingCoverage:
    """Area of the union of building footprints / area of the unit x 100."""

    code = "building_coverage"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block", "compound", "plot")
    inputs = ("building:geometry",)
    method = text(
        "建筑基底并集裁剪到单元的面积 ÷ 单元面积 × 100",
        "area of the union of building footprints clipped to the unit / area of the unit x 100",
    )
    limits = text(
        "基底取模型中的平面投影；地下建筑无法识别",
        "footprints are the model's outlines seen from above; underground buildings are not told",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Clip all footprints to every unit."""
        footprints = city.footprints
        if len(footprints) == 0:
            return nothing(len(city.units(level)), "building:geometry")
        covered, total = area_inside(city.shapes(level), footprints), city.area(level)
        found = Figures(ratio(covered, total, 100.0), covered, total)
        return only_where(found, city.surveyed(level))
