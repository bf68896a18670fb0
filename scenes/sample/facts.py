"""What geometry itself says of the sample, by the product's own measures: told and computed agree.

A measure is asked at the level at which the story is told and at the level above it that the
yearbooks speak of. What only the newest model knows is known of the newest year; completions are
known of every year.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, Measure
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.period import year_period
from scenes.sample.alarms import CODE as ALARM
from scenes.sample.alarms import Alarms
from scenes.sample.fabric import Fabric
from scenes.sample.levels import Units
from scenes.sample.measured import Part
from scenes.sample.people import People
from scenes.sample.plan import Array
from scenes.sample.truth import YEARS, Row

Facts = dict[tuple[str, str], "Fact"]
WHOLE = 0.9995  # a share from which on a source would write 100 %
NEAR = 0.6  # share of a shelter's places that is meant for those blocks, the rest for the district
ENOUGH, NEARLY, SPARE = 1.5, 1.65, 3  # square metres of shelter a person: rule D12
LARGE = 5_000.0  # m2 from which on whole square metres are told
OF_BUILDINGS = frozenset({  # measures that look at buildings
    "land_over_15k_density", "green_building_share", "community_sports_area_pc",
    "dense_new_housing_share", "permeable_surface_share", "shelter_area_pc",
    "coastal_setback_violation", "cim_3d_coverage",
})  # fmt: skip
EVERY_YEAR = ("green_building_share", "dense_new_housing_share", "coastal_setback_violation")
SHELTER, WALK = (
    "shelter_area_pc",
    2_000.0,
)  # metres to a shelter at scale 1: its places go to these blocks


@dataclass(frozen=True)
class Fact:
    """(years, units) of one indicator at one level; NaN where it does not apply.

    ``known``: years that are measured; of the others nothing but the trend is known.
    ``denominator`` is NaN throughout for amounts.
    """

    level: str
    value: Array
    numerator: Array
    denominator: Array
    known: NDArray[np.bool_]


def make_facts(
    rows: list[Row],
    city: CityShapes,
    parts: Iterable[Part],
    fabric: Fabric,
    units: Units,
    people: People,
    facilities: gpd.GeoDataFrame,
    alarms: Alarms,
) -> Facts:
    """By indicator code and level, for every line of the story whose form is ``fact``.

    city: for measures that look at no building; parts: the city part by part, for those that do.
    """
    known = {measure.code: measure for measure in BUILT_IN}
    wanted: dict[tuple[str, str], Measure] = {}
    for row in rows:
        measure = known.get(row.code)
        if row.form == "fact" and measure is not None and row.code != ALARM:
            for level in dict.fromkeys((row.level, "district")):
                if level in measure.levels:
                    wanted.setdefault((row.code, level), measure)
    told: dict[tuple[str, str], list[Figures]] = {}
    for key, measure in wanted.items():
        if key[0] not in OF_BUILDINGS:
            told[key] = _measured(measure, city, key[1])
    sizes = {level: len(table) for level, table in units.tables.items()}
    for part in parts:
        for key, measure in wanted.items():
            if key[0] in OF_BUILDINGS:
                blank = [_nothing(sizes[key[1]]) for _ in _years(measure)]
                whole, rows_ = told.setdefault(key, blank), part.rows[key[1]]
                for every, here in zip(whole, _measured(measure, part.city, key[1]), strict=True):
                    for name in ("value", "numerator", "denominator"):
                        getattr(every, name)[rows_] = getattr(here, name)
    found: Facts = {(ALARM, "block"): _alarms(fabric, people, alarms)}
    found |= {key: _fact(key[1], told[key]) for key in wanted}
    if (SHELTER, "district") in found:
        found[SHELTER, "block"] = _shelter(fabric, units, people, facilities)
    return found


def _nothing(size: int) -> Figures:
    value, numerator, denominator = np.full((3, size), np.nan)
    return Figures(value, numerator, denominator)


def _years(measure: Measure) -> tuple[int, ...]:
    return YEARS if measure.code in EVERY_YEAR else YEARS[-1:]


def _measured(measure: Measure, city: CityShapes, level: str) -> list[Figures]:
    """One measure at one level: in every year, or in the newest."""
    told = []
    for year in _years(measure):
        city.period = year_period(year - 1)
        told.append(measure.compute(city, level))
    return told


def _fact(level: str, told: list[Figures]) -> Fact:
    blank = len(YEARS) - len(told)
    newest = [told[0]] * blank + told
    value = np.stack([figures.value for figures in newest])
    numerator = np.stack([figures.numerator for figures in newest])
    denominator = np.stack([figures.denominator for figures in newest])
    digits = 0 if np.nanmax(denominator, initial=0.0) > LARGE else 4
    numerator, denominator = np.round(numerator, digits), np.round(denominator, digits)
    if _is_percent(value, numerator, denominator):
        numerator = np.where(numerator >= WHOLE * denominator, denominator, numerator)
    known = np.arange(len(YEARS)) >= blank
    return Fact(level, np.round(value, 4), numerator, denominator, known)


def _is_percent(value: Array, numerator: Array, denominator: Array) -> bool:
    """Whether the value is a hundred times the numerator over the denominator."""
    told = np.isfinite(value) & (numerator > 0) & (denominator > 0)
    return bool((value[told] * denominator[told] > 50.0 * numerator[told]).any())


def _shelter(fabric: Fabric, units: Units, people: People, facilities: gpd.GeoDataFrame) -> Fact:
    """Places in shelters given to the residents of the blocks around them, in their district."""
    count = len(fabric.cells.zone)
    lived = np.bincount(people.cell, people.population, minlength=count).astype(np.float64)
    at = np.flatnonzero(lived > 0)
    district = units.cell_district()
    middle = shapely.get_coordinates(shapely.centroid(fabric.cells.shape))
    shelter = facilities[facilities["kind"] == "shelter"]
    places = shelter["effective_area"].to_numpy(float)
    xy = shapely.get_coordinates(np.asarray(shelter.geometry, dtype=object))
    home = district[cKDTree(middle).query(xy)[1]]
    given = np.zeros(count)
    walk = WALK * float(np.clip(fabric.plan.scale, 0.7, 1.0))
    near = cKDTree(middle[at]).query_ball_point(xy, walk)
    for size, here, cells in zip(places, home, near, strict=True):  # a few dozen a district
        mine = at[cells][district[at[cells]] == here]
        every = at[district[at] == here]
        mine = mine if len(mine) else every
        for part, blocks in ((NEAR, mine), (1.0 - NEAR, every)):
            if len(blocks):
                given[blocks] += part * size * lived[blocks] / lived[blocks].sum()
    _spread(given, lived, district)
    given = np.round(given, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(lived > 0, given / lived, np.nan)
    return _newest("block", value, given, lived)


def _spread(given: Array, lived: Array, district: NDArray[np.int64]) -> None:
    """Where no block has too little, or none nearly too little: a few of one district have.

    What is taken from them goes to their district's best-served block, so its sum stays.
    """
    rate = np.divide(given, lived, out=np.full(len(given), np.nan), where=lived > 0)
    for low, high, aim in ((0.0, ENOUGH, 1.2), (ENOUGH, NEARLY, 1.57)):
        if ((rate >= low) & (rate < high)).any():
            continue
        rich = np.flatnonzero(rate > aim)
        if len(rich) <= SPARE:
            continue
        best = rich[np.argmax(given[rich] - aim * lived[rich])]
        others = rich[(district[rich] == district[best]) & (rich != best)]
        at = others[np.argsort(rate[others], kind="stable")[:SPARE]]
        given[best] += float((given[at] - aim * lived[at]).sum())
        given[at] = aim * lived[at]
        rate[at] = aim


def _alarms(fabric: Fabric, people: People, alarms: Alarms) -> Fact:
    """High buildings whose fire alarms are connected, by block."""
    count, cell = len(fabric.cells.zone), people.cell[alarms.rows]
    connected = np.bincount(cell, alarms.connected, minlength=count).astype(np.float64)
    high = np.bincount(cell, minlength=count).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(high > 0, connected / high * 100.0, np.nan)
    return _newest("block", value, connected, high)


def _newest(level: str, value: Array, numerator: Array, denominator: Array) -> Fact:
    every = [np.tile(part, (len(YEARS), 1)) for part in (value, numerator, denominator)]
    known = np.arange(len(YEARS)) == len(YEARS) - 1
    return Fact(level, every[0], every[1], every[2], known)
