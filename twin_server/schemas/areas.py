"""Shapes of special areas beside the city, and of themes."""

from __future__ import annotations

from twin_server.schemas.common import Page, Shape, Text, UnitRef
from twin_server.schemas.indicator import IndicatorShort


class AreaIndicator(IndicatorShort):
    """An indicator of an area beside the city's.

    difference: area less city, of shares and the like. share: of the city's amount, of sums.
    better: by the indicator's direction; null for amounts, or where the periods differ.
    """

    value: float | None
    state: str
    period: str | None
    via: str | None
    note: str | None
    meets: bool | None
    address: str | None
    city: float | None
    city_state: str | None
    city_period: str | None
    difference: float | None
    share: float | None
    better: bool | None


class Area(Shape):
    """A special area 专题片区 with its indicators."""

    unit: UnitRef
    kind: str | None
    indicators: list[AreaIndicator]


class AreaPage(Page):
    """Areas, in the order of the model."""

    items: list[Area]
    year: int | None
    system: str


class ThemeIndicator(Shape):
    """An indicator of a theme."""

    system: str
    code: str


class Theme(Shape):
    """A theme; `systems` counts its indicators, `areas` are the special areas that stand for it."""

    code: str
    group: str
    label: Text
    provenance: str
    origin: str
    indicators: list[ThemeIndicator]
    systems: dict[str, int]
    area_kinds: list[str]
    areas: list[UnitRef]


class ThemePage(Page):
    """Themes."""

    items: list[Theme]
