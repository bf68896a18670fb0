"""What is "really" so in the sample: numerator, denominator and value of every indicator.

``story.csv`` holds the figures of the story (base, trend a year, what each district adds). Units
of a level share smooth spatial noise, so neighbours look alike and maps read like maps. Finished
projects move their units from the year they are finished.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

import numpy as np
import shapely
from numpy.typing import NDArray

from indicator_overlays.indicator import Indicator
from scenes.sample.fabric import Fabric, stream
from scenes.sample.levels import Units
from scenes.sample.people import People
from scenes.sample.plan import Array
from scenes.sample.solids import RES

Ints = NDArray[np.int64]
YEARS = (2021, 2022, 2023, 2024, 2025)
BASE_YEAR = 2023


@dataclass(frozen=True)
class Row:
    """One line of story.csv."""

    system: str
    code: str
    level: str
    form: str
    base: float
    spread: float
    trend: float
    districts: Array
    low: float
    high: float
    digits: int
    scale: str
    source: str


@dataclass(frozen=True)
class Places:
    """What the story needs of the units of one level: ids, district, noise position, sizes."""

    ids: NDArray[np.object_]
    district: Ints
    at: Array  # (n, 2) centre in plan-like kilometres
    people: Array
    area: Array  # m2
    floor: Array
    homes: Array  # residential buildings
    old: NDArray[np.bool_]  # holds listed houses


@dataclass(frozen=True)
class Series:
    """(years, units) of one indicator at one level; NaN where there is nothing to say."""

    row: Row
    indicator: Indicator
    value: Array
    numerator: Array
    denominator: Array


def read_story() -> list[Row]:
    """The lines of story.csv."""
    text = resources.files("scenes.sample").joinpath("story.csv").read_text(encoding="utf-8")
    rows = []
    for line in csv.DictReader(text.splitlines()):
        rows.append(
            Row(
                line["system"],
                line["code"],
                line["level"],
                line["form"],
                float(line["base"]),
                float(line["spread"]),
                float(line["trend"]),
                np.array([float(x) for x in line["districts"].split()]),
                float(line["low"]),
                float(line["high"]),
                int(line["digits"]),
                line["scale"],
                line["source"],
            )
        )
    return rows


def make_places(fabric: Fabric, units: Units, people: People) -> dict[str, Places]:
    """Sums over the buildings of every unit of every level."""
    com_sub, sub_dis = units.community_subdistrict, units.subdistrict_district
    member = {
        "compound": people.compound,
        "block": people.cell,
        "community": people.community,
        "subdistrict": com_sub[people.community],
        "district": people.district,
        "city": np.zeros(len(people.ids), dtype=np.int64),
    }
    cell_district = units.cell_district()
    cell_of_compound = np.flatnonzero(units.cell_compound >= 0)
    cell_of_compound = cell_of_compound[np.argsort(units.cell_compound[cell_of_compound])]
    district = {
        "compound": cell_district[cell_of_compound],
        "block": cell_district,
        "community": sub_dis[com_sub],
        "subdistrict": sub_dis,
        "district": np.arange(len(units.tables["district"])),
        "city": np.zeros(1, np.int64),
    }
    out = {}
    for level, of in member.items():
        n, inside = len(district[level]), of >= 0
        total = [
            np.bincount(of[inside], values[inside], minlength=n).astype(np.float64)
            for values in (
                people.population,
                people.floor,
                (people.use == RES) & (people.population > 0),
                people.heritage,
            )
        ]
        if level == "city":
            ids = np.array(["city"], dtype=object)
            area = np.array([sum(units.tables["district"].area)])
            at = np.zeros((1, 2))
        else:
            table = units.tables[level]
            ids, shapes = table["id"].to_numpy(object), np.asarray(table.geometry)
            area = shapely.area(shapes)
            at = shapely.get_coordinates(shapely.centroid(shapes)) / 1_000.0
        out[level] = Places(
            ids, district[level], at, total[0], area, total[1], total[2], total[3] > 0
        )
    return out


def waves(at: Array, scale: float, rng: np.random.Generator) -> Array:
    """Smooth noise of about unit variance over positions in kilometres."""
    out = np.zeros(len(at))
    for length in (3.6, 2.1, 1.2):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        step = at @ np.array([np.cos(angle), np.sin(angle)])
        out += np.sin(2 * np.pi * step / (length * scale) + phase)
    return out * 0.82


def make_series(
    row: Row,
    indicator: Indicator,
    places: Places,
    scale: float,
    seed: int,
    boost: Array,
    towers: Array,
) -> Series:
    """One indicator of one level over the five years.

    ``boost`` (years, units): what finished projects add, in spreads towards the better.
    ``towers`` (years, units): homes above 80 m finished in the year before.
    """
    rng = stream(seed, f"{row.code}/{row.level}")
    n = len(places.ids)
    year = np.array(YEARS)[:, None] - BASE_YEAR
    calm = row.spread * (0.75 * waves(places.at, scale, rng) + 0.55 * rng.normal(0, 1, n))
    effect = row.districts[places.district] if row.level != "city" else np.zeros(n)
    pace = 1.0 + 0.25 * np.sign(row.trend) * np.clip(-effect / (abs(effect).max() + 1e-9), -1, 1)
    yearly = row.spread * 0.16 * rng.normal(0, 1, (len(YEARS), n))
    good = {"higher": 1.0, "lower": -1.0}.get(indicator.direction, 0.0)
    step = max(row.spread, 0.12 * abs(row.base))
    x = row.base + effect + calm + row.trend * pace * year + yearly + good * boost * step
    x = np.clip(x, row.low, row.high)
    return _formed(row, indicator, places, x, boost, towers, rng)


def _formed(
    row: Row,
    indicator: Indicator,
    places: Places,
    x: Array,
    boost: Array,
    towers: Array,
    rng: np.random.Generator,
) -> Series:
    n, years = len(places.ids), len(YEARS)
    nothing = np.full((years, n), np.nan)
    if row.form in ("ratio", "perhead", "historic"):
        size = _size(row, places, rng)
        x = np.where(x < 2.0, 0.0, x) if indicator.is_percent else np.maximum(x, 0.12 * row.base)
        numerator = np.rint(x * size / indicator.scale)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(size > 0, numerator / size * indicator.scale, np.nan)
        if row.form == "historic":
            value, numerator = (np.where(places.old, a, np.nan) for a in (value, numerator))
        return Series(
            row,
            indicator,
            np.round(value, 4),
            numerator,
            np.broadcast_to(size, value.shape),
        )
    if row.form == "flag":
        draw = rng.random(n)
        chance = np.clip(
            x / 100.0 + 0.12 * boost * (-1 if indicator.direction == "lower" else 1), 0.01, 0.99
        )
        flag = (draw < chance).astype(float)
        per = indicator.scale if indicator.is_percent else 1.0
        return Series(row, indicator, flag * per, flag, np.ones((years, n)))
    if row.form == "events":
        found = (rng.random((years, n)) < np.maximum(x, 0)).astype(float)
        return Series(row, indicator, found, found, nothing)
    if row.form in ("count", "bays", "seats"):
        share = (
            np.sqrt(places.people / max(places.people.mean(), 1.0)) if row.form != "count" else 1.0
        )
        whole = np.rint(np.maximum(x * share - 0.35 * row.base * (row.form != "count"), 0.0))
        return Series(row, indicator, whole, whole, nothing)
    if row.form == "density":
        over = places.people / np.maximum(places.area, 1.0) * 1e6 > 15_000
        value = np.round(np.where(over, places.area / 1e6, 0.0), 4) * np.ones((years, 1))
        return Series(row, indicator, value, value, nothing)
    if row.form == "tall":
        return Series(row, indicator, towers, towers, nothing)
    return Series(row, indicator, np.round(x, row.digits), nothing, nothing)


# how many of a scale's things there are (m2, m, kg, pieces): per person, per km2, or in all
_PER_PERSON = {
    "people": 1.0,
    "children": 0.028,
    "commuters": 0.44,
    "trips": 2.3,
    "visits": 3.1,
    "households": 0.38,
    "vehicles": 0.31,
    "load": 60.0,
}
_PER_KM2 = {
    "area": 1e6,
    "length": 8_800.0,
    "pipes": 11_000.0,
    "points": 1.4,
    "hydrants": 26.0,
    "covers": 210.0,
    "frontages": 95.0,
    "streets": 14.0,
    "roads": 15.0,
    "compounds": 16.0,
    "stairs": 120.0,
    "towers": 12.0,
    "works": 1.2,
    "houses": 4.0,
}
_FIXED = {"days": 365.0, "stations": 12.0, "sections": 24.0}


def _size(row: Row, places: Places, rng: np.random.Generator) -> Array:
    """Denominators: what the indicator is a share of."""
    if row.scale in _PER_PERSON:
        size = places.people * _PER_PERSON[row.scale]
    elif row.scale == "floor":
        size = places.floor * rng.uniform(0.03, 0.09, len(places.ids))
    elif row.scale in _FIXED:
        size = np.full(len(places.ids), _FIXED[row.scale])
    else:
        size = places.area / 1e6 * _PER_KM2[row.scale] * rng.uniform(0.8, 1.2, len(places.ids))
    return np.asarray(np.rint(np.where(size > 0.02, np.maximum(size, 4.0), 0.0)))
