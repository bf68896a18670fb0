"""Idempotency keys: a request that is sent twice is done once and answered alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select

from cim_bridge.errors import TwinError
from twin_server import audit as audit_log
from twin_server.database import reading, writing
from twin_server.workflow.tables import idempotency


class KeyReused(TwinError):
    """The key was used for another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


@dataclass(frozen=True)
class Kept:
    """An answer as it was given."""

    status: int
    answer: str


def once(engine: Engine, key: str | None, actor: str, body: bytes, do: Callable[[], Kept]) -> Kept:
    """Do something, or give the answer that the same key and body got before.

    Only answers of things that were done are kept: a refused request may be sent again.
    """
    if key is None:
        return do()
    digest = hashlib.sha256(body).hexdigest()
    where = (idempotency.c.key == key) & (idempotency.c.actor == actor)
    with reading(engine) as connection:
        row = connection.execute(select(idempotency).where(where)).first()
    if row is not None:
        if row.body != digest:
            raise KeyReused(f"the key {key!r} was used for another request")
        return Kept(row.status, row.answer)
    found = do()
    with writing(engine) as connection:
        connection.execute(
            insert(idempotency).values(
                key=key, actor=actor, body=digest, status=found.status, answer=found.answer,
                time=audit_log.now(),
            )
        )  # fmt: skip
    return found
