"""What is "really" so in the sample: numerator, denominator and value of every indicator.

``story.csv`` holds the figures of the story (base, trend a year, what each district adds). Units
of a level share smooth spatial noise, so neighbours look alike and maps read like maps. Finished
projects move their units from the year they are finished.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indicator_overlays.indicator import Indicator
from scenes.sample.plan import Array
from scenes.sample.sums import Places

if TYPE_CHECKING:
    from scenes.sample.facts import Fact

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
class Given:
    """What is known beside the story; years run along the first axis.

    ``boost``: what finished projects add, in spreads towards the better. ``towers``: homes above
    80 m finished in the year before. ``fact``: what geometry says.
    """

    boost: Array
    towers: Array
    fact: Fact | None


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
    return [_row(line) for line in csv.DictReader(text.splitlines())]


def _row(line: dict[str, str]) -> Row:
    words = {key: line[key] for key in ("system", "code", "level", "form", "scale", "source")}
    return Row(
        **words,
        base=float(line["base"]),
        spread=float(line["spread"]),
        trend=float(line["trend"]),
        districts=np.array([float(x) for x in line["districts"].split()]),
        low=float(line["low"]),
        high=float(line["high"]),
        digits=int(line["digits"]),
    )


def waves(at: Array, scale: float, rng: np.random.Generator) -> Array:
    """Smooth noise of about unit variance over positions in kilometres."""
    out = np.zeros(len(at))
    for length in (3.6, 2.1, 1.2):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        step = at @ np.array([np.cos(angle), np.sin(angle)])
        out += np.sin(2 * np.pi * step / (length * scale) + phase)
    return out * 0.82


def trace(
    row: Row,
    indicator: Indicator,
    places: Places,
    scale: float,
    given: Given,
    rng: np.random.Generator,
) -> Array:
    """The story's level of the indicator (years, units) before it is turned into counts."""
    n = len(places.ids)
    year = np.array(YEARS)[:, None] - BASE_YEAR
    calm = row.spread * (0.75 * waves(places.at, scale, rng) + 0.55 * rng.normal(0, 1, n))
    effect = row.districts[places.district] if row.level != "city" else np.zeros(n)
    largest = float(np.abs(effect).max()) + 1e-9
    pace = 1.0 - 0.25 * np.sign(row.trend) * np.clip(effect / largest, -1, 1)
    yearly = row.spread * 0.16 * rng.normal(0, 1, (len(YEARS), n))
    good = {"higher": 1.0, "lower": -1.0}.get(indicator.direction, 0.0)
    step = max(row.spread, 0.12 * abs(row.base))
    x = row.base + effect + calm + row.trend * pace * year + yearly + good * given.boost * step
    return np.asarray(np.clip(x, row.low, row.high), dtype=np.float64)
