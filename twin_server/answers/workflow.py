"""Where a problem or a project stands, what was done, what may come next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from twin_server.errors import Missing
from twin_server.pinned import Pinned
from twin_server.twin import Twin
from twin_server.workflow.desk import Desk, Item
from twin_server.workflow.machine import machines

AT_WORK = frozenset({"assigned", "rectifying", "returned"})
"""States of problems that a finished project may have mended."""


def workflow_answer(desk: Desk, item: Item) -> dict[str, Any]:
    """An item with its history and the actions that are possible now."""
    machine = machines()[item.kind]
    return {
        "id": item.id,
        "kind": item.kind,
        "state": item.state,
        "label": machine.states[item.state],
        "version": item.version,
        "fields": item.fields,
        "changed": item.changed or None,
        "actor": item.actor or None,
        "actions": [
            {
                "code": action.code,
                "label": action.label,
                "to": action.target,
                "needs": list(action.needs),
                "note": action.note,
                "not_by": list(action.not_by),
            }
            for action in machine.possible(item.state)
        ],
        "history": [asdict(event) for event in desk.history(item.kind, item.id)],
    }


def told_state(twin: Twin, kind: str, name: str) -> str:
    """The state that was delivered with an item; Missing when nobody knows the item."""
    table = twin.problems.problems if kind == "problem" else twin.problems.projects
    rows = table.where(**{f"{kind}_id": name})
    if not len(rows):
        raise Missing(f"UNKNOWN_{kind.upper()}", f"no {kind} {name!r} in the published results")
    return str(table.values("state", rows[:1])[0] or "")


def linked_problems(twin: Twin, pinned: Pinned, project: str) -> list[str]:
    """Problems that a project answers and that are still being worked on."""
    table = twin.problems
    place = next(
        (n for n, row in enumerate(table.project_rows) if row["project_id"] == project), -1
    )
    found = []
    for name, places in table.projects_of_problem.items():
        if place not in places:
            continue
        told = str(table.problems.values("state", np.array([table.by_id[name]]))[0] or "candidate")
        if pinned.problem_states.get(name, told) in AT_WORK:
            found.append(name)
    return sorted(found)
