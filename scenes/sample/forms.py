"""How a traced level becomes a value: shares, amounts a head, flags, counts, facts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from indicator_overlays.indicator import Indicator
from scenes.sample.fabric import stream
from scenes.sample.plan import Array
from scenes.sample.sums import Places
from scenes.sample.truth import YEARS, Given, Row, Series, trace

Form = Callable[[Row, Indicator, Places, Array, Given, np.random.Generator], Series]
# how many of a scale's things there are (m2, m, kg, pieces): per person, per km2, or in all
PER_PERSON = {
    "people": 1.0,
    "children": 0.028,
    "commuters": 0.44,
    "trips": 2.3,
    "visits": 3.1,
    "households": 0.38,
    "vehicles": 0.31,
    "load": 60.0,
}
PER_KM2 = {
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
    "works": 1.2,
    "houses": 4.0,
}
IN_ALL = {"days": 365.0, "stations": 12.0, "sections": 24.0}


def make_series(
    row: Row, indicator: Indicator, places: Places, scale: float, seed: int, given: Given
) -> Series:
    """One indicator of one level over the five years."""
    rng = stream(seed, f"{row.code}/{row.level}")
    x = trace(row, indicator, places, scale, given, rng)
    return FORMS[row.form](row, indicator, places, x, given, rng)


def _none(x: Array) -> Array:
    return np.full(x.shape, np.nan)


def _shared(row: Row, indicator: Indicator, numerator: Array, size: Array) -> Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(size > 0, numerator / size * indicator.scale, np.nan)
    whole = np.broadcast_to(size, value.shape)  # (years, units) or the same every year
    return Series(row, indicator, np.round(value, 4), numerator, whole)


def _share(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    size = _size(row, places, rng)
    x = np.where(x < 2.0, 0.0, x) if indicator.is_percent else np.maximum(x, 0.12 * row.base)
    return _shared(row, indicator, np.rint(x * size / indicator.scale), size)


def _historic(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    """A share that only units with listed houses have."""
    made = _share(row, indicator, places, x, given, rng)
    size = np.where(places.old, made.denominator, 0.0)
    return _shared(row, indicator, np.where(places.old, made.numerator, np.nan), size)


def _fact(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    """What geometry says, in the years it is known; before them the trend walked back."""
    fact = given.fact
    if fact is None:
        return _never(row, indicator, places, x, given, rng)
    if not np.isfinite(fact.denominator).any():
        return Series(row, indicator, fact.value, fact.value, _none(fact.value))
    size = np.nan_to_num(fact.denominator)
    if indicator.is_percent and size.max(initial=0.0) <= 1.0 and not fact.known[0]:
        return _since(row, indicator, fact.numerator[-1], size, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(size > 0, fact.numerator / size * indicator.scale, 0.0)
    back = np.array(YEARS)[:, None] - YEARS[-1]
    moves = ((rng.random(share.shape[1]) < 0.45) & (share > 0)) | (row.level == "district")
    wobble = row.spread * rng.normal(0, 0.3, back.shape) * (back < 0)
    past = np.clip(share + moves * (row.trend * back + wobble), row.low, row.high)
    past = np.round(past * size / indicator.scale, 0 if size.max(initial=0.0) > 5_000.0 else 4)
    numerator = np.where(fact.known[:, None], np.nan_to_num(fact.numerator), past)
    return _shared(row, indicator, numerator, size)


def _since(
    row: Row, indicator: Indicator, has: Array, size: Array, rng: np.random.Generator
) -> Series:
    """Whether a unit has something: four of ten that have it today got it within the years."""
    late = rng.random(len(has)) < 0.4
    first = np.where(late, rng.integers(YEARS[0] + 1, YEARS[-1] + 1, len(has)), YEARS[0])
    flag = has * (np.array(YEARS)[:, None] >= first)
    return _shared(row, indicator, flag, size)


def _flag(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    """Yes or no by unit; the draw stays, so units change sides only when their chance moves."""
    good = -1.0 if indicator.direction == "lower" else 1.0
    chance = np.clip(x / 100.0 + 0.12 * good * given.boost, 0.01, 0.99)
    flag = (rng.random(len(places.ids)) < chance).astype(np.float64)
    per = indicator.scale if indicator.is_percent else 1.0
    return Series(row, indicator, flag * per, flag, np.ones(flag.shape))


def _events(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    found = (rng.random(x.shape) < x).astype(np.float64)
    return Series(row, indicator, found, found, _none(x))


def _count(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    whole = np.rint(np.maximum(x, 0.0))
    return Series(row, indicator, whole, whole, _none(x))


def _crowded(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    """A count that grows with the people of the unit."""
    share = np.sqrt(places.people / max(float(places.people.mean()), 1.0))
    return _count(row, indicator, places, x * share, given, rng)


def _density(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    """Area of the unit where more than 15,000 people live on a square kilometre."""
    over = places.people / np.maximum(places.area, 1.0) * 1e6 > 15_000
    value = np.round(np.where(over, places.area / 1e6, 0.0), 4) * np.ones((len(YEARS), 1))
    return Series(row, indicator, value, value, _none(value))


def _tall(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    return Series(row, indicator, given.towers, given.towers, _none(given.towers))


def _mean(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    return Series(row, indicator, np.round(x, row.digits), _none(x), _none(x))


def _never(
    row: Row, indicator: Indicator, places: Places, x: Array, given: Given, rng: np.random.Generator
) -> Series:
    """What the city does not have, such as a railway: not applicable in every year."""
    return Series(row, indicator, _none(x), _none(x), _none(x))


FORMS: dict[str, Form] = {
    "ratio": _share,
    "perhead": _share,
    "historic": _historic,
    "fact": _fact,
    "flag": _flag,
    "events": _events,
    "count": _count,
    "bays": _crowded,
    "seats": _crowded,
    "density": _density,
    "tall": _tall,
    "mean": _mean,
    "never": _never,
}
SHARES = ("ratio", "perhead", "historic", "fact")


def _size(row: Row, places: Places, rng: np.random.Generator) -> Array:
    """Denominators: what the indicator is a share of, in whole things."""
    if row.scale in PER_PERSON:
        size = places.people * PER_PERSON[row.scale]
    elif row.scale == "floor":
        size = places.floor * rng.uniform(0.03, 0.09, len(places.ids))
    elif row.scale in IN_ALL:
        size = np.full(len(places.ids), IN_ALL[row.scale])
    else:
        size = places.area / 1e6 * PER_KM2[row.scale] * rng.uniform(0.8, 1.2, len(places.ids))
    return np.asarray(np.rint(np.where(size > 0.02, np.maximum(size, 4.0), 0.0)))
