"""Shapes of indicator systems and indicators."""

from __future__ import annotations

from twin_server.schemas.common import CategoryRef, Page, Shape, Standard, Text


class Category(CategoryRef):
    """A category with its number of indicators."""

    count: int


class System(Shape):
    """An indicator system: a versioned list."""

    id: str
    label: Text
    version: str
    dimensions: list[CategoryRef]
    categories: list[Category]
    indicators: int
    note: Text


class SystemPage(Page):
    """Indicator systems."""

    items: list[System]


class IndicatorShort(Shape):
    """An indicator as it stands beside a value."""

    code: str
    system: str
    name: Text
    category: CategoryRef
    unit: str
    direction: str
    standard: Standard | None


class Indicator(IndicatorShort):
    """One indicator; `columns` are the years that have values at each level."""

    no: int
    dimension: Text | None
    group: Text | None
    indicator_type: str
    formula: str
    natural_level: str
    attach_levels: list[str]
    levels: list[str]
    years: list[int]
    columns: dict[str, list[int]]
    computability: str
    department: Text | None
    provenance: str
    confidence: str
    note: str
    sensitive: Text | None


class IndicatorPage(Page):
    """Indicators of one system."""

    items: list[Indicator]
