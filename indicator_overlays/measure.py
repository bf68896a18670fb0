"""Computed indicators: what a measure is, and the registry they are found in.

A measure is a seam for third parties: a package offers its own under the entry-point group
`cim_twin.measures`. It declares what it needs and says what it could not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from cim_bridge.errors import TwinError
from cim_bridge.texts import Text
from indicator_overlays.city_shapes import CityShapes

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """What a measure found at one level; element i is row i.

    value: NaN where there is none; a row without value is `not_computable` unless it is marked
    not_applicable. numerator, denominator: for the roll-up, NaN none. missing_input: what was
    lacking, in words for the note. note: how it was done where there was a choice.
    """

    value: Floats
    numerator: Floats
    denominator: Floats
    missing_input: str = ""
    note: str = ""
    not_applicable: npt.NDArray[np.bool_] | None = None


@runtime_checkable
class Measure(Protocol):
    """One computed indicator."""

    @property
    def code(self) -> str:
        """Indicator code it computes."""

    @property
    def version(self) -> str:
        """Version of the method; another version may give other values."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels it can be computed at."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it needs: `<level>:<attribute>`, `object:<kind>`, `area:<kind>`."""

    @property
    def method(self) -> Text:
        """How it is computed."""

    @property
    def limits(self) -> Text:
        """What it could not see."""

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Compute every unit of a level at once."""


@dataclass(frozen=True)
class MeasureRegistry:
    """Immutable set of measures by indicator code; `register` returns a new one."""

    measures: dict[str, Measure] = field(default_factory=dict)

    def register(self, *measures: Measure) -> MeasureRegistry:
        """Return a registry with more measures; a code can be taken once."""
        found = dict(self.measures)
        for measure in measures:
            if measure.code in found:
                raise TwinError(f"two measures compute {measure.code}")
            found[measure.code] = measure
        return MeasureRegistry(found)

    def __iter__(self) -> Iterator[Measure]:
        return iter(self.measures.values())

    def __contains__(self, code: str) -> bool:
        return code in self.measures

    @property
    def codes(self) -> tuple[str, ...]:
        """Indicator codes that can be computed."""
        return tuple(sorted(self.measures))


def nothing(size: int, missing_input: str) -> Figures:
    """Figures of a level where an input is lacking: no value anywhere, and why."""
    blank = np.full(size, np.nan)
    return Figures(blank, blank, blank, missing_input)


BEYOND = "data here: the unit lies outside the mapped extent"
"""The missing input of a unit where nothing was mapped."""


def only_where(found: Figures, seen: npt.NDArray[np.bool_]) -> Figures:
    """Take values away from units outside the mapped extent: a zero there would be made up."""
    if bool(seen.all()):
        return found
    applies_not = found.not_applicable
    return Figures(
        np.where(seen, found.value, np.nan),
        np.where(seen, found.numerator, np.nan),
        np.where(seen, found.denominator, np.nan),
        found.missing_input or BEYOND,
        found.note,
        None if applies_not is None else applies_not & seen,
    )


def ratio(numerator: Floats, denominator: Floats, factor: float = 1.0) -> Floats:
    """numerator / denominator x factor, NaN where the denominator is 0 or unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = numerator / denominator * factor
    return np.where(denominator > 0, found, np.nan)
