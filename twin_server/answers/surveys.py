"""Satisfaction of residents: aggregates with their sample size, never single answers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from indicator_overlays.survey import SATISFACTION, SMALL_SAMPLE
from twin_server.coded import CodedTable, pc
from twin_server.twin import Twin


def survey_rows(twin: Twin, year: int | None, unit_id: str | None = None) -> list[dict[str, Any]]:
    """Aggregates of the latest survey that ended by the year's cut-off."""
    if twin.results is None or year is None:
        return []
    table = twin.results.surveys
    keep = pc.less_equal(table["period_end"], pa.scalar(twin.folder.config.cutoff(year)))
    if unit_id is not None:
        keep = pc.and_(keep, pc.equal(table["unit_id"], pa.scalar(unit_id)))
    rows = CodedTable(table.filter(keep))
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows.records(rows.where()):
        key = (row["unit_id"], row["system"], row["indicator"])
        if key not in found or (row["period_end"], row["seq"]) > found[key]["order"]:
            found[key] = _aggregate(twin, row, year)
    return [{k: v for k, v in item.items() if k != "order"} for item in found.values()]


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
        "order": (row["period_end"], row["seq"]),
    }
