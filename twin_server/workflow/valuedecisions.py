"""Decisions on single values: adopt a source, correct by hand; they show with the next publish."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from sqlalchemy import Connection, Engine, delete, insert, select

from cim_bridge.folder import CityFolder
from indicator_overlays.decisions import Decision, write_decisions
from indicator_overlays.store import ValueStore
from twin_server import audit as audit_log
from twin_server.database import reading, writing
from twin_server.tables import value_decision
from twin_server.workflow.desk import ActionRefused

NONE = "none"
"""Version of a value that nobody decided on."""


class ValueDecisions:
    """Every decision of a city that stands; a newer one on the same address replaces it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> dict[str, Decision]:
        """Decisions by address."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(value_decision).order_by(value_decision.c.address))
            return {row.address: _decision(row._asdict()) for row in rows}

    def decide(self, address: str, decision: Decision, expected: str | None = None) -> None:
        """Write a decision and its audit entry.

        expected: version of the decision that was seen (NONE: there was none); ActionRefused
        VERSION_CHANGED when another one stands there by now.
        """
        if not decision.reason.strip():
            raise ActionRefused("NOTE_MISSING", "a decision needs its reason")
        told = asdict(decision)
        row = {name: told[name] for name in ("kind", "source", "value", "reason", "actor", "time")}
        with writing(self._engine) as connection:
            _expect(connection, address, expected)
            connection.execute(delete(value_decision).where(value_decision.c.address == address))
            connection.execute(insert(value_decision).values(address=address, **row))
            audit_log.append(
                connection, f"value.{decision.kind}", {"address": address, **row}, decision.actor
            )

    def withdraw(self, address: str, actor: str, expected: str | None = None) -> None:
        """Take a decision back; ActionRefused when there is none, or not the one `expected`."""
        with writing(self._engine) as connection:
            _expect(connection, address, expected)
            gone = connection.execute(
                delete(value_decision).where(value_decision.c.address == address)
            )
            if not gone.rowcount:
                raise ActionRefused("UNKNOWN_DECISION", f"no decision on {address}")
            audit_log.append(connection, "value.withdraw", {"address": address}, actor)

    def copy_into(self, folder: CityFolder) -> None:
        """Copy every decision into a batch when they differ from the last copy."""
        every = list(self.all().values())
        if every or ValueStore(folder).decisions().num_rows:
            write_decisions(folder, every)


def version_of_decision(decision: Decision) -> str:
    """What a decision is told apart by: it changes whenever another one stands there."""
    told = (decision.kind, decision.source, decision.value, decision.reason, decision.actor,
            decision.time)  # fmt: skip
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _expect(connection: Connection, address: str, expected: str | None) -> None:
    if expected is None:
        return
    query = select(value_decision).where(value_decision.c.address == address)
    row = connection.execute(query).first()
    now = NONE if row is None else version_of_decision(_decision(row._asdict()))
    if now != expected:
        raise ActionRefused("VERSION_CHANGED", "another decision stands on this value by now")


def _decision(row: dict[str, object]) -> Decision:
    system, code, rest = str(row["address"]).split("/", 2)
    unit, _, period = rest.rpartition("\x1f")
    value = row["value"]
    return Decision(
        unit, system, code, period, str(row["kind"]), str(row["reason"]), str(row["actor"]),
        str(row["time"]), str(row["source"]), float(str(value)) if value is not None else None,
    )  # fmt: skip


def key_of(system: str, code: str, unit: str, period: str) -> str:
    """The address as it is stored: ids may hold slashes, so the period is set apart."""
    return f"{system}/{code}/{unit}\x1f{period}"
