"""The shape of a value's address."""

from __future__ import annotations

from twin_server.schemas.city import Publication
from twin_server.schemas.common import Shape, UnitRef
from twin_server.schemas.indicator import IndicatorShort
from twin_server.schemas.unit import Qualitative


class PeriodSpan(Shape):
    """The true period of a value."""

    code: str
    start: str | None
    end: str | None


class Candidate(Shape):
    """What one source said."""

    source: str | None
    source_kind: str | None
    value: float | None
    state: str | None
    numerator: float | None
    denominator: float | None
    unit: str | None
    batch: str | None
    place: str | None
    cutoff_date: str | None
    method: str | None
    method_version: str | None
    note: str | None
    adopted: bool | None


class Input(Shape):
    """An input file by its hash."""

    name: str
    sha256: str
    batch: str


class Value(Shape):
    """Where a number comes from."""

    address: str
    value: float | None
    state: str | None
    unit: str
    period: PeriodSpan
    numerator: float | None
    denominator: float | None
    method: str | None
    method_version: str | None
    source: str | None
    source_kind: str | None
    adopted: bool
    conflict: bool
    candidates: list[Candidate]
    inputs: list[Input]
    batch: str | None
    place: str | None
    cutoff_date: str | None
    note: str | None
    via: str | None
    qualitative: list[Qualitative]
    indicator: IndicatorShort
    unit_ref: UnitRef
    publication: Publication | None
