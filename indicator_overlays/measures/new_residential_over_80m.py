"""新建住宅建筑高度超过80米的数量: new housing above 80 m."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes, Floats
from indicator_overlays.measure import Figures, only_where

Bools = npt.NDArray[np.bool_]

LIMIT = 80.0
"""m; a building of exactly 80 m is not above it."""


class NewResidentialOver80m:
    """Residential buildings completed in the period and higher than 80 m (2022 list, no. 4)."""

    code = "new_residential_over_80m"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block", "building")
    inputs = ("building:use", "building:height", "building:year_built")
    method = text(
        "用途为住宅、建成年份在本期内且高度大于 80 米的楼栋；上级单元为其数量",
        "buildings of residential use, completed within the period and higher than 80 m; units"
        " above hold their number",
    )
    limits = text(
        "缺高度或建成年份且无法据另一项排除的楼栋记为无法计算，不计入数量",
        "a building whose height or year is unknown and cannot be ruled out by the other is not"
        " computable and not counted",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Flag every building, or count the flags of each unit."""
        flag, applies = self._flags(city)
        if level != "building":
            return self._counts(city, level, flag, applies)
        value = np.where(applies, flag, np.nan)
        one = np.where(np.isfinite(value), 1.0, np.nan)
        missing = "building:use, height, year_built"
        return Figures(value, value, one, missing, not_applicable=~applies)

    def _flags(self, city: CityShapes) -> tuple[Floats, Bools]:
        """1 yes, 0 no, NaN cannot be told; and where it applies (residential or use unknown)."""
        units = city.units("building")
        height, built = units.numbers("height"), units.numbers("year_built")
        use = units.words("use")
        start, end = city.period.start.year, city.period.end.year
        other_year = np.isfinite(built) & ((built < start) | (built > end))
        surely_not = other_year | (np.isfinite(height) & (height <= LIMIT))
        home = np.asarray(use == "residential", bool)
        told = np.isfinite(height) & np.isfinite(built) & home
        flag = np.where(surely_not, 0.0, np.where(told, 1.0, np.nan))
        return flag, home | np.asarray(use == "", bool)

    def _counts(self, city: CityShapes, level: str, flag: Floats, applies: Bools) -> Figures:
        known = np.isfinite(flag) & applies
        found = city.per_unit(level, np.where(known, flag, 0.0))
        seen = city.per_unit(level, known.astype(float))
        untold = city.per_unit(level, (applies & ~known).astype(float))
        value = np.where((seen == 0) & (untold > 0), np.nan, found)
        note = ""
        if untold.any():
            note = f"{int(untold.sum())} buildings lack height, year or use and are not counted"
        missing = "building:use, height, year_built"
        counts = Figures(value, value, np.full(len(value), np.nan), missing, note)
        return only_where(counts, city.surveyed(level))
