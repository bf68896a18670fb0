"""Warning levels of indicators, for the city and its parts."""

from __future__ import annotations

from typing import Literal

from twin_server.schemas.common import Box, Shape, Text, UnitRef
from twin_server.schemas.indicator import IndicatorShort

Word = Literal["red", "yellow", "normal", "no_standard", "not_assessed"]


class WarningCounts(Shape):
    """Indicators by warning level; the five add up to all of them."""

    red: int
    yellow: int
    normal: int
    no_standard: int
    not_assessed: int


class SeverityCounts(Shape):
    """Problems by severity."""

    high: int
    medium: int
    low: int


class WarningMethod(Shape):
    """How levels were told: a missed standard is red when its score lies below `red_below`."""

    version: str
    scale: str
    red_below: float


class CategoryWarnings(Shape):
    """One category; `by_reference` of its judged indicators were judged by a line of reference."""

    code: str
    label: Text
    total: int
    counts: WarningCounts
    by_reference: int


class WorstPart(Shape):
    """The part that ranks last."""

    unit: UnitRef
    value: float


class WarningLine(IndicatorShort):
    """One indicator for the whole city; `before`: last year's value, `score`: 0 to 100."""

    value: float | None
    state: str
    period: str | None
    before: float | None
    warning: Word
    score: float | None
    bottom_line: bool
    department: Text | None
    worst: WorstPart | None


class PartWarnings(Shape):
    """One part of the city; `people`: the most that one of its problems concerns."""

    unit: UnitRef
    bbox: Box
    counts: WarningCounts
    problems: SeverityCounts
    people: float | None


class Warnings(Shape):
    """The first ten seconds of a leader: how the city stands, by category and by part."""

    year: int
    system: str
    level: str
    method: WarningMethod
    counts: WarningCounts
    by_reference: int
    categories: list[CategoryWarnings]
    indicators: list[WarningLine]
    parts: list[PartWarnings]
