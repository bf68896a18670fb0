"""From the outbox to webhooks: CloudEvents, signed, tried again with pauses, given up at last."""

from __future__ import annotations

import asyncio
import base64
import binascii
import datetime as dt
import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from cim_bridge.errors import TwinError, Unavailable
from twin_server.database import reading, writing
from twin_server.events.tables import delivery, outbox
from twin_server.operate.logs import redacted
from twin_server.outbound import Outbound
from twin_server.settings import Settings

_LOG = logging.getLogger("twin_server.events")

MOST_ATTEMPTS = 8
FIRST_PAUSE = 10.0
"""Seconds before the second attempt; every further pause is four times as long, up to 6 hours."""
_LONGEST_PAUSE = 6 * 3600.0
_OLDEST_DAYS = 7
"""Events older than this are told to no endpoint that was not there."""
_AT_ONCE = 100
_GONE = 410

Clock = Callable[[], dt.datetime]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Sent:
    """What one round did."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0


class Deliverer:
    """Sends the events of one city."""

    def __init__(
        self, engine: Engine, settings: Settings, city: str,
        outbound: Outbound | None = None, clock: Clock = _now,
    ) -> None:  # fmt: skip
        hooks = settings.webhooks
        self._engine, self._endpoints, self._clock = engine, hooks.endpoints, clock
        self._secret = hooks.secret
        self._source = settings.public_url or f"urn:cimtwin:{city}"
        self._outbound = outbound or Outbound(hooks.allow, hooks.allow_private)

    def round(self) -> Sent:
        """Send everything that is due once."""
        self._spread()
        delivered = failed = dead = 0
        for row in self._due():
            if not self._claim(row):
                continue
            error, final = self._send(row)
            if not error:
                self._mark(row, "delivered", "")
                delivered += 1
            elif final or row["attempts"] + 1 >= MOST_ATTEMPTS:
                self._mark(row, "dead", error)
                _LOG.warning("event %s given up for %s: %s", row["seq"], row["endpoint"], error)
                dead += 1
            else:
                self._mark(row, "waiting", error)
                failed += 1
        return Sent(delivered, failed, dead)

    def again(self) -> int:
        """Let everything that was given up wait again."""
        with writing(self._engine) as connection:
            found = connection.execute(
                update(delivery).where(delivery.c.state == "dead")
                .values(state="waiting", attempts=0, next=_text(self._clock()))
            )  # fmt: skip
        return int(found.rowcount)

    async def keep_on(self, every: float) -> None:
        """Send what is due for as long as the server runs."""
        while True:
            try:
                await asyncio.to_thread(self.round)
            except (TwinError, SQLAlchemyError, OSError):
                _LOG.exception("a round of deliveries failed; the next one follows")
            await asyncio.sleep(every)

    def _spread(self) -> None:
        """One delivery for every endpoint that wants an event."""
        oldest = _text(self._clock() - dt.timedelta(days=_OLDEST_DAYS))
        with reading(self._engine) as connection:
            query = select(outbox).where(outbox.c.spread.is_(False)).order_by(outbox.c.seq)
            rows = connection.execute(query).all()
        for row in rows:
            with writing(self._engine) as connection:
                mine = (outbox.c.seq == row.seq) & outbox.c.spread.is_(False)
                if not connection.execute(update(outbox).where(mine).values(spread=True)).rowcount:
                    continue  # another worker was quicker
                for url, types in self._endpoints.items():
                    if row.time < oldest or (types and row.type not in types):
                        continue
                    first = {"state": "waiting", "attempts": 0, "next": row.time, "error": ""}
                    connection.execute(insert(delivery).values(seq=row.seq, endpoint=url, **first))

    def _due(self) -> list[dict[str, Any]]:
        query = (
            select(delivery, outbox.c.type, outbox.c.subject, outbox.c.time, outbox.c.data)
            .join(outbox, outbox.c.seq == delivery.c.seq)
            .where(delivery.c.state == "waiting", delivery.c.next <= _text(self._clock()))
            .order_by(delivery.c.seq)
            .limit(_AT_ONCE)
        )
        with reading(self._engine) as connection:
            return [dict(row._asdict()) for row in connection.execute(query)]

    def _claim(self, row: dict[str, Any]) -> bool:
        """Whether this attempt is ours; the next one is fixed before this one begins."""
        pause = min(FIRST_PAUSE * 4 ** row["attempts"], _LONGEST_PAUSE)
        later = _text(self._clock() + dt.timedelta(seconds=pause))
        mine = _key(row) & (delivery.c.state == "waiting") & (delivery.c.next == row["next"])
        moved = update(delivery).where(mine).values(attempts=row["attempts"] + 1, next=later)
        with writing(self._engine) as connection:
            return bool(connection.execute(moved).rowcount)

    def _send(self, row: dict[str, Any]) -> tuple[str, bool]:
        """("", False) when it arrived; else (what went wrong, whether it is for ever)."""
        if row["endpoint"] not in self._endpoints:
            return "the endpoint is no longer in city.toml", True
        body = orjson.dumps(self.event(row))
        number, moment = f"evt_{row['seq']}", str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": number,
            "webhook-timestamp": moment,
            "webhook-signature": signature(self._secret, number, moment, body),
        }
        try:
            status, _ = self._outbound.ask("POST", row["endpoint"], headers, body)
        except Unavailable as exc:
            return redacted(str(exc))[:500], False
        if 200 <= status < 300:
            return "", False
        return f"answered {status}", status == _GONE

    def event(self, row: dict[str, Any]) -> dict[str, Any]:
        """One event as CloudEvents 1.0 has it, structured."""
        return {
            "specversion": "1.0",
            "id": f"evt_{row['seq']}",
            "source": self._source,
            "type": row["type"],
            "subject": row["subject"],
            "time": row["time"],
            "datacontenttype": "application/json",
            "data": orjson.loads(row["data"]),
        }

    def _mark(self, row: dict[str, Any], state: str, error: str) -> None:
        done = update(delivery).where(_key(row)).values(state=state, error=error)
        with writing(self._engine) as connection:
            connection.execute(done)


def signature(secret: str, number: str, moment: str, body: bytes) -> str:
    """`v1,<base64>`: HMAC-SHA256 over id, timestamp and body, as Standard Webhooks has it."""
    signed = f"{number}.{moment}.".encode() + body
    digest = hmac.new(_key_bytes(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key_bytes(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _key(row: dict[str, Any]) -> Any:
    return (delivery.c.seq == row["seq"]) & (delivery.c.endpoint == row["endpoint"])


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
