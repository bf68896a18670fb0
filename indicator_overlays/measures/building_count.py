"""建筑数量: number of buildings."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, only_where


class BuildingCount:
    """Number of buildings in the unit."""

    code = "building_count"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block", "compound", "plot")
    inputs = ("building:geometry",)
    method = text("归属该单元的楼栋数", "number of buildings that lie in the unit")
    limits = text(
        "一栋楼只归属每个层级的一个单元", "a building lies in one unit of each level only"
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Count the buildings of every unit."""
        size = len(city.units("building"))
        if size == 0:
            return nothing(len(city.units(level)), "building:geometry")
        number = city.per_unit(level, city.summed("buildings", lambda: np.ones(size)))
        found = Figures(number, number, np.full(len(number), np.nan))
        return only_where(found, city.surveyed(level))
