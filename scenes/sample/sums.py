"""Sums over the buildings of every unit of every level: what the story needs to know of units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample.levels import Units
from scenes.sample.people import People
from scenes.sample.plan import Array
from scenes.sample.solids import RES

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Units of one level: ids, row of their district, centre in kilometres, sums of buildings."""

    ids: NDArray[np.object_]
    district: Ints
    at: Array  # (n, 2)
    people: Array
    area: Array  # m2
    floor: Array  # m2
    homes: Array  # residential buildings
    old: NDArray[np.bool_]  # holds listed houses


def members(units: Units, people: People) -> dict[str, Ints]:
    """For every level the row of the unit that each building is in, -1 none."""
    subdistrict = units.community_subdistrict[people.community]
    return {
        "compound": people.compound,
        "block": people.cell,
        "community": people.community,
        "subdistrict": subdistrict,
        "district": people.district,
        "city": np.zeros(len(people.ids), dtype=np.int64),
    }


def district_of(units: Units) -> dict[str, Ints]:
    """For every level the row of the district of each unit."""
    of_community = units.subdistrict_district[units.community_subdistrict]
    return {
        "compound": of_community[community_of_compound(units)],
        "block": units.cell_district(),
        "community": of_community,
        "subdistrict": units.subdistrict_district,
        "district": np.arange(len(units.tables["district"])),
        "city": np.zeros(1, dtype=np.int64),
    }


def community_of_compound(units: Units) -> Ints:
    """Row of the community of every compound."""
    cell = np.flatnonzero(units.cell_compound >= 0)
    out = np.zeros(len(cell), dtype=np.int64)
    out[units.cell_compound[cell]] = units.cell_community[cell]
    return out


def make_places(units: Units, people: People) -> dict[str, Places]:
    """By level, from compound to city."""
    district, out = district_of(units), {}
    what = (
        people.population.astype(np.float64),
        people.floor,
        ((people.use == RES) & (people.population > 0)).astype(np.float64),
        people.heritage.astype(np.float64),
    )
    for level, of in members(units, people).items():
        n, inside = len(district[level]), of >= 0
        total = [
            np.bincount(of[inside], values[inside], minlength=n).astype(np.float64)
            for values in what
        ]
        if level == "city":
            ids = np.array(["city"], dtype=object)
            area = np.array([float(sum(units.tables["district"].area))])
            at = np.zeros((1, 2))
        else:
            table = units.tables[level]
            shapes = np.asarray(table.geometry, dtype=object)
            ids, area = table["id"].to_numpy(object), shapely.area(shapes)
            at = shapely.get_coordinates(shapely.centroid(shapes)) / 1_000.0
        out[level] = Places(
            ids, district[level], at, total[0], area, total[1], total[2], total[3] > 0
        )
    return out
