"""Communities that have a facility: convenience retail, elderly-service stations, childcare."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cim_bridge.texts import Text, text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, ratio
from indicator_overlays.tally import tally

_LIMITS = text(
    "按设施所在社区计，不计邻近社区的设施；有面积门槛时面积不明的设施不计入",
    "by the community a facility lies in, not its neighbours; where a size is asked for, one"
    " of unknown size does not count",
)


@dataclass(frozen=True)
class CommunitiesWith:
    """Communities with at least one facility of a kind and size / communities x 100.

    least: m2 of floor area a facility must have; one whose size is unknown counts only when no
    size is asked for.
    """

    code: str
    kind: str
    least: float
    method: Text
    limits: Text = field(default_factory=lambda: _LIMITS)
    version: str = "1"
    levels: tuple[str, ...] = ("city", "district", "subdistrict", "community")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The facilities, and their floor area where a size is asked for."""
        return (f"object:{self.kind}", "community")

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Count communities once each; at the level community it is 100 or 0."""
        size = len(city.units(level))
        communities = city.units("community")
        if len(communities) == 0 or len(city.objects(self.kind)) == 0:
            lacking = "community" if len(communities) == 0 else f"object:{self.kind}"
            return nothing(size, lacking)
        rows = city.object_parents(self.kind, "community")
        if self.least > 0:
            floor = city.told("object", self.kind).numbers("floor_area", "area")
            rows = rows[floor >= self.least]
        has = np.zeros(len(communities), bool)
        has[rows[rows >= 0]] = True
        above = city.table.parent_rows("community", level)
        above = np.where(communities.removed, -1, above)
        total, with_one = tally(above, size), tally(above, size, has.astype(float))
        applies_not = total == 0
        return Figures(ratio(with_one, total, 100.0), with_one, total, not_applicable=applies_not)


RETAIL = CommunitiesWith(
    "convenience_retail_coverage", "retail", 0.0,
    text("有便民商业服务设施的社区数 ÷ 社区总数 × 100",
         "communities with a convenience retail facility / communities x 100"),
)  # fmt: skip
ELDERLY = CommunitiesWith(
    "elderly_station_coverage", "elderly_care", 0.0,
    text("有老年服务站的社区数 ÷ 社区总数 × 100",
         "communities with an elderly-service station / communities x 100"),
)  # fmt: skip
CHILDCARE = CommunitiesWith(
    "childcare_coverage", "childcare", 0.0,
    text("有托育服务设施的社区数 ÷ 社区总数 × 100",
         "communities with a childcare facility / communities x 100"),
)  # fmt: skip
