"""What was said in words beside a number, by each source."""

from __future__ import annotations

from typing import Any

from cim_bridge.texts import Text, text
from twin_server.coded import CodedTable
from twin_server.twin import Twin


def remarks_of(twin: Twin, unit_id: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(system, indicator) → what was said of it at a unit, the latest period last."""
    if "remarks" not in twin.answers:
        table = CodedTable(twin.results.remarks) if twin.results else None
        grouped: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {}
        for row in table.records(table.where()) if table else ():
            by_code = grouped.setdefault(row["unit_id"], {})
            by_code.setdefault((row["system"], row["indicator"]), []).append(_json(row))
        twin.answers["remarks"] = grouped
    known: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = twin.answers["remarks"]
    return known.get(unit_id, {})


def _json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "period": row["period"],
        "source": row["source"],
        "grade": _text(row, "grade"),
        "remark": _text(row, "remark"),
        "reviewer": row["reviewer"] or None,
        "date": row["date"],
    }


def _text(row: dict[str, Any], name: str) -> Text | None:
    zh, en = row[f"{name}_zh"], row[f"{name}_en"]
    return text(zh, en) if zh or en else None
