"""Shares of the roads' length with a facility: barrier-free pavements, utility tunnels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from cim_bridge.texts import Text, text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.roads import road_length

_LIMITS = text(
    "未说明的道路不计入分母；其里程写在备注中",
    "roads that do not say are left out of both; the note gives their share",
)


@dataclass(frozen=True)
class RoadShare:
    """Length of roads whose flag is yes / length of roads whose flag is known x 100."""

    code: str
    flags: tuple[str, ...]
    method: Text
    limits: Text = field(default_factory=lambda: _LIMITS)
    version: str = "1"
    levels: tuple[str, ...] = ("city", "district", "subdistrict", "community", "block")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Roads that say whether they have it."""
        return (f"object:road {self.flags[0]}",)

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Clip the roads to every unit."""
        roads = city.objects("road")
        flag = city.told("object", "road").flags(*self.flags)
        told = np.isfinite(flag) & (shapely.get_dimensions(roads) == 1)
        if not told.any():
            return nothing(len(city.units(level)), self.inputs[0])
        yes, all_ = road_length(city, level, told & (flag == 1)), road_length(city, level, told)
        untold = 1.0 - shapely.length(roads[told]).sum() / shapely.length(roads).sum()
        note = f"{untold:.1%} of the roads' length does not say" if untold > 0 else ""
        found = Figures(ratio(yes, all_, 100.0), yes, all_, note=note, not_applicable=all_ == 0)
        return only_where(found, city.surveyed(level, roads))


BARRIER_FREE = RoadShare(
    "barrier_free_rate", ("barrier_free",),
    text("设有无障碍设施的道路里程 ÷ 道路里程 × 100",
         "length of roads with barrier-free facilities / length of roads x 100"),
)  # fmt: skip
UTILITY_TUNNEL = RoadShare(
    "utility_tunnel_share", ("utility_tunnel",),
    text("设有地下综合管廊的道路里程 ÷ 道路里程 × 100",
         "length of roads with a utility tunnel / length of roads x 100"),
)  # fmt: skip
