"""Outermost of all: a request's id, its figures, and its line in the log."""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from typing import Any

from twin_server.hot.answers import App, Message, Receive, Scope, Send
from twin_server.identity.principal import Principal
from twin_server.identity.tiletoken import hidden
from twin_server.operate.logs import ACCESS
from twin_server.operate.metrics import Metrics

_LOG = logging.getLogger(ACCESS)
_ID = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
_NAME = b"x-request-id"
_PROCESS = secrets.token_hex(5).encode() + b"-"
_COUNT = itertools.count(1)


class Watch:
    """An ASGI app that watches `inside`; `state.request_id` is what the answer carries."""

    def __init__(self, inside: App, metrics: Metrics, *, log: bool) -> None:
        self.inside, self._metrics, self._log = inside, metrics, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            await self.inside(scope, receive, send)
            return
        number = _number(scope)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = number.decode()
        seen, began, asked = {"status": 500, "size": 0}, time.perf_counter(), scope["path"]

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                message = {**message, "headers": [*message.get("headers", []), (_NAME, number)]}
            else:
                seen["size"] += len(message.get("body", b""))
            await send(message)

        try:
            await self.inside(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.count(state.get("policy"), seen["status"], seconds, seen["size"])
            if self._log:
                _tell(scope, asked, seen, seconds)


def _number(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == _NAME and _ID.match(value):
            return bytes(value)
    return b"%s%x" % (_PROCESS, next(_COUNT))


def _tell(scope: Scope, path: str, seen: dict[str, int], seconds: float) -> None:
    state: dict[str, Any] = scope["state"]
    who: Principal | None = state.get("principal")
    client = scope.get("client")
    fields = {
        "request_id": state["request_id"],
        "method": scope["method"],
        "path": hidden(path),
        "query": scope["query_string"].decode("latin-1"),
        "route": state.get("policy"),
        "status": seen["status"],
        "bytes": seen["size"],
        "ms": round(seconds * 1000, 2),
        "principal": who.name if who else None,
        "via": who.via if who else None,
        "client": client[0] if client else None,
    }
    _LOG.info("request", extra={"fields": fields})
