"""历史建筑空置率: listed historic buildings that stand empty for more than half a year."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, ratio
from indicator_overlays.tally import tally

LONG = 6.0
"""Months a building must stand empty to count as vacant."""


class HistoricBuildingVacancy:
    """Listed historic buildings vacant for more than 6 months / those whose use is known x 100."""

    code = "historic_building_vacancy"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block")
    inputs = ("object:heritage_building vacant",)
    method = text(
        "空置 6 个月以上的挂牌历史建筑 ÷ 挂牌历史建筑 × 100",
        "listed historic buildings vacant for more than 6 months / listed historic buildings x 100",
    )
    limits = text(
        "使用情况不明的历史建筑不计入，其数量见备注；未挂牌者不计",
        "buildings of unknown occupancy are left out, the note says how many; unlisted ones too",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Count vacant and known buildings of every unit."""
        size = len(city.units(level))
        told = city.told("object", "heritage_building")
        if len(told) == 0:
            return nothing(size, "object:heritage_building")
        vacant, months = told.flags("vacant", "空置"), told.numbers("vacant_months")
        vacant = np.where((vacant == 1) & (months < LONG), 0.0, vacant)
        listed = np.nan_to_num(told.flags("listed", "挂牌"), nan=1.0) == 1
        rows = city.object_parents("heritage_building", level)
        rows = np.where(listed & np.isfinite(vacant), rows, -1)
        total, empty = tally(rows, size), tally(rows, size, vacant)
        untold = int(np.sum(listed & ~np.isfinite(vacant)))
        note = f"{untold} of unknown occupancy left out" if untold else ""
        return Figures(ratio(empty, total, 100.0), empty, total, "occupancy", note, total == 0)
