"""Satisfaction of residents: aggregates with their sample size, never single answers."""

from __future__ import annotations

from typing import Any

from indicator_overlays.survey import SATISFACTION, SMALL_SAMPLE
from twin_server.coded import CodedTable
from twin_server.twin import Twin


def survey_rows(twin: Twin, year: int | None, unit_id: str | None = None) -> list[dict[str, Any]]:
    """Aggregates of the latest survey that ended by the year's cut-off."""
    if twin.results is None or year is None:
        return []
    until = twin.folder.config.cutoff(year).isoformat()
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in _rows(twin, unit_id):
        key = (row["unit_id"], row["system"], row["indicator"])
        if (row["period_end"] or "9999") > until:
            continue
        if key not in found or _order(row) > _order(found[key]):
            found[key] = row
    return [_aggregate(twin, row, year) for row in found.values()]


def _rows(twin: Twin, unit_id: str | None) -> list[dict[str, Any]]:
    """Rows of one unit or of all; grouped once per publication."""
    if "surveys" not in twin.answers and twin.results is not None:
        table = CodedTable(twin.results.surveys)
        grouped: dict[str, list[dict[str, Any]]] = {}
        for row in table.records(table.where()):
            grouped.setdefault(row["unit_id"], []).append(row)
        twin.answers["surveys"] = grouped
    by_unit: dict[str, list[dict[str, Any]]] = twin.answers["surveys"]
    if unit_id is not None:
        return by_unit.get(unit_id, [])
    return [row for rows in by_unit.values() for row in rows]


def _order(row: dict[str, Any]) -> tuple[str, int]:
    return row["period_end"], row["seq"]


def satisfaction(twin: Twin, unit_id: str, year: int | None) -> dict[str, Any] | None:
    """Overall satisfaction of one unit, or of the first question when none is overall."""
    rows = survey_rows(twin, year, unit_id)
    if not rows:
        return None
    found = next((row for row in rows if row["indicator"] == SATISFACTION), rows[0])
    return {name: found[name] for name in ("value", "n", "small_sample", "period", "indicator")}


def _aggregate(twin: Twin, row: dict[str, Any], year: int) -> dict[str, Any]:
    n = None if row["denominator"] is None else int(row["denominator"])
    index = twin.units.find(row["unit_id"])
    return {
        "unit": None if index is None else twin.units.ref(index),
        "unit_id": row["unit_id"],
        "system": row["system"],
        "indicator": row["indicator"],
        "year": year,
        "period": row["period"],
        "value": row["value"],
        "state": row["state"],
        "n": n,
        "small_sample": n is not None and n < SMALL_SAMPLE,
        "source": row["source"],
        "note": row["note"] or None,
    }
