"""Five-year evaluation 五年一评估 of one unit: a line for each indicator, breaks marked."""

from __future__ import annotations

from typing import Any

from indicator_overlays.evaluation import Break, Line, Point, counterparts, line
from indicator_overlays.indicator import Indicator
from twin_server.answers.systems import indicator_short
from twin_server.coded import CodedTable
from twin_server.twin import Twin

_COLUMNS = (
    "system", "indicator", "year", "period", "value", "state", "method", "method_version", "source",
)  # fmt: skip


def evaluation_answer(twin: Twin, unit_id: str, system: str | None) -> dict[str, Any]:
    """Every indicator of a system that has more than one year at a unit."""
    index = twin.unit(unit_id)
    chosen = twin.system(system)
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    if twin.results is not None:
        table = CodedTable(twin.results.unit_values(unit_id))
        for row in table.records(table.where(), _COLUMNS):
            rows.setdefault((row["system"], row["indicator"]), []).append(row)
    lines = [
        _line(item, rows[chosen.id, code], rows)
        for code, item in chosen.indicators.items()
        if (chosen.id, code) in rows
    ]
    return {
        "unit": twin.units.ref(index),
        "system": chosen.id,
        "years": twin.years,
        "lines": [found for found in lines if len(found["points"]) > 1 or found["counterparts"]],
    }


def _line(
    item: Indicator,
    rows: list[dict[str, Any]],
    every: dict[tuple[str, str], list[dict[str, Any]]],
) -> dict[str, Any]:
    found = line([_point(row) for row in rows], item.direction)
    beside = [
        {
            "system": system,
            "code": code,
            "relation": relation,
            "points": [_point_json(_point(row)) for row in every[system, code]],
        }
        for system, code, relation in counterparts(item.system, item.code)
        if (system, code) in every
    ]
    return {**indicator_short(item), "unit": item.unit, **_json(found), "counterparts": beside}


def _json(found: Line) -> dict[str, Any]:
    return {
        "points": [_point_json(point) for point in found.points],
        "breaks": [_break_json(item) for item in found.breaks],
        "change": found.change,
        "change_measured_alike": found.alike,
        "change_across_breaks": found.across,
        "better": found.better,
        "sources": list(found.sources),
        "gaps": list(found.gaps),
    }


def _point(row: dict[str, Any]) -> Point:
    return Point(
        int(row["year"]), row["period"] or "", row["value"], row["state"] or "missing",
        row["system"], row["indicator"], row["method"] or "", row["method_version"] or "",
        row["source"] or "",
    )  # fmt: skip


def _point_json(point: Point) -> dict[str, Any]:
    return {
        "year": point.year,
        "period": point.period,
        "value": point.value,
        "state": point.state,
        "method": point.method or None,
        "method_version": point.version or None,
        "source": point.source or None,
    }


def _break_json(item: Break) -> dict[str, Any]:
    return {
        "before": item.before,
        "after": item.after,
        "kinds": list(item.kinds),
        "change": item.change,
    }
