"""The desk where items are worked on: one action, one transaction, one audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, insert, select, update

from cim_bridge.errors import TwinError
from twin_server import audit as audit_log
from twin_server.database import reading, writing
from twin_server.tables import problem_state, project_state
from twin_server.workflow.machine import FIELDS, Action, Machine, machines
from twin_server.workflow.tables import workflow_event, workflow_item

_READ_BACK = {"problem": (problem_state, "problem_id"), "project": (project_state, "project_id")}
"""Live states that every view reads."""


class ActionRefused(TwinError):
    """An action that may not be done now; `code` says why, for machines."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


@dataclass(frozen=True)
class Event:
    """One thing that was done."""

    version: int
    time: str
    actor: str
    action: str
    from_state: str
    to_state: str
    note: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Item:
    """Where an item stands; version 0 is one that nobody has touched."""

    kind: str
    id: str
    state: str
    version: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    changed: str = ""
    actor: str = ""


@dataclass(frozen=True)
class Step:
    """What someone wants to do. expected: the version they saw, None for whatever there is."""

    action: str
    actor: str
    note: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    expected: int | None = None


class Desk:
    """Reads and changes where items stand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def item(self, kind: str, name: str, started: str = "") -> Item:
        """An item; one that nobody touched is in `started`, or the machine's first state."""
        with reading(self._engine) as connection:
            return _item(connection, kind, name, started)

    def history(self, kind: str, name: str) -> list[Event]:
        """Everything that was done to an item, oldest first."""
        with reading(self._engine) as connection:
            return _events(connection, kind, name)

    def items(self, kind: str) -> list[Item]:
        """Every item of a kind that someone has touched, the latest change first."""
        query = (
            select(workflow_item)
            .where(workflow_item.c.kind == kind)
            .order_by(workflow_item.c.changed.desc(), workflow_item.c.id)
        )
        with reading(self._engine) as connection:
            return [_read(row._mapping) for row in connection.execute(query)]

    def act(
        self, kind: str, name: str, step: Step, started: str = "", *,
        extra: Mapping[str, str] | None = None, seen: int | None = None,
    ) -> Item:  # fmt: skip
        """Do one step; ActionRefused when it may not be done, and nothing is changed.

        extra: what the step itself brought about (a batch), kept with the item's fields. seen: the
        version at which `may` allowed it.
        """
        if seen is not None:
            step = replace(step, expected=seen)
        with writing(self._engine) as connection:
            return act_within(connection, kind, name, step, started, extra or {})

    def may(self, kind: str, name: str, step: Step, started: str = "") -> int:
        """The version at which a step is allowed; ActionRefused when it is not."""
        with reading(self._engine) as connection:
            return _judged(connection, kind, name, step, started)[1].version

    def create(self, kind: str, name: str, actor: str, fields: Mapping[str, str]) -> Item:
        """Put a new item on the desk in its machine's first state."""
        with writing(self._engine) as connection:
            now = _item(connection, kind, name, "")
            if now.version:
                raise ActionRefused("ALREADY_THERE", f"{kind} {name} is there already")
            made = Item(kind, name, machines()[kind].start, 1, dict(fields), audit_log.now(), actor)
            return _write(connection, now, made, "create", "", dict(fields))


def act_within(
    connection: Connection, kind: str, name: str, step: Step, started: str = "",
    extra: Mapping[str, str] = MappingProxyType({}),
) -> Item:  # fmt: skip
    """Do one step inside a transaction that does more."""
    action, now = _judged(connection, kind, name, step, started)
    given = {key: value for key, value in step.fields.items() if value} | dict(extra)
    fields = now.fields | given
    made = Item(kind, name, action.target, now.version + 1, fields, audit_log.now(), step.actor)
    return _write(connection, now, made, action.code, step.note, given)


def _judged(
    connection: Connection, kind: str, name: str, step: Step, started: str
) -> tuple[Action, Item]:
    """The action and the item as it is, when the step may be done now."""
    machine, now = machines()[kind], _item(connection, kind, name, started)
    if step.expected is not None and step.expected != now.version:
        raise ActionRefused(
            "VERSION_CHANGED", f"someone changed {name} meanwhile: it is at version {now.version}"
        )
    action = _allowed(machine, now, step)
    _four_eyes(action, _events(connection, kind, name), step)
    return action, now


def _allowed(machine: Machine, now: Item, step: Step) -> Action:
    action = machine.actions.get(step.action)
    if action is None:
        known = ", ".join(machine.actions)
        raise ActionRefused("ACTION_UNKNOWN", f"no action {step.action!r}; there are: {known}")
    if now.state not in action.sources:
        possible = ", ".join(item.code for item in machine.possible(now.state)) or "none"
        raise ActionRefused(
            "ACTION_NOT_POSSIBLE",
            f"{step.action} cannot follow {now.state}; possible now: {possible}",
        )
    if action.note and not step.note.strip():
        raise ActionRefused("NOTE_MISSING", f"{step.action} needs a note that says why")
    strange = sorted(set(step.fields) - set(FIELDS))
    if strange:
        raise ActionRefused("FIELD_UNKNOWN", f"no field {strange[0]!r}")
    lacking = [name for name in action.needs if not (step.fields.get(name) or now.fields.get(name))]
    if lacking:
        raise ActionRefused("FIELD_MISSING", f"{step.action} needs {', '.join(lacking)}")
    return action


def _four_eyes(action: Action, events: list[Event], step: Step) -> None:
    for code in action.not_by:
        last = next((event for event in reversed(events) if event.action == code), None)
        if last is not None and last.actor == step.actor:
            raise ActionRefused(
                "SAME_PERSON", f"{action.code} is not for {step.actor}, who did `{code}`"
            )


def _write(
    connection: Connection, now: Item, made: Item, action: str, note: str, given: dict[str, str]
) -> Item:
    row = {
        "state": made.state,
        "version": made.version,
        "fields": orjson.dumps(made.fields, option=orjson.OPT_SORT_KEYS).decode(),
        "changed": made.changed,
        "actor": made.actor,
    }
    if now.version:
        key = (workflow_item.c.kind == made.kind) & (workflow_item.c.id == made.id)
        connection.execute(update(workflow_item).where(key).values(**row))
    else:
        connection.execute(insert(workflow_item).values(kind=made.kind, id=made.id, **row))
    event = {
        "version": made.version,
        "time": made.changed,
        "actor": made.actor,
        "action": action,
        "from_state": now.state,
        "to_state": made.state,
        "note": note,
        "fields": orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode(),
    }
    connection.execute(insert(workflow_event).values(kind=made.kind, id=made.id, **event))
    _read_back(connection, made, note)
    payload = {"id": made.id, "from": now.state, "to": made.state, "note": note, **given}
    audit_log.append(connection, f"{made.kind}.{action}", payload, made.actor)
    return made


def _read_back(connection: Connection, made: Item, note: str) -> None:
    if made.kind not in _READ_BACK:
        return
    table, key = _READ_BACK[made.kind]
    row = {"state": made.state, "changed": made.changed, "actor": made.actor, "note": note}
    found = connection.execute(update(table).where(table.c[key] == made.id).values(**row))
    if not found.rowcount:
        connection.execute(insert(table).values({key: made.id, **row}))


def _item(connection: Connection, kind: str, name: str, started: str) -> Item:
    key = (workflow_item.c.kind == kind) & (workflow_item.c.id == name)
    row = connection.execute(select(workflow_item).where(key)).first()
    if row is not None:
        return _read(row._mapping)
    machine = machines()[kind]
    return Item(kind, name, started if started in machine.states else machine.start)


def _read(row: Mapping[Any, Any]) -> Item:
    fields: dict[str, str] = orjson.loads(row["fields"])
    return Item(
        row["kind"], row["id"], row["state"], row["version"], fields, row["changed"], row["actor"]
    )


def _events(connection: Connection, kind: str, name: str) -> list[Event]:
    key = (workflow_event.c.kind == kind) & (workflow_event.c.id == name)
    query = select(workflow_event).where(key).order_by(workflow_event.c.version)
    return [
        Event(
            row.version, row.time, row.actor, row.action, row.from_state, row.to_state, row.note,
            orjson.loads(row.fields),
        )
        for row in connection.execute(query)
    ]  # fmt: skip
