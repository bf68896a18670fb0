"""Attributes of buildings: year, structure, floor area, people, addresses; all as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.sample.fabric import Fabric, stream
from scenes.sample.levels import Units
from scenes.sample.plan import Array
from scenes.sample.solids import HER, MAKE, MAKES, RES, USES

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
# make: first and last year of building, structure, square metres a person
STORY: dict[str, tuple[int, int, str, float]] = {
    "lane": (1898, 1978, "brick_timber", 34.0),
    "street": (1930, 1992, "brick_concrete", 64.0),
    "slab": (1979, 2000, "brick_concrete", 76.0),
    "mid": (2000, 2013, "rc_frame", 84.0),
    "tower": (2011, 2024, "rc_shear_wall", 120.0),
    "office": (1994, 2023, "rc_frame", 420.0),  # a few serviced flats
    "shed": (1956, 2016, "steel", 0.0),
    "tank": (1974, 2012, "steel", 0.0),
    "villa": (1999, 2018, "rc_frame", 80.0),
    "village": (1986, 2012, "brick_concrete", 60.0),
    "shop": (1985, 2021, "rc_frame", 0.0),
    "school": (1972, 2022, "rc_frame", 0.0),
    "hospital": (1985, 2020, "rc_frame", 0.0),
    "fire": (1988, 2021, "rc_frame", 0.0),
    "culture": (1985, 2020, "rc_frame", 0.0),
    "hall": (1996, 2022, "steel", 0.0),
    "landmark": (2012, 2023, "rc_shear_wall", 0.0),
    "kiosk": (1990, 2020, "brick_concrete", 0.0),
}
GREEN_SINCE, GREEN = 2014, 0.86  # from when on buildings meet the green standard, and how many
NEWEST = 2024  # the year that the newest checkup looks at
WHOLE_ROW = 14  # listed houses of the block that has most of them
HIGH_HOME = 80.0  # metres above which a new home is one too high
SETBACK = 80.0  # metres from the sea: inside the setback line


@dataclass(frozen=True)
class Ids:
    """Ids of buildings by their rows, written when they are asked for."""

    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: slice | Ints | NDArray[np.bool_]) -> Texts:
        """L0000001 for row 0."""
        number = np.arange(1, self.count + 1)[rows]
        if not len(number):
            return np.zeros(0, object)
        return np.asarray("L" + np.char.zfill(number.astype(str), 7).astype(object), dtype=object)


@dataclass(frozen=True)
class People:
    """One entry a building. ``height`` metres above its ground, ``area`` footprint, ``floor``
    square metres of floor, ``ground`` metres above the sea."""

    ids: Ids
    year: Ints
    structure: Texts
    use: Ints
    storeys: Ints
    height: Array
    ground: Array
    area: Array
    floor: Array
    population: Ints
    households: Ints
    heritage: NDArray[np.bool_]
    community: Ints
    compound: Ints
    cell: Ints
    district: Ints
    renovated: NDArray[np.bool_]
    green: NDArray[np.bool_]  # built to the green standard


def make_people(fabric: Fabric, units: Units, seed: int) -> People:
    """Years follow their block, people follow the floor area of homes."""
    rng, rows = stream(seed, "people"), fabric.solids.rows
    n = len(fabric.solids)
    cell = rows["cell"].astype(np.int64)
    make = rows["make"].astype(np.int64)
    first = np.array([STORY[m][0] for m in MAKES])[make]
    last = np.array([STORY[m][1] for m in MAKES])[make]
    block = rng.beta(1.3, 1.0, len(fabric.cells.zone))[cell]
    year = np.rint(first + (last - first) * np.clip(block + rng.normal(0, 0.05, n), 0, 1))
    year = year.astype(np.int64)
    structure = np.array([STORY[m][2] for m in MAKES], dtype=object)[make]
    structure[(make == MAKE["street"]) & (year < 1958)] = "brick_timber"
    year = _rebuilt(fabric, make, cell, year)
    high = np.flatnonzero((make == MAKE["tower"]) & (_heights(fabric) > HIGH_HOME))
    year[high[np.argsort(-year[high], kind="stable")[:1]]] = NEWEST  # at least one is new
    area = fabric.area
    storeys = rows["storeys"].astype(np.int64)
    use = rows["use"].astype(np.int64).copy()
    heritage = _heritage(fabric, make, year, cell, rng)
    year[heritage] = np.minimum(year[heritage], 1949 - (cell[heritage] * 7) % 46)
    floor = _floor_area(fabric, area, storeys)
    home = (use == RES) & ~heritage
    share = np.array([max(STORY[m][3], 1.0) for m in MAKES])[make]
    live = np.where(make == MAKE["tower"], rng.uniform(0.5, 0.85, n), rng.uniform(0.68, 0.95, n))
    people = np.rint(np.where(home, floor / share * live, 0.0)).astype(np.int64)
    use[heritage] = HER
    centre = fabric.plan_at
    ground = _ground(fabric)
    return People(
        Ids(n),
        year,
        structure,
        use,
        storeys,
        _heights(fabric),
        ground,
        area,
        floor,
        people,
        np.rint(people / 2.6).astype(np.int64),
        heritage,
        units.cell_community[cell],
        units.cell_compound[cell],
        cell,
        units.cell_district()[cell],
        (make == MAKE["slab"]) & (rng.random(n) < 0.35) & (centre[:, 1] >= 0),
        (year >= GREEN_SINCE) & (rng.random(n) < GREEN),
    )


def _rebuilt(fabric: Fabric, make: Ints, cell: Ints, year: Ints) -> Ints:
    """Years of what is new: every fifth urban village, rebuilt tight; late towers; a few houses at
    the sea, one of each year that the checkup tells of."""
    block = np.unique(cell[make == MAKE["village"]])
    fresh = (make == MAKE["village"]) & np.isin(cell, block[2::5])
    late = (make == MAKE["tower"]) & (year >= NEWEST - 1)
    off = fabric.plan_at[:, 1] - fabric.plan.coast(fabric.plan_at[:, 0])
    east = fabric.plan_at[:, 0] > 5_300.0 * fabric.plan.scale
    quay = np.flatnonzero((off < SETBACK) & east & (make != MAKE["kiosk"]))[::7]
    out = np.where(fresh | late, NEWEST, year)
    out[quay] = NEWEST - np.arange(len(quay)) % 5  # one or two a year inside the setback
    return out


def _heritage(
    fabric: Fabric, make: Ints, year: Ints, cell: Ints, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Listed houses round the historic harbour and the old sheds on the quays."""
    k, m = (fabric.plan_at / fabric.plan.scale).T
    old = np.isin(make, (MAKE["lane"], MAKE["street"])) & (k > 3_900) & (m < 200) & (year < 1950)
    sheds = (make == MAKE["shed"]) & (k > 1_900) & (k < 3_400) & (m < 350) & (year < 1988)
    chance = np.where(old, 0.05, 0.0) + np.where(sheds, 0.30, 0.0)
    listed = np.asarray(rng.random(len(make)) < chance)
    row = np.flatnonzero(old)
    if len(row):  # one block of a whole row of them
        mine = row[cell[row] == np.argmax(np.bincount(cell[row]))]
        listed[mine[:WHOLE_ROW]] = True
    return listed


def _heights(fabric: Fabric) -> Array:
    s = fabric.solids.solids
    top = s["base"] + s["height"] + s["rise"]
    out = np.zeros(len(fabric.solids))
    np.maximum.at(out, s["of"].astype(np.int64), top)
    return out


def _floor_area(fabric: Fabric, area: Array, storeys: Ints) -> Array:
    """Floors of the upper solids count with their own, smaller outline."""
    s = fabric.solids.solids
    of = s["of"].astype(np.int64)
    volume = np.bincount(of, s["w"] * s["d"] * s["height"], minlength=len(area))
    base = np.bincount(of, np.where(s["base"] == 0, s["w"] * s["d"], 0), minlength=len(area))
    tall = np.bincount(of, np.where(s["base"] == 0, s["height"], 0), minlength=len(area))
    high = _heights(fabric)
    mean = volume / np.maximum(base * np.maximum(high, tall), 1e-9)
    return np.asarray(area * storeys * np.clip(mean, 0.2, 1.0), dtype=np.float64)


def _ground(fabric: Fabric) -> Array:
    """Lowest ground under each building, from the plan's own height field."""
    u, v = fabric.plan_at.T
    reach = 0.5 * np.sqrt(fabric.area)
    low = np.full(len(u), np.inf)
    for du in (-1.0, 0.0, 1.0):
        for dv in (-1.0, 0.0, 1.0):
            low = np.minimum(low, fabric.plan.elevation(u + du * reach, v + dv * reach))
    return np.asarray(np.maximum(low, 0.3), dtype=np.float64)


def use_words(use: Ints) -> Texts:
    """The names of use codes."""
    return np.array(USES, dtype=object)[use]
