"""What an indicator system is made of: systems, categories, indicators and their standards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cim_bridge.texts import Text

DIRECTIONS: tuple[str, ...] = ("higher", "lower", "range")
"""Which way is better; `range` also stands for "neither way by itself"."""

OPERATORS: tuple[str, ...] = ("<=", ">=", "<", ">", "=", "range")
"""How a value is held against its standard."""

ROLLUPS: tuple[str, ...] = ("ratio", "sum", "none")
"""How a value of a unit is made from the units below: Σnumerator/Σdenominator, Σvalue, not."""


@dataclass(frozen=True, slots=True)
class Category:
    """One class of a classification axis, in the order of the list it comes from."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Standard:
    """What a value is held against; `reference` standards are never shown as official."""

    op: str
    value: float | None
    low: float | None
    high: float | None
    text: str = ""
    provenance: str = ""
    confidence: str = ""
    reference: bool = True

    def meets(self, value: float) -> bool:
        """Whether a value reaches the standard; equal reaches it."""
        if self.op == "range":
            return (self.low is None or value >= self.low) and (
                self.high is None or value <= self.high
            )
        limit = self.value if self.value is not None else value
        return {
            "<=": value <= limit,
            ">=": value >= limit,
            "<": value < limit,
            ">": value > limit,
            "=": value == limit,
        }[self.op]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of one system; all of it is data, nothing here is known to the code."""

    code: str
    system: str
    no: int
    name: Text
    category: Category
    dimension: Text | None
    group: Text | None
    unit: str
    direction: str
    indicator_type: str
    standard: Standard | None
    formula: str
    natural_level: str
    attach_levels: tuple[str, ...]
    computability: str
    department: Text | None
    provenance: str
    confidence: str
    rollup: str
    low: float | None = None
    high: float | None = None
    max_age_years: int | None = None
    note: str = ""
    sensitive: Text | None = None
    """Why values of single buildings are not for everyone; None where they are."""

    @property
    def is_percent(self) -> bool:
        """Whether values are percentages, so 0 to 100 and never a fraction of one."""
        return self.unit.strip() in {"%", "％", "percent"}

    @property
    def scale(self) -> float:
        """What numerator/denominator is multiplied by to give the value in its unit."""
        plain = self.unit.replace(",", "")
        if self.is_percent:
            return 100.0
        if plain.strip() == "‰":
            return 1000.0
        found = re.search(r"/\s*(10+)\b", plain)
        return float(found.group(1)) if found else 1.0

    @property
    def reach(self) -> tuple[str, ...]:
        """Every level with values: those of the list, its natural one, and always the city.

        What is found on buildings is also counted on blocks (the lists' overlay hints ask for it).
        """
        block = ("block",) if self.natural_level == "building" else ()
        return tuple(dict.fromkeys((self.natural_level, *self.attach_levels, *block, "city")))

    def allows(self, level: str) -> bool:
        """Whether values are usual at a level."""
        return level in self.reach


@dataclass(frozen=True, slots=True)
class IndicatorSystem:
    """A versioned list of indicators: a national one with its local rows, or a city's own."""

    id: str
    label: Text
    version: str
    note: Text
    dimensions: tuple[Category, ...]
    categories: tuple[Category, ...]
    indicators: dict[str, Indicator] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()
    sha256: str = ""

    def count(self, category: str) -> int:
        """Number of indicators of one category code."""
        return sum(1 for item in self.indicators.values() if item.category.code == category)
