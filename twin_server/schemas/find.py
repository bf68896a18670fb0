"""Shapes of combined questions about units, and of what is found."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from twin_server.schemas.common import Page, Shape, Text
from twin_server.schemas.unit import UnitItem

Name = Annotated[str, StringConstraints(max_length=300)]
Compare = Literal["=", "!=", "<", "<=", ">", ">="]


class AttributeIs(Shape):
    """A number or a word of the model compared with one value."""

    of: Literal["attribute"]
    name: Name
    op: Compare
    value: float | Name


class IndicatorIs(Shape):
    """A value of the asked year compared; a unit without a column of its own takes its block's."""

    of: Literal["indicator"]
    code: Name
    system: Name | None = None
    op: Compare
    value: float


class VerdictIs(Shape):
    """Whether a value meets its standard, or is not assessed at all."""

    of: Literal["verdict"]
    code: Name
    system: Name | None = None
    value: Literal["met", "unmet", "missing"]


class ProblemIs(Shape):
    """A problem of the asked year on the unit itself, or on what it lies in too (`around`)."""

    of: Literal["problem"]
    rule: Name = ""
    severity: Literal["", "high", "medium", "low"] = ""
    where: Literal["here", "around"] = "here"


class SatisfactionIs(Shape):
    """Satisfaction of residents at the unit, or at the nearest unit around it that was asked."""

    of: Literal["satisfaction"]
    op: Compare
    value: float


class InsideRing(Shape):
    """Units whose centre lies inside a ring of longitudes and latitudes, degrees WGS84."""

    of: Literal["inside"]
    ring: Annotated[list[tuple[float, float]], Field(min_length=3, max_length=500)]


class WithinUnit(Shape):
    """Units that lie in another unit, or mostly in a special area."""

    of: Literal["within"]
    unit: Name


class Group(Shape):
    """Several conditions together."""

    of: Literal["all", "any", "none"]
    args: Annotated[list[Condition], Field(max_length=40)]


Condition = Annotated[
    AttributeIs
    | IndicatorIs
    | VerdictIs
    | ProblemIs
    | SatisfactionIs
    | InsideRing
    | WithinUnit
    | Group,
    Field(discriminator="of"),
]
"""One condition, or a group of them."""

Group.model_rebuild()


class FoundField(Shape):
    """A column beside the found units; `key` names it in tables."""

    key: str
    kind: str
    label: Text
    unit: str | None
    level: str | None


class FoundUnit(UnitItem):
    """A unit that fits, with its cells in the order of `fields`."""

    cells: list[Any]


class Found(Page):
    """What fits. `mask`: base64 of one bit a row of the level, lowest bit first.

    unknown: units of which it cannot be said, because what was asked for is missing there.
    """

    items: list[FoundUnit]
    level: str
    year: int | None
    system: str
    of: int
    unknown: int
    fields: list[FoundField]
    mask: str
    rows: int
