"""新建住宅建筑密度超过30%的比例: new housing whose plots are built over by more than 30 %."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes, Floats
from indicator_overlays.measure import Figures, nothing, ratio
from indicator_overlays.tally import tally

DENSE = 30.0
"""% of a plot under buildings; exactly that is not above it (2022 list, no. 25)."""


class DenseNewHousingShare:
    """New residential plots (compounds where no plots are mapped) denser than 30 % / all new ones.

    A plot is new when at least half of its residential buildings (by footprint) were completed
    within the period.
    """

    code = "dense_new_housing_share"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block", "plot", "compound")
    inputs = ("plot", "building:year_built", "building:use")
    method = text(
        "本期建成的住宅地块（无地块时为小区）中建筑密度超过 30% 的个数"
        " ÷ 本期建成的住宅地块个数 × 100",
        "new residential plots (compounds where no plots are mapped) with more than 30 % of their"
        " area under buildings / new residential plots x 100",
    )
    limits = text(
        "住宅基底过半于本期建成即视为新建；建成年份不明的楼栋视为非新建并在备注说明",
        "new means at least half of the homes' footprint completed in the period; buildings without"
        " a year count as old, the note says how many",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Flag plots, then count them for every unit."""
        cell = next((name for name in ("plot", "compound") if name in city.levels), None)
        size = len(city.units(level))
        if cell is None or len(city.units("building")) == 0:
            return nothing(size, "plot or compound" if cell is None else "building")
        dense, new, note = self._flags(city, cell)
        if level == cell:
            value = np.where(new, dense * 100.0, np.nan)
            counted = np.where(new, 1.0, np.nan)
            return Figures(
                value, np.where(new, dense, np.nan), counted, note=note, not_applicable=~new
            )
        rows = city.table.parent_rows(cell, level)
        rows = np.where(new, rows, -1)
        total, found = tally(rows, size), tally(rows, size, dense)
        return Figures(
            ratio(found, total, 100.0), found, total, note=note, not_applicable=total == 0
        )

    def _flags(
        self, city: CityShapes, cell: str
    ) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]], str]:
        units = city.units("building")
        footprint, built = city.area("building"), units.numbers("year_built")
        home = units.words("use") == "residential"
        start, end = city.period.start.year, city.period.end.year
        now = home & (built >= start) & (built <= end)
        homes = city.per_unit(cell, np.where(home, footprint, 0.0))
        fresh = city.per_unit(cell, np.where(now, footprint, 0.0))
        coverage = ratio(city.per_unit(cell, footprint), city.area(cell), 100.0)
        new = (homes > 0) & (fresh >= homes / 2) & np.isfinite(coverage)
        untold = int(np.sum(home & ~np.isfinite(built)))
        note = f"by {cell}" + (f"; {untold} homes without a year" if untold else "")
        return (coverage > DENSE).astype(float), new, note
