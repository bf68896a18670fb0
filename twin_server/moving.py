"""Decisions from one database to another: from SQLite to PostgreSQL when a city grows, or back."""

from __future__ import annotations

from sqlalchemy import Engine, func, insert, select

from cim_bridge.errors import WrongUse
from twin_server import audit as audit_log
from twin_server.database import reading, writing
from twin_server.tables import audit, metadata

_AT_ONCE = 1000


def copy_decisions(source: Engine, target: Engine) -> dict[str, int]:
    """Copy every row of every table into a database that holds none; rows of each table.

    One transaction, and the audit chain is walked in it before it ends: what arrives holds, or
    nothing arrives. WrongUse when the target is not empty, InputRefused AUDIT_BROKEN when the
    source's record does not hold.
    """
    counts: dict[str, int] = {}
    with reading(source) as old, writing(target) as new:
        for table in metadata.sorted_tables:
            if new.execute(select(func.count()).select_from(table)).scalar():
                raise WrongUse(f"the database holds decisions already (table {table.name})")
        for table in metadata.sorted_tables:
            counts[table.name] = 0
            for rows in old.execute(select(table)).mappings().partitions(_AT_ONCE):
                new.execute(insert(table), [dict(row) for row in rows])
                counts[table.name] += len(rows)
        entries, log = audit_log.verify_chain(new)
        log.raise_if_errors()
        assert entries == counts[audit.name]  # noqa: S101 - the chain has no other end
    return counts
