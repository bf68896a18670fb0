"""The audit log: append-only, each entry chained to the one before by SHA-256."""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from cim_bridge.issues import IssueLog
from twin_server.events import outbox
from twin_server.tables import audit

GENESIS = "0" * 64


def now() -> str:
    """This moment in UTC, ISO 8601 with seconds."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_actor() -> str:
    """Who works at this terminal; the name of the account, or its number where it has none."""
    try:
        return f"local:{getpass.getuser()}"
    except (OSError, KeyError):
        return "local:unnamed"


def append(connection: Connection, action: str, payload: dict[str, Any], actor: str) -> int:
    """Write one entry inside the transaction of the change it tells of; answer its number."""
    last = connection.execute(
        select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    ).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    text = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS, default=str).decode()
    entry = {"seq": seq, "time": now(), "actor": actor, "action": action, "payload": text}
    digest = entry_hash(previous, entry)
    connection.execute(insert(audit).values(**entry, prev_hash=previous, hash=digest))
    outbox.note(connection, seq, str(entry["time"]), action, payload)
    return seq


def entry_hash(previous: str, entry: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the entry's own fields."""
    body = orjson.dumps(
        {key: entry[key] for key in ("seq", "time", "actor", "action", "payload")},
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(previous.encode() + body).hexdigest()


def verify_chain(connection: Connection) -> tuple[int, IssueLog]:
    """Walk the whole log; answer how many entries hold and the first one that does not."""
    log = IssueLog()
    previous, expected = GENESIS, 1
    for row in connection.execute(select(audit).order_by(audit.c.seq)).mappings():
        reason = _fault({str(key): value for key, value in row.items()}, previous, expected)
        if reason:
            log.add("AUDIT_BROKEN", id=row["seq"], seq=row["seq"], reason=reason)
            break
        previous, expected = str(row["hash"]), expected + 1
    return expected - 1, log


def _fault(entry: dict[str, Any], previous: str, expected: int) -> str:
    if entry["seq"] != expected:
        return f"entry {expected} is missing"
    if entry["prev_hash"] != previous:
        return "it does not follow the entry before it"
    if entry["hash"] != entry_hash(previous, entry):
        return "its content does not match its hash"
    return ""
