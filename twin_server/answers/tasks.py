"""The task table: who owes which indicator until when, and what has come in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cim_bridge.texts import text
from indicator_overlays.store import ValueStore
from indicator_overlays.values import NUMBER_STATES
from twin_server.answers.rulework import rule_units
from twin_server.twin import Twin
from twin_server.workflow.submissions import Submissions

STATES: tuple[str, ...] = ("delivered", "partly", "submitted", "due", "overdue")


def task_items(
    twin: Twin, submissions: Submissions, year: int | None, department: str | None
) -> list[dict[str, Any]]:
    """Tasks with their state, the most urgent first. Deliveries count as soon as they are loaded.

    A task is `delivered` when every unit of the indicator's level inside its unit has a value that
    says something (a number, or why there is none), `partly` when some have.
    """
    store = ValueStore(twin.folder)
    tasks = store.tasks().to_pylist()
    tasks = [t for t in tasks if year is None or t["year"] == year]
    tasks = [t for t in tasks if department is None or t["department_zh"] == department]
    codes = sorted({task["indicator"] for task in tasks})
    told = _told(store, codes, twin)
    waiting = {
        (item.fields["unit"], item.fields["category"], int(item.fields["year"]))
        for item in submissions.items()
        if item.state == "submitted"
    }
    found = [_task(task, twin, told, waiting) for task in tasks]
    order = {state: n for n, state in enumerate(("overdue", "due", "submitted", "partly"))}
    found.sort(key=lambda t: (order.get(t["state"], 9), t["deadline"] or "9999", t["indicator"]))
    return found


def _told(store: ValueStore, codes: list[str], twin: Twin) -> dict[tuple[str, int], set[str]]:
    """(indicator, checkup year) → units for which something was said."""
    if not codes:
        return {}
    table = store.of(codes).select(["indicator", "unit_id", "period_end", "state"]).to_pandas()
    table = table[table["state"].isin([*NUMBER_STATES, "not_applicable", "withheld"])]
    config = twin.folder.config
    years = sorted({*twin.years, *config.cutoffs})
    cut = np.array([np.datetime64(config.cutoff(year)) for year in years])
    ends = table["period_end"].to_numpy("datetime64[D]")
    place = np.searchsorted(cut, ends)
    found: dict[tuple[str, int], set[str]] = {}
    for number, year in enumerate(years):
        for code, part in table[place == number].groupby("indicator"):
            found[str(code), year] = set(part["unit_id"])
    return found


def _task(
    task: dict[str, Any],
    twin: Twin,
    told: dict[tuple[str, int], set[str]],
    waiting: set[tuple[str, str, int]],
) -> dict[str, Any]:
    system = twin.systems.get(task["system"])
    item = system.indicators.get(task["indicator"]) if system else None
    asked = _asked(twin, task["unit_id"], item.natural_level if item else "city")
    has = told.get((task["indicator"], task["year"]), set())
    count = len(asked & has)
    name = item.name if item else text(task["indicator"], task["indicator"])
    category = item.category.code if item else ""
    submitted = (task["unit_id"], category, task["year"]) in waiting
    return {
        "indicator": task["indicator"],
        "system": task["system"],
        "name": name,
        "unit": task["unit_id"] or None,
        "department": text(task["department_zh"], task["department_en"] or ""),
        "deadline": task["deadline"].isoformat() if task["deadline"] else None,
        "year": task["year"],
        "state": _state(count, len(asked), submitted, task, twin),
        "units_with_value": count,
        "units": len(asked),
    }


def _state(count: int, size: int, submitted: bool, task: dict[str, Any], twin: Twin) -> str:
    if size and count == size:
        return "delivered"
    if submitted:
        return "submitted"
    if task["deadline"] is not None and task["deadline"] < twin.folder.config.day():
        return "overdue"
    return "partly" if count else "due"


def _asked(twin: Twin, unit: str, natural: str) -> set[str]:
    """Units whose values a task asks for: of the indicator's level, inside the task's unit."""
    units = rule_units(twin)
    level = unit.partition(":")[0] or "city"
    if natural not in units.levels:
        natural = level
    if not unit:
        part = units.level(natural)
        return set(part.ids[~part.removed].tolist())
    place = units.level(level).index.get_indexer(pd.Index([unit]))[0]
    rows = units.parent_rows(natural, level) == place
    part = units.level(natural)
    found = set(part.ids[rows & ~part.removed].tolist())
    return found or {unit}
