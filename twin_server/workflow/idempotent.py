"""Idempotency keys: a request that is sent twice is done once and answered alike.

That holds for two at the same moment too, also in two processes: the first one takes the key, the
second one waits for its answer. Answers are kept for a week, then the key is free again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update

from cim_bridge.errors import TwinError
from twin_server import audit as audit_log
from twin_server.database import reading, writing
from twin_server.workflow.tables import idempotency

_WORKED_ON = 0
"""Status of a request that has no answer yet."""
_MOST_SECONDS = 120
"""After so long a request without an answer was left by a process that ended."""
KEPT_DAYS = 7
"""How long an answer is kept at least; whoever takes a key takes the older ones away."""
_WAIT_SECONDS = 10.0
_LOOK_EVERY = 0.05


class KeyReused(TwinError):
    """The key was used for another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class KeyBusy(TwinError):
    """The same request is being worked on still; it may be sent again."""

    code = "IDEMPOTENCY_KEY_BUSY"


@dataclass(frozen=True)
class Kept:
    """An answer as it was given."""

    status: int
    answer: str


def once(engine: Engine, key: str | None, actor: str, body: bytes, do: Callable[[], Kept]) -> Kept:
    """Do something, or give the answer that the same key and body got before.

    Only answers of things that were done are kept: a refused request may be sent again. KeyReused
    where the key stands for another body, KeyBusy where the first one takes more than ten seconds.
    """
    if key is None:
        return do()
    digest = hashlib.sha256(body).hexdigest()
    where = (idempotency.c.key == key) & (idempotency.c.actor == actor)
    end = time.monotonic() + _WAIT_SECONDS
    while (kept := _kept(engine, where, key, digest)) is None:
        if _taken(engine, where, key, actor, digest):
            return _done(engine, where, do)
        if time.monotonic() > end:
            raise KeyBusy(f"a request with the key {key!r} is being worked on")
        time.sleep(_LOOK_EVERY)
    return kept


def _kept(engine: Engine, where: ColumnElement[bool], key: str, digest: str) -> Kept | None:
    with reading(engine) as connection:
        row = connection.execute(select(idempotency).where(where & ~_outlived())).first()
    if row is not None and row.body != digest:
        raise KeyReused(f"the key {key!r} was used for another request")
    return None if row is None or row.status == _WORKED_ON else Kept(row.status, row.answer)


def _taken(engine: Engine, where: ColumnElement[bool], key: str, actor: str, digest: str) -> bool:
    """Whether the key is ours to work on now."""
    left = (idempotency.c.status == _WORKED_ON) & (
        idempotency.c.time < _before(dt.timedelta(seconds=_MOST_SECONDS))
    )
    with writing(engine) as connection:
        connection.execute(delete(idempotency).where((where & left) | _outlived()))
        if connection.execute(select(idempotency.c.key).where(where)).first() is not None:
            return False
        row = {"key": key, "actor": actor, "body": digest, "time": audit_log.now()}
        connection.execute(insert(idempotency).values(**row, status=_WORKED_ON, answer=""))
        return True


def _outlived() -> ColumnElement[bool]:
    """Answers that were kept long enough."""
    return idempotency.c.time < _before(dt.timedelta(days=KEPT_DAYS))


def _before(span: dt.timedelta) -> str:
    return (dt.datetime.now(dt.UTC) - span).strftime("%Y-%m-%dT%H:%M:%SZ")


def _done(engine: Engine, where: ColumnElement[bool], do: Callable[[], Kept]) -> Kept:
    try:
        found = do()
    except BaseException:
        with writing(engine) as connection:
            connection.execute(delete(idempotency).where(where))
        raise
    with writing(engine) as connection:
        answered = update(idempotency).where(where)
        connection.execute(answered.values(status=found.status, answer=found.answer))
    return found
