"""Where the rules will fire, worst first: projects are put where the problems are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.sample.facts import Facts
from scenes.sample.levels import Ints, Units
from scenes.sample.people import People
from scenes.sample.plan import Array

CROWDED = 15_000.0  # residents a square kilometre: rule D01
# rule, indicator, limit, whether less is worse: the block rules that a project can answer
LINES = (
    ("D07", "middle_school_coverage", 80.0, True),
    ("D07B", "hospital_coverage", 80.0, True),
    ("D11", "fire_station_coverage", 100.0, True),
    ("D12", "shelter_area_pc", 1.5, True),
    ("D13", "historic_building_vacancy", 10.0, False),
    ("D14", "park_coverage", 80.0, True),
)
DANGERS = 4  # the first kinds of hazard make a home unsafe: rule D03


@dataclass(frozen=True)
class Targets:
    """Units at which one rule fires: public ids, their communities, how heavy each weighs."""

    ids: NDArray[np.object_]
    community: Ints
    weight: Array

    def burden(self, communities: int) -> Array:
        """Weight of every community."""
        return np.bincount(self.community, self.weight, communities).astype(np.float64)

    def near(self, among: NDArray[np.bool_], most: int) -> list[str]:
        """Ids in the communities ``among``, worst first."""
        here = np.flatnonzero(among[self.community])
        order = here[np.argsort(-self.weight[here], kind="stable")]
        return [str(name) for name in self.ids[order[:most]]]


def find_targets(
    facts: Facts, flags: dict[int, tuple[Ints, NDArray[np.uint8]]], units: Units, people: People
) -> dict[str, Targets]:
    """By rule: blocks from geometry's facts, crowded blocks, homes with hazards."""
    blocks = units.tables["block"]
    lived = np.bincount(people.cell, people.population, minlength=len(blocks)).astype(np.float64)
    ids = np.asarray("block:" + blocks["id"].to_numpy(object), dtype=object)
    density = lived / np.maximum(blocks.area.to_numpy(float), 1.0) * 1e6
    found = {"D01": _targets(ids, units.cell_community, density / CROWDED - 1.0, lived)}
    for rule, code, limit, low in LINES:
        fact = facts.get((code, "block"))
        if fact is not None:
            value = fact.value[-1]
            gap = (limit - value if low else value - limit) / limit
            found[rule] = _targets(ids, units.cell_community, np.nan_to_num(gap), lived + 50.0)
    rows, values = flags[max(flags)]
    kinds = values[:, :DANGERS].sum(axis=1).astype(np.float64)
    names = np.asarray("building:" + people.ids[rows], dtype=object)
    found["D03"] = _targets(names, people.community[rows], kinds, kinds**2)
    return found


def _targets(ids: NDArray[np.object_], community: Ints, gap: Array, people: Array) -> Targets:
    at = np.flatnonzero(gap > 1e-6)
    return Targets(ids[at], community[at], gap[at] * people[at])
