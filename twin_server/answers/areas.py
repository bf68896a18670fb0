"""Special areas beside the whole city: the same indicators, the same sums, and the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from indicator_overlays.indicator import Indicator, IndicatorSystem
from twin_server.answers.systems import indicator_short
from twin_server.answers.unit_file import address, meets, via_of
from twin_server.coded import CodedTable
from twin_server.twin import Twin

_COLUMNS = ("system", "indicator", "year", "period", "value", "state", "method", "note", "unit")


def area_items(
    twin: Twin, system: IndicatorSystem, year: int | None, kind: str | None, code: str | None
) -> list[dict[str, Any]]:
    """Areas in the order of the model, each with every indicator that it or the city has."""
    city = _city(twin, system, year)
    lines = twin.units.of_level("area")
    found = []
    for index, unit in zip(lines.tolist(), twin.units.refs(lines), strict=True):
        named = twin.units.value("kind", index) or None
        if kind is not None and kind != named:
            continue
        rows = _values(twin, unit["id"], system, year)
        items = [
            _beside(item, unit["id"], rows.get(item.code, {}), city.get(item.code, {}))
            for item in system.indicators.values()
            if item.code in rows and code in (None, item.code)
        ]
        found.append({"unit": unit, "kind": named, "indicators": items})
    return found


def _city(twin: Twin, system: IndicatorSystem, year: int | None) -> dict[str, dict[str, Any]]:
    lines = twin.units.of_level("city")
    if not len(lines):
        return {}
    return _values(twin, twin.units.ids[int(lines[0])], system, year)


def _values(
    twin: Twin, unit_id: str, system: IndicatorSystem, year: int | None
) -> dict[str, dict[str, Any]]:
    """Values of a unit by indicator."""
    if twin.results is None or year is None:
        return {}
    table = CodedTable(twin.results.unit_values(unit_id))
    rows = np.asarray(table.where(system=system.id, year=year), np.int64)
    return {row["indicator"]: row for row in table.records(rows, _COLUMNS)}


def _beside(
    item: Indicator, unit_id: str, here: Mapping[str, Any], city: Mapping[str, Any]
) -> dict[str, Any]:
    value, whole = here.get("value"), city.get("value")
    difference = None if value is None or whole is None else value - whole
    alike = here.get("period") == city.get("period")
    return {
        **indicator_short(item),
        "unit": here.get("unit") or item.unit,
        "value": value,
        "state": here.get("state") or "missing",
        "period": here.get("period"),
        "via": via_of(dict(here)),
        "note": here.get("note") or None,
        "meets": meets(item, value),
        "address": address(item, unit_id, here["period"]) if here.get("period") else None,
        "city": whole,
        "city_state": city.get("state"),
        "city_period": city.get("period"),
        "difference": difference if item.rollup != "sum" else None,
        "share": value / whole if item.rollup == "sum" and value is not None and whole else None,
        "better": _better(item, difference) if alike else None,
    }


def _better(item: Indicator, difference: float | None) -> bool | None:
    """Whether the area does better than the city; None for amounts, equals and ranges."""
    if not difference or item.rollup == "sum" or item.direction == "range":
        return None
    return (difference > 0) is (item.direction == "higher")
