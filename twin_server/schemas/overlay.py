"""Shapes of overlays and rankings."""

from __future__ import annotations

from pydantic import Field

from twin_server.schemas.common import Column, Page, ParentsColumn, Shape, Standard, Text, UnitRef


class LegendClass(Shape):
    """One class; `from_closed` and `to_closed` say which bound belongs to it."""

    index: int
    from_: float | None = Field(alias="from")
    to: float | None
    from_closed: bool
    to_closed: bool
    label: Text
    color: str
    ink: str
    meets: bool | None
    count: int


class Domain(Shape):
    """Smallest and largest value over all years."""

    min: float
    max: float


class Legend(Shape):
    """Classes from the lowest value up; breaks are the same in all years."""

    classes: list[LegendClass]
    direction: str
    unit: str
    standard: Standard | None
    method: str
    ramp: str
    domain: Domain | None


class Histogram(Shape):
    """Counts between edges (one more edge than counts)."""

    edges: list[float]
    counts: list[int]


class CoverageShort(Shape):
    """Units with a value, of all units of the level."""

    with_value: int
    total: int


class SourceRef(Shape):
    """A source by its name and kind."""

    name: str
    kind: str


class Ranked(Shape):
    """One unit in the order; `rank` 1 is best."""

    unit: UnitRef
    value: float | None
    state: str
    class_: int | None = Field(alias="class")
    rank: int | None
    of: int
    period: str | None
    source: str | None


class Overlay(Shape):
    """One indicator at one level in one year.

    Asked for with `paint`, the u8 column is a data: address, `masses` is the overlay of the level
    whose simple masses stand for buildings seen from afar, `city` the city's own value.
    """

    code: str
    system: str
    year: int
    period: str
    level: str
    model: str
    columns: list[Column]
    parents: ParentsColumn | None
    legend: Legend
    histogram: Histogram | None
    states: dict[str, int]
    unit: str
    privacy: Text | None
    coverage: CoverageShort
    sources: list[SourceRef]
    previous_year: int | None
    next_year: int | None
    masses: Overlay | None = None
    city: Ranked | None = None


class RankingPage(Page):
    """Units in order."""

    items: list[Ranked]
