"""新建建筑中绿色建筑占比: floor area of new buildings built to the green-building standard."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.floors import floors
from indicator_overlays.measure import Figures, nothing, ratio

_NAMES = ("green_building", "green_star", "green_standard", "绿色建筑")


class GreenBuildingShare:
    """Floor area of new green buildings / floor area of all new buildings x 100."""

    code = "green_building_share"
    version = "1"
    levels = ("city", "district", "subdistrict", "block", "building")
    inputs = ("building:green_building", "building:year_built", "building:storeys")
    method = text(
        "本期建成且达到绿色建筑标准的建筑面积 ÷ 本期建成的建筑面积 × 100",
        "floor area of buildings completed in the period to the green standard / floor area of all"
        " completed in the period x 100",
    )
    limits = text(
        "建筑面积为基底 × 层数（缺层数时以高度 ÷ 3 米估算）；"
        "未说明是否绿色的新建筑使所在单元无法计算",
        "floor area is footprint x storeys (height / 3 m without them); a unit with a new building"
        " that does not say is not computable",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Sum floor areas of new buildings for every unit."""
        units = city.units("building")
        size = len(city.units(level))
        if len(units) == 0:
            return nothing(size, "building")
        green = self._green(city)
        built = units.numbers("year_built")
        new = (built >= city.period.start.year) & (built <= city.period.end.year) & ~units.removed
        area = city.area("building") * floors(units)
        told = np.isfinite(green) & np.isfinite(area)
        if level == "building":
            value = np.where(new & told, green * 100.0, np.nan)
            counted = np.where(new & told, area, np.nan)
            return Figures(value, green * counted, counted, self.inputs[0], not_applicable=~new)
        yes = city.per_unit(level, np.where(new & told, green * area, 0.0))
        all_ = city.per_unit(level, np.where(new & told, area, 0.0))
        blind = city.per_unit(level, (new & ~told).astype(float)) > 0
        none = city.per_unit(level, new.astype(float)) == 0
        value = np.where(blind, np.nan, ratio(yes, all_, 100.0))
        return Figures(value, np.where(blind, np.nan, yes), np.where(blind, np.nan, all_),
                       self.inputs[0], not_applicable=none)  # fmt: skip

    def _green(self, city: CityShapes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """1 green, 0 not, NaN unknown; stars count from one."""
        told = city.told("building")
        stars = told.numbers(*_NAMES)
        return np.where(np.isfinite(stars), (stars >= 1).astype(float), told.flags(*_NAMES))
