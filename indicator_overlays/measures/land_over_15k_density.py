"""人口密度超过每平方公里1.5万人的城市建设用地规模: land more crowded than 15,000 persons/km2."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing
from indicator_overlays.people import residents
from indicator_overlays.tally import tally

CROWDED = 15000.0
"""persons/km2; exactly that many is not above it (2022 list, no. 3)."""

_CELLS = ("block", "community", "subdistrict")


class LandOver15kDensity:
    """km2 of the units (blocks, else communities) with more than 15,000 residents a km2."""

    code = "land_over_15k_density"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block")
    inputs = ("population", "block:geometry")
    method = text(
        "人口密度超过 1.5 万人/平方公里的街区（缺人口时依次为社区、街道）面积之和，平方公里",
        "sum of the areas of blocks (communities, subdistricts where blocks have no residents) with"
        " more than 15,000 residents a km2, km2",
    )
    limits = text(
        "以街区面积代替建设用地；人口不明的街区不计入，其数量见备注",
        "a block's area stands for its building land; blocks of unknown population are not counted,"
        " the note says how many",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Find crowded cells and sum their areas for every unit."""
        size = len(city.units(level))
        for cell in _CELLS:
            if cell in city.levels:
                people = residents(city, cell).persons
                if np.isfinite(people).any():
                    return self._sums(city, level, cell, people)
        return nothing(size, "population")

    def _sums(
        self,
        city: CityShapes,
        level: str,
        cell: str,
        people: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> Figures:
        size = len(city.units(level))
        area = city.area(cell) / 1e6
        rows = city.table.parent_rows(cell, level)
        known = np.isfinite(people) & (rows >= 0) & (area > 0)
        crowded = known & (people > CROWDED * area)
        total = tally(np.where(crowded, rows, -1), size, area)
        seen = tally(np.where(known, rows, -1), size)
        untold = int(np.sum((rows >= 0) & (area > 0) & ~np.isfinite(people)))
        note = f"by {cell}" + (f"; {untold} of unknown population not counted" if untold else "")
        value = np.where(seen > 0, total, np.nan)
        return Figures(value, value, np.full(size, np.nan), f"population of {cell}", note)
