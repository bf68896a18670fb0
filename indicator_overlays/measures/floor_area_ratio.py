"""容积率: floor area above ground per area."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.floors import floors
from indicator_overlays.measure import Figures, nothing, only_where, ratio

KNOWN_SHARE = 0.9
"""Share of the footprint whose floors must be known, else the ratio would be too low unseen."""


class FloorAreaRatio:
    """Σ footprint x storeys / area of the unit, m2/m2."""

    code = "floor_area_ratio"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block", "compound", "plot")
    inputs = ("building:storeys", "building:height")
    method = text(
        "各楼栋基底面积 × 层数之和 ÷ 单元面积；缺层数时以高度 ÷ 3 米取整估算",
        "sum of footprint x storeys / area of the unit; storeys are height / 3 m where unknown",
    )
    limits = text(
        "整栋计入其所属单元；层数和高度都缺的基底超过一成时不计算",
        "whole buildings count for the unit they lie in; not computed where more than a tenth of"
        " the footprint has neither storeys nor height",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Sum floor areas over the buildings of every unit."""
        units = city.units("building")
        if len(units) == 0:
            return nothing(len(city.units(level)), "building:geometry")
        footprint = city.area("building")
        storeys, storey = units.numbers("storeys"), floors(units)
        known = np.isfinite(storey)
        floor_areas = city.summed("floor areas", lambda: np.where(known, footprint * storey, 0.0))
        told = city.summed("footprints with floors", lambda: np.where(known, footprint, 0.0))
        floor_area, seen = city.per_unit(level, floor_areas), city.per_unit(level, told)
        all_ = city.per_unit(level, city.summed("footprints", lambda: footprint))
        total = city.area(level)
        value = np.where(seen >= KNOWN_SHARE * all_, ratio(floor_area, total), np.nan)
        numerator = np.where(np.isfinite(value), floor_area, np.nan)
        guessed = int(np.sum(~np.isfinite(storeys) & known))
        note = f"storeys of {guessed} buildings estimated from height" if guessed else ""
        found = Figures(value, numerator, total, "building:storeys, height", note)
        return only_where(found, city.surveyed(level))
