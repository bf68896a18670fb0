"""Shapes of units and of the file of a unit."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from twin_server.schemas.common import Box, Page, Point, Shape, Text, UnitRef
from twin_server.schemas.indicator import IndicatorShort
from twin_server.schemas.problem import Problem, Project


class UnitItem(UnitRef):
    """A unit in a list."""

    parent: str | None
    centroid: Point
    bbox: Box
    height: float | None


class UnitPage(Page):
    """Units by level and row."""

    items: list[UnitItem]


class Identity(Shape):
    """What a unit is: metres, square metres, persons; null where unknown."""

    area: float | None
    height: float | None
    storeys: float | None
    use: str | None
    structure: str | None
    year_built: int | None
    population: float | None
    ground: float | None
    buildings: int | None
    floor_area: float | None


class TrendPoint(Shape):
    """The value of one checkup year, with its true period."""

    year: int
    period: str | None
    value: float | None
    state: str


class Qualitative(Shape):
    """What a source says in words beside the number."""

    period: str
    source: str | None
    grade: Text | None
    remark: Text | None
    reviewer: str | None
    date: str | None


class Related(IndicatorShort):
    """An indicator that is read with this one: the same matter, a near one, its negative side."""

    kind: Literal["same", "near", "opposite"]
    value: float | None
    state: str
    period: str | None
    meets: bool | None


class UnitIndicator(IndicatorShort):
    """An indicator at this unit; without a number it says why."""

    value: float | None
    state: str
    reason: Text | None
    period: str | None
    class_: int | None = Field(alias="class")
    color: str | None
    meets: bool | None
    source: str | None
    source_kind: str | None
    method: str | None
    sources: int
    conflict: bool
    rank: int | None
    of: int | None
    trend: list[TrendPoint]
    previous: TrendPoint | None
    address: str | None
    note: str | None
    via: str | None
    qualitative: list[Qualitative]
    related: list[Related]


class ProjectHere(Project):
    """A project that touches this unit, or (`on`) a unit it lies in."""

    on: str


class Satisfaction(Shape):
    """Satisfaction of residents; small samples are marked."""

    value: float | None
    n: int | None
    small_sample: bool
    period: str | None
    indicator: str


class UnitSource(Shape):
    """The bridged source a unit comes from."""

    name: str | None
    attribution: str | None
    licence: str | None
    crs: str | None
    files: list[str]


class YearHistory(Shape):
    """Problems of one year."""

    year: int
    problems: int
    high: int
    medium: int
    low: int


class Context(Shape):
    """A unit this one lies in, with the number of its problems."""

    unit: UnitRef
    problems: int


class UnitFile(UnitRef):
    """The file of a unit 一块一档."""

    source_id: str
    kind: str | None
    parents: list[UnitRef]
    identity: Identity
    external_ids: dict[str, Any]
    attributes: dict[str, Any]
    centroid: Point
    bbox: Box
    source: UnitSource | None
    year: int | None
    system: str
    indicators: list[UnitIndicator]
    problems: list[Problem]
    projects: list[ProjectHere]
    satisfaction: Satisfaction | None
    children: dict[str, int]
    history: list[YearHistory]
    context: list[Context]
    areas: list[UnitRef]
