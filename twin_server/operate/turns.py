"""Heavy questions take turns: a few at a time, a few more wait, the others are told to come again.

They reckon the whole city anew. Without turns a handful of them would hold every thread, and the
light questions of everybody else would wait behind them. What takes a large body is none of them:
a slow sender would hold a turn.
"""

from __future__ import annotations

import asyncio
import os

from twin_server.errors import problem
from twin_server.hot.answers import App, Receive, Scope, Send
from twin_server.policy import HEAVY

AT_ONCE = max(2, os.cpu_count() or 1)
"""Heavy questions that one process answers at the same time."""
WAITING = 32
"""Heavy questions that may wait for their turn."""
RETRY_SECONDS = 5


class Turns:
    """An ASGI app that lets heavy questions through to `inside` one after the other."""

    def __init__(self, inside: App, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self.inside = inside
        self._room = asyncio.Semaphore(at_once)
        self._inside, self._most = 0, at_once + waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection; the gate has said in its state which route it takes."""
        if scope["type"] != "http" or scope["state"].get("policy") not in HEAVY:
            await self.inside(scope, receive, send)
            return
        if self._inside >= self._most:
            answer = problem(429, "BUSY", "too many heavy questions at once: ask again in a moment")
            answer.headers["retry-after"] = str(RETRY_SECONDS)
            await answer(scope, receive, send)
            return
        self._inside += 1
        try:
            async with self._room:
                await self.inside(scope, receive, send)
        finally:
            self._inside -= 1
