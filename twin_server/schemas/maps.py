"""Shapes of maps that are made for one question, and of a unit's peers."""

from __future__ import annotations

from twin_server.schemas.common import Column, Shape, Text, UnitRef
from twin_server.schemas.overlay import Overlay


class Versus(Shape):
    """What a difference is taken from.

    method: `difference` in the unit, or `places` (0 worst to 100 best) where units differ.
    both: units with both numbers; only_first, only_second: units that one side lacks.
    """

    code: str
    system: str
    name: Text
    year: int
    period: str
    method: str
    both: int
    only_first: int
    only_second: int
    rose: int
    fell: int
    same: int


class Axis(Shape):
    """One of the two things of a map in nine classes; breaks are its thirds."""

    name: Text
    unit: str
    breaks: list[float]


class MadeMap(Overlay):
    """An overlay made for one question; its columns travel inside as data: addresses."""

    versus: Versus | None = None
    axes: list[Axis] | None = None


class Disagreement(Shape):
    """Units on whose value sources disagree: one byte a row, 1 where they do."""

    code: str
    system: str
    year: int
    level: str
    model: str
    total: int
    column: Column


class Peer(Shape):
    """A unit beside its siblings; `place` 1 is best."""

    unit: UnitRef
    value: float | None
    place: int | None
    meets: bool | None


class Peers(Shape):
    """A unit among the units of its level that lie in the same parent."""

    code: str
    system: str
    year: int
    unit: str
    parent: UnitRef | None
    level: str
    of: int
    place: int | None
    median: float | None
    items: list[Peer]
