"""城市信息模型基础平台建设三维数据覆盖率: built-up land that this very model shows in 3D."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing
from indicator_overlays.served import built_up_coverage, reach_of

NEAR = 50.0
"""m around a modelled building within which land counts as shown in 3D."""

CORNER = 4
"""Segments of a quarter circle round a corner: 50 m2 short of its 1,963 m2, and quick."""


class Cim3dCoverage:
    """Built-up land within 50 m of a building with a height in the model / built-up land x 100."""

    code = "cim_3d_coverage"
    version = "1"
    levels = ("city", "district", "subdistrict", "block")
    inputs = ("building:height", "area:built_up")
    method = text(
        "模型中有高度的楼栋周围 50 米以内的建成区面积 ÷ 建成区面积 × 100",
        "built-up land within 50 m of a building that has a height in the model / built-up x 100",
    )
    limits = text(
        "只说明有无三维数据，不评价其精细程度；大片无楼栋的广场与绿地视为未覆盖",
        "says whether there are 3D data, not how fine; wide squares and greens count as not shown",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Widen the modelled buildings and clip to built-up land."""
        units = city.units("building")
        if len(units) == 0:
            return nothing(len(city.units(level)), "building:height")
        shapes = city.shapes("building")
        modelled = (units.numbers("height") > 0) & ~units.removed
        modelled &= np.asarray(city.area("building") > 0)
        if not modelled.any():
            return nothing(len(city.units(level)), "building:height")
        reach = city.remember("reach cim_3d", lambda: reach_of(shapes[modelled], NEAR, CORNER))
        return built_up_coverage(city, level, reach, "building:height")
