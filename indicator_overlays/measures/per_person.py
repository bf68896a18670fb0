"""Area of facilities per resident: shelters, community sports grounds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cim_bridge.texts import Text, text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, ratio
from indicator_overlays.people import residents
from indicator_overlays.tally import tally

_LIMITS = text(
    "设施整体计入其所在单元；面积不明的设施计入其图形面积，点状且面积不明的不计",
    "a facility counts whole for the unit it lies in; one without a stated area counts by its"
    " shape, a point without one not at all",
)


@dataclass(frozen=True)
class PerPerson:
    """m2 of facilities of one kind / residents; a facility counts for the unit it lies in.

    area: the attributes that state its area, the first that it has; else its geometry's.
    """

    code: str
    kind: str
    area: tuple[str, ...]
    method: Text
    levels: tuple[str, ...]
    limits: Text = field(default_factory=lambda: _LIMITS)
    version: str = "1"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The facilities' area and the residents."""
        return (f"object:{self.kind} {self.area[0]}", "population")

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Sum areas and residents of every unit."""
        size = len(city.units(level))
        if len(city.objects(self.kind)) == 0:
            return nothing(size, f"object:{self.kind}")
        stated = city.told("object", self.kind).numbers(*self.area)
        area = np.where(np.isfinite(stated), stated, city.object_area(self.kind))
        unknown = int(np.sum(~np.isfinite(stated) & (area <= 0)))
        rows = city.object_parents(self.kind, level)
        total = tally(rows, size, area)
        people = residents(city, level)
        note = "; ".join(filter(None, [
            people.note, f"{unknown} facilities of unknown area left out" if unknown else ""
        ]))  # fmt: skip
        known = np.isfinite(people.persons)
        return Figures(
            ratio(total, people.persons), np.where(known, total, np.nan), people.persons,
            "population", note, not_applicable=people.persons == 0,
        )  # fmt: skip


SHELTER = PerPerson(
    "shelter_area_pc", "shelter", ("effective_area", "area"),
    text("避难场所有效避难面积 ÷ 常住人口，平方米/人",
         "effective shelter area / residents, m2 a person"),
    ("city", "district", "subdistrict", "community"),
)  # fmt: skip
SPORTS = PerPerson(
    "community_sports_area_pc", "sports", ("site_area", "floor_area", "area"),
    text("社区体育场地面积 ÷ 常住人口，平方米/人",
         "area of community sports grounds / residents, m2 a person"),
    ("city", "district", "subdistrict", "community"),
)  # fmt: skip
