"""Events in the transaction of the change they tell of: thin, without texts or values of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, func, insert, select

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

KEPT_DAYS = 30
"""How long an event and what became of it are kept; the record keeps the change itself for good."""

_EVERY = 64
"""Every so many entries of the record the outbox is cleared of what is older."""


def type_of(action: str) -> str | None:
    """Type of the event that an action of the audit is."""
    return TYPES.get(action) or (
        TYPES.get(action.partition(".")[0]) if not action.startswith("publish.") else None
    )


def note(
    connection: Connection, seq: int, time: str, action: str, payload: Mapping[str, Any]
) -> None:
    """Put the event of an audit entry into the outbox, in the same transaction."""
    if seq % _EVERY == 0:
        prune(connection, time)
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


def prune(connection: Connection, now: str) -> int:
    """Take events away that are older than KEPT_DAYS and wait for nobody; how many.

    now: a moment as the record writes it. What is still to be delivered stays, however old.
    """
    moment = dt.datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ") - dt.timedelta(days=KEPT_DAYS)
    awaited = select(delivery.c.seq).where(delivery.c.state == "waiting")
    old = (outbox.c.time < moment.strftime("%Y-%m-%dT%H:%M:%SZ")) & outbox.c.seq.not_in(awaited)
    told = select(outbox.c.seq).where(old)
    connection.execute(delete(delivery).where(delivery.c.seq.in_(told)))
    return int(connection.execute(delete(outbox).where(old)).rowcount)


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
