"""平均建筑高度: mean height of buildings."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, only_where, ratio


class MeanHeight:
    """Σ height / number of buildings with a height, m."""

    code = "mean_height"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block", "compound", "plot")
    inputs = ("building:height",)
    method = text("有高度的楼栋高度之和 ÷ 楼栋数", "sum of heights / number of buildings with one")
    limits = text(
        "每栋权重相同，不按面积加权；缺高度的楼栋不计",
        "every building weighs the same whatever its size; those without a height are left out",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Average over the buildings of every unit."""
        height = city.units("building").numbers("height")
        known = np.isfinite(height)
        heights = city.summed("heights", lambda: np.where(known, height, 0.0))
        total = city.per_unit(level, heights)
        number = city.per_unit(level, city.summed("with height", lambda: known.astype(float)))
        everything = city.per_unit(level, city.summed("buildings", lambda: np.ones(len(height))))
        value = ratio(total, number)
        left = int(everything.sum() - number.sum())
        note = f"{left} buildings without a height" if left else ""
        missing = "building:height"
        found = Figures(value, total, number, missing, note, not_applicable=everything == 0)
        return only_where(found, city.surveyed(level))
