"""Renewal projects, the earliest deadline first."""

from __future__ import annotations

from typing import Any

from twin_server.pinned import Pinned
from twin_server.problems import project_json
from twin_server.twin import Twin

_NEVER = "9999"


def projects_answer(
    twin: Twin, pinned: Pinned, *, state: str | None, department: str | None, unit: str | None
) -> list[dict[str, Any]]:
    """Projects that fit; `department` is its name in either language."""
    table = twin.problems
    places = (
        range(len(table.project_rows)) if unit is None else table.projects_of_unit.get(unit, [])
    )
    today = twin.folder.config.day()
    found = [
        project_json(table, place, twin.units, pinned.project_states, today) for place in places
    ]
    return sorted(
        (
            item
            for item in found
            if state in (None, item["state"])
            and (department is None or department in item["department"].values())
        ),
        key=lambda item: (item["deadline"] or _NEVER, item["id"]),
    )
