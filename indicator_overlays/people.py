"""Residents of the units of a level, with what is known about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indicator_overlays.city_shapes import CityShapes, Floats

KNOWN_SHARE = 0.9
"""Share of a unit's dwellings (or sub-units) whose residents must be known to sum them up."""

_BELOW = ("block", "community", "subdistrict", "district")


@dataclass(frozen=True)
class Residents:
    """persons (n,) NaN unknown; note: where the numbers come from."""

    persons: Floats
    note: str


def residents(city: CityShapes, level: str) -> Residents:
    """Residents of every unit: its own stated number, else the sum of what lies in it.

    Buildings are summed only where nine of ten homes (use residential or unknown) have a number;
    else the units of the coarsest lower level whose numbers are all known. Never 0 for unknown.
    """
    own = city.units(level).numbers("population").copy()
    own[city.units(level).removed] = np.nan
    if np.isfinite(own).all() or level == "building":
        return Residents(own, "")
    summed = _of_buildings(city, level)
    note = "residents: sum of buildings" if np.isfinite(summed[np.isnan(own)]).any() else ""
    for below in _BELOW:
        left = np.isnan(own) & np.isnan(summed)
        if not left.any() or below not in city.levels or below == level:
            continue
        found = _of_units(city, level, below)
        if np.isfinite(found[left]).any():
            note = note or f"residents: sum of units of level {below}"
        summed = np.where(left, found, summed)
    return Residents(np.where(np.isnan(own), summed, own), note)


def _of_buildings(city: CityShapes, level: str) -> Floats:
    units = city.units("building")
    size = len(city.units(level))
    if len(units) == 0:
        return np.full(size, np.nan)
    persons, use = units.numbers("population"), units.words("use")
    home = np.asarray((use == "residential") | (use == ""), bool)
    known = np.isfinite(persons)
    homes = city.per_unit(level, city.summed("homes", lambda: home.astype(np.float64)))
    both = city.summed("homes with residents", lambda: (home & known).astype(np.float64))
    told = city.per_unit(level, both)
    everyone = city.summed("residents", lambda: np.where(known, persons, 0.0))
    total = city.per_unit(level, everyone)
    return np.where((homes > 0) & (told >= KNOWN_SHARE * homes), total, np.nan)


def _of_units(city: CityShapes, level: str, below: str) -> Floats:
    size = len(city.units(level))
    rows = city.table.parent_rows(below, level)
    persons = city.units(below).numbers("population")
    inside = (rows >= 0) & ~city.units(below).removed
    known = np.isfinite(persons)
    count = np.bincount(rows[inside], minlength=size)
    told = np.bincount(rows[inside & known], minlength=size)
    total = np.bincount(rows[inside & known], persons[inside & known], size)
    found: npt.NDArray[np.float64] = np.where((count > 0) & (told == count), total, np.nan)
    return found
