"""Coverage by straight service radius: greenways, middle schools, hospitals, fire stations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cim_bridge.texts import Text, text
from indicator_overlays.city_shapes import CityShapes, Floats
from indicator_overlays.measure import Figures, nothing
from indicator_overlays.overlap import Shapes
from indicator_overlays.served import built_up_coverage, reach_of, residential_coverage
from indicator_overlays.told import Told

LEVELS = ("city", "district", "subdistrict", "community", "block")

STANDARD_STATION, SMALL_STATION = 7.0e6, 4.0e6
"""m2 a standard fire station, a small one answers for (city fire station standard, 建标 152)."""

_STRAIGHT = text(
    "直线距离，不计入口、障碍和道路", "straight-line distance: no gates, barriers, roads"
)


@dataclass(frozen=True)
class ServiceRadius:
    """Land inside the service radius of facilities of one kind / land x 100.

    radius: m for every facility that counts, NaN for one that does not; from its own attributes.
    land: residential or built_up.
    """

    code: str
    kind: str
    land: str
    radius: Callable[[Told], Floats]
    method: Text
    limits: Text = field(default_factory=lambda: _STRAIGHT)
    version: str = "1"
    levels: tuple[str, ...] = LEVELS

    @property
    def inputs(self) -> tuple[str, ...]:
        """The facilities and the land they serve."""
        land = "area:built_up" if self.land == "built_up" else "area:residential_land"
        return (f"object:{self.kind}", land)

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Serve the land from every facility at once."""
        reach = city.remember(f"reach {self.code}", lambda: self.reach(city))
        if reach is None:
            few = " that qualifies" if len(city.objects(self.kind)) else ""
            return nothing(len(city.units(level)), f"object:{self.kind}{few}")
        cover = built_up_coverage if self.land == "built_up" else residential_coverage
        return cover(city, level, reach, f"object:{self.kind}")

    def reach(self, city: CityShapes) -> Shapes | None:
        """Everything within the radius of a facility that counts; None when none does."""
        radius = self.radius(city.told("object", self.kind))
        counts = np.isfinite(radius)
        return reach_of(city.objects(self.kind)[counts], radius[counts]) if counts.any() else None


def _fixed(radius: float) -> Callable[[Told], Floats]:
    return lambda told: np.full(len(told), radius)


def _middle_school(told: Told) -> Floats:
    """1,000 m for middle schools; a school that says it is another kind does not count."""
    kind = told.words("detail", "kind", "school_type")
    return np.where(np.isin(kind, ["middle_school", "junior_high", "初中", "中学"]), 1000.0, np.nan)


def _hospital(told: Told) -> Floats:
    """4 km for grade II and above; an unknown grade does not count."""
    return np.where(told.numbers("grade", "level", "等级") >= 2, 4000.0, np.nan)


def _fire_station(told: Told) -> Floats:
    """Radius of the disc whose area is the station's responsibility area."""
    small = np.isin(told.words("station_type", "type"), ["small", "小型", "小型普通消防站"])
    return np.sqrt(np.where(small, SMALL_STATION, STANDARD_STATION) / math.pi)


GREENWAY = ServiceRadius(
    "greenway_coverage", "greenway", "residential", _fixed(1000.0),
    text("距绿道 1 公里以内的居住用地面积 ÷ 居住用地面积 × 100",
         "residential land within 1 km of a greenway / residential land x 100"),
)  # fmt: skip
MIDDLE_SCHOOL = ServiceRadius(
    "middle_school_coverage", "school", "residential", _middle_school,
    text("距中学 1000 米以内的居住用地面积 ÷ 居住用地面积 × 100",
         "residential land within 1,000 m of a middle school / residential land x 100"),
)  # fmt: skip
HOSPITAL = ServiceRadius(
    "hospital_coverage", "hospital", "built_up", _hospital,
    text("距二级及以上医院 4 公里以内的建成区面积 ÷ 建成区面积 × 100",
         "built-up land within 4 km of a hospital of grade II or above / built-up land x 100"),
    text("直线距离；等级不明的医院不计入",
         "straight-line distance; a hospital of unknown grade is left out"),
)  # fmt: skip
FIRE_STATION = ServiceRadius(
    "fire_station_coverage", "fire_station", "built_up", _fire_station,
    text("标准站责任区 7 平方公里、小型站 4 平方公里折算为等面积圆；"
         "圆内建成区面积 ÷ 建成区面积 × 100",
         "a standard station answers for 7 km2, a small one for 4 km2, each as a disc of that area;"
         " built-up land inside / built-up land x 100"),
    text("以等面积圆代替责任区边界或 5 分钟行车范围",
         "a disc stands for the responsibility area or the five-minute drive"),
)  # fmt: skip
