"""Shapes that many answers share."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """An answer's shape: exactly these fields, and no number that is not finite."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, populate_by_name=True)


class Text(Shape):
    """A text for people in both languages; a missing one repeats the other."""

    zh: str
    en: str


class ProblemDetail(Shape):
    """An error, as RFC 9457 has it: `code` for machines, `detail` for people; it may say more."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str


class UnitRef(Shape):
    """A unit by its public id; `row` is null when the published model no longer holds it."""

    id: str
    level: str
    label: Text
    row: int | None


class Column(Shape):
    """A binary column: little-endian, one element per unit row."""

    url: str
    dtype: str
    length: int
    digest: str


class ParentsColumn(Column):
    """The row of each building's unit at `level`; 0xFFFFFFFF is none."""

    level: str


class Standard(Shape):
    """What a value is held against; `reference` ones are for orientation, never judged."""

    op: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    provenance: str
    confidence: str
    reference: bool


class CategoryRef(Shape):
    """A category by its code."""

    code: str
    label: Text


class Page(Shape):
    """One page of a list; `next` is the address of the following one."""

    total: int
    next: str | None


Box = tuple[float, float, float, float]
"""west, south, east, north in degrees WGS84."""

Point = tuple[float, float, float]
"""longitude, latitude in degrees; metres above the ellipsoid."""


def documented(shape: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: its answer and its errors."""
    problems = {"application/problem+json": {"schema": ProblemDetail.model_json_schema()}}
    return {
        200: {"model": shape, "description": "Found."},
        404: {"description": "Not there.", "content": problems},
        422: {"description": "A parameter that cannot be read.", "content": problems},
        "4XX": {"description": "Refused; `code` and `detail` say why.", "content": problems},
    }


def documented_file(*media: str) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that answers with a file of one of some types."""
    refused = {status: told for status, told in documented(ProblemDetail).items() if status != 200}
    return {200: {"description": "The file.", "content": {one: {} for one in media}}, **refused}
