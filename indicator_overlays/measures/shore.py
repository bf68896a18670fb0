"""Coast: natural shoreline retained, and new buildings inside the setback."""

from __future__ import annotations

import numpy as np
import shapely

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, ratio
from indicator_overlays.overlap import merged
from indicator_overlays.tally import tally

ALONGSIDE = 60.0
"""m: a unit whose edge runs along the shore within this distance has that shore."""


class NaturalShorelineRate:
    """Length of natural shoreline / length of shoreline that says what it is x 100."""

    code = "natural_shoreline_rate"
    version = "1"
    levels = ("city", "district")
    inputs = ("object:coast natural",)
    method = text(
        "自然岸线长度 ÷ 岸线长度 × 100；岸线归其最近的区",
        "length of natural shoreline / length of shoreline x 100; a section belongs to the nearest"
        " district",
    )
    limits = text(
        "每段岸线整段归最近的单元；未说明类型的岸线不计入",
        "each section counts whole for its nearest unit; sections that do not say are left out",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Give each section to its nearest unit and sum lengths."""
        size = len(city.units(level))
        lines = city.objects("coast")
        natural = city.told("object", "coast").flags("natural", "自然岸线")
        told = np.isfinite(natural)
        if not told.any():
            return nothing(size, "object:coast natural")
        units = city.shapes(level)
        here = np.flatnonzero(~shapely.is_empty(units))
        middle = shapely.line_interpolate_point(lines[told], 0.5, normalized=True)
        rows = here[shapely.STRtree(units[here]).query_nearest(middle, all_matches=False)[1]]
        length = shapely.length(lines[told]) / 1000.0
        total = tally(rows, size, length)
        wild = tally(rows, size, length * natural[told])
        untold = int(np.sum(~told))
        note = f"{untold} sections do not say" if untold else ""
        return Figures(ratio(wild, total, 100.0), wild, total, note=note, not_applicable=total == 0)


class CoastalSetbackViolation:
    """Buildings completed in the period whose footprint reaches into the coastal setback."""

    code = "coastal_setback_violation"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block", "building")
    inputs = ("area:setback", "building:year_built")
    method = text(
        "本期建成且基底伸入海岸退缩线内的楼栋数",
        "buildings completed in the period with part of their footprint inside the setback",
    )
    limits = text(
        "退缩线内建成年份不明的楼栋不计入，其数量见备注",
        "buildings inside without a year are not counted, the note says how many",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Flag buildings, or count them for every unit."""
        size = len(city.units(level))
        strip = city.areas("setback")
        units = city.units("building")
        if len(strip) == 0 or len(units) == 0:
            return nothing(size, "area:setback" if len(strip) == 0 else "building")
        inside = np.zeros(len(units), bool)
        hit = shapely.STRtree(city.shapes("building")).query(merged(strip), predicate="intersects")
        inside[hit[1]] = True
        inside &= ~units.removed
        built = units.numbers("year_built")
        new = (built >= city.period.start.year) & (built <= city.period.end.year)
        untold = inside & ~np.isfinite(built)
        note = f"{int(untold.sum())} inside without a year are not counted" if untold.any() else ""
        flag = np.where(untold, np.nan, (inside & new).astype(float))
        if level == "building":
            value = np.where(inside, flag, np.nan)
            return Figures(value, value, np.full(size, np.nan), self.inputs[1], note, ~inside)
        count = city.per_unit(level, np.nan_to_num(flag))
        return Figures(count, count, np.full(size, np.nan), self.inputs[1], note)
