"""Events in the transaction of the change they tell of: thin, without texts or values of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, func, insert, select

from twin_server.database import reading
from twin_server.events.tables import delivery, outbox

TYPES: dict[str, str] = {
    "publish": "cn.cim.release.published",
    "rollback": "cn.cim.release.rolled_back",
    "publish.propose": "cn.cim.release.proposed",
    "publish.reject": "cn.cim.release.rejected",
    "load": "cn.cim.batch.loaded",
    "bridge": "cn.cim.model.bridged",
    "problem": "cn.cim.problem.changed",
    "project": "cn.cim.project.changed",
    "submission": "cn.cim.submission.changed",
    "value": "cn.cim.value.decided",
}
"""Action of the audit, or its first word, to the type of its event; others tell nobody."""

TOLD = ("id", "seq", "model", "results", "proposal", "from", "to", "address", "unit", "year",
        "batch", "digest", "source")  # fmt: skip
"""What of an audit entry an event tells: ids and states, no notes and no values."""


def type_of(action: str) -> str | None:
    """Type of the event that an action of the audit is."""
    return TYPES.get(action) or (
        TYPES.get(action.partition(".")[0]) if not action.startswith("publish.") else None
    )


def note(
    connection: Connection, seq: int, time: str, action: str, payload: Mapping[str, Any]
) -> None:
    """Put the event of an audit entry into the outbox, in the same transaction."""
    kind = type_of(action)
    if kind is None:
        return
    told = {key: payload[key] for key in TOLD if key in payload} | {"action": action}
    subject = str(payload.get("id") or payload.get("address") or payload.get("digest") or "")
    connection.execute(
        insert(outbox).values(
            seq=seq, type=kind, subject=subject.replace("\x1f", "/")[:600], time=time, spread=False,
            data=orjson.dumps(told, option=orjson.OPT_SORT_KEYS, default=str).decode(),
        )
    )  # fmt: skip


def waiting(engine: Engine) -> dict[str, int]:
    """How many deliveries wait, and how many were given up."""
    query = select(delivery.c.state, func.count()).group_by(delivery.c.state)
    with reading(engine) as connection:
        found = {str(state): int(count) for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in ("waiting", "dead")}


def recent(engine: Engine, limit: int) -> list[dict[str, Any]]:
    """The newest events with where they went."""
    with reading(engine) as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.seq.desc()).limit(limit)).all()
        numbers = [row.seq for row in rows]
        sent = connection.execute(select(delivery).where(delivery.c.seq.in_(numbers))).all()
    return [
        {
            "seq": row.seq,
            "type": row.type,
            "subject": row.subject,
            "time": row.time,
            "deliveries": [
                {
                    name: getattr(one, name)
                    for name in ("endpoint", "state", "attempts", "next", "error")
                }
                for one in sent
                if one.seq == row.seq
            ],
        }
        for row in rows
    ]
