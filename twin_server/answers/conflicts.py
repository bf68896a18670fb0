"""Conflict list 校验清单: values on which sources disagree, and what was decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from indicator_overlays.decisions import Decision
from twin_server.answers.rulework import results_of
from twin_server.answers.unit_file import address
from twin_server.errors import Missing
from twin_server.twin import Twin
from twin_server.workflow.valuedecisions import key_of, version_of_decision

_COLUMNS = ["unit_id", "system", "indicator", "period", "value", "source", "spread", "n_sources"]


def conflict_items(
    twin: Twin,
    decisions: dict[str, Decision],
    year: int | None,
    indicator: str | None,
    unit: str | None = None,
) -> list[dict[str, Any]]:
    """Conflicts of a year, the widest first; those decided since the publication say so.

    unit: those of one unit alone; Missing UNKNOWN_UNIT where there is none.
    """
    if unit is not None and twin.units.find(unit) is None:
        raise Missing("UNKNOWN_UNIT", f"no unit {unit!r} in the published model")
    chosen = twin.year(year) or 0
    key = ("conflicts", chosen)
    if key not in twin.answers:
        table = pq.read_table(
            results_of(twin).path / "values.parquet",
            columns=_COLUMNS,
            filters=[("year", "=", chosen), ("conflict", "=", True)],
        )
        order = pc.sort_indices(
            table, sort_keys=[("spread", "descending"), ("unit_id", "ascending")]
        )
        twin.answers[key] = table.take(order).to_pylist()
    rows = [
        row
        for row in twin.answers[key]
        if indicator in (None, row["indicator"]) and unit in (None, row["unit_id"])
    ]
    return [found for row in rows if (found := _item(twin, decisions, row)) is not None]


def _item(twin: Twin, decisions: dict[str, Decision], row: dict[str, Any]) -> dict[str, Any] | None:
    index = twin.units.find(row["unit_id"])
    system = twin.systems.get(row["system"])
    item = system.indicators.get(row["indicator"]) if system else None
    if index is None or item is None:
        return None
    decided = decisions.get(key_of(row["system"], row["indicator"], row["unit_id"], row["period"]))
    where = address(item, row["unit_id"], row["period"])
    spread = row["spread"]
    return {
        "address": where,
        "unit": twin.units.ref(index),
        "indicator": item.code,
        "system": item.system,
        "name": item.name,
        "period": row["period"],
        "value": row["value"],
        "source": row["source"],
        "spread": spread if spread is not None and np.isfinite(spread) else None,
        "sources": row["n_sources"],
        "decision": None if decided is None else decision_json(where, decided),
    }


def decision_json(where: str, decided: Decision) -> dict[str, Any]:
    """A decision as the API gives it."""
    return {
        "address": where,
        "kind": decided.kind,
        "source": decided.source,
        "value": decided.value,
        "reason": decided.reason,
        "actor": decided.actor,
        "time": decided.time,
        "version": version_of_decision(decided),
    }
