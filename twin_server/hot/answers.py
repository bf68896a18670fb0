"""Hot reads of the API as bytes ready to be sent: asked once of the framework, then kept.

An answer is kept only for those who send nothing that could say who they are, and only as long as
the publication and the live states it was made from are the current ones. What is kept is bounded
in bytes; the least used goes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from twin_server.hot.blob import REVALIDATE, Blob, BlobMemory, compressed, content_tag
from twin_server.pinned import Pinned

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOLD = "cimtwin.told"
"""Key in an ASGI scope under which a route tells what it answered from."""

PATHS = ("/api/v1/units", "/api/v1/ranking/", "/api/v1/overlays/", "/api/v1/indicators",
         "/api/v1/systems", "/ogc/collections/")  # fmt: skip
"""Beginnings of the paths that are hot: they answer from a publication and the live states."""

_LONGEST = 2000
"""Characters of the longest query that is kept."""

_LARGE = 65_536
"""Bytes from which an answer is compressed beside the event loop."""

_PLAIN = frozenset({
    b"host", b"accept", b"accept-encoding", b"accept-language", b"accept-charset", b"user-agent",
    b"referer", b"connection", b"keep-alive", b"if-none-match", b"if-modified-since", b"if-range",
    b"range", b"cache-control", b"pragma", b"priority", b"dnt", b"te", b"upgrade-insecure-requests",
    b"origin", b"sec-fetch-dest", b"sec-fetch-mode", b"sec-fetch-site", b"sec-fetch-user",
    b"sec-ch-ua", b"sec-ch-ua-mobile", b"sec-ch-ua-platform", b"sec-gpc",
})  # fmt: skip
"""Headers that say nothing of who asks; with any other one a request is not answered from here."""

_KEPT = (b"content-crs", b"content-security-policy", b"link", b"vary")
"""Headers of an answer that are sent again with it."""


@dataclass
class Told:
    """What a route answered from: the live states, and whether they fit its twin."""

    live: Pinned | None = None
    fresh: bool = False


@dataclass
class Caught:
    """Messages of an answer, held back until it is whole."""

    messages: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        """Take one message."""
        self.messages.append(message)

    def body(self) -> bytes:
        """All bytes of the answer."""
        return b"".join(one.get("body", b"") for one in self.messages[1:])


class HotAnswers:
    """Answers of hot paths by their whole question."""

    def __init__(self, pinned: Callable[[], Pinned], memory: int) -> None:
        """`memory`: bytes that all kept answers with their compressed copies may take."""
        self._pinned, self._limit = pinned, memory
        self._seen: Pinned | None = None
        self._memory = BlobMemory(memory)

    def key(self, scope: Scope) -> str | None:
        """The whole question of a hot read; None when it has to be asked of the framework."""
        path: str = scope["path"]
        query: bytes = scope["query_string"]
        if not path.startswith(PATHS) or len(path) + len(query) > _LONGEST:
            return None
        more = ""
        for name, value in scope["headers"]:
            if name not in _PLAIN:
                return None
            if name in (b"host", b"accept") and path.startswith("/ogc"):
                more += f"\n{name!r}{value!r}"
        return f"{path}?{query!r}{more}" if more else f"{path}?{query!r}"

    def held(self, key: str) -> Blob | None:
        """The kept answer of a question, as long as it still holds."""
        now = self._pinned()
        if now is not self._seen:
            if now != self._seen:
                self._memory = BlobMemory(self._limit)
            self._seen = now
        return self._memory.get(key, lambda: None)

    async def ask(self, key: str, scope: Scope, receive: Receive, behind: App) -> Blob | Caught:
        """Ask the framework; what may be kept comes back as a blob, all else as its messages."""
        told, caught = Told(), Caught()
        headers = [pair for pair in scope["headers"] if pair[0] in (b"host", b"accept")]
        asked = {**scope, "method": "GET", "headers": headers, TOLD: told}
        await behind(asked, receive, caught.send)
        start = caught.messages[0]
        if start["status"] != 200:
            return caught
        given = dict(start["headers"])
        plain = caught.body()
        large = len(plain) > _LARGE
        blob = Blob(
            plain,
            given[b"content-type"].decode(),
            content_tag(plain),
            REVALIDATE,
            await asyncio.to_thread(compressed, plain) if large else compressed(plain),
            tuple(pair for pair in start["headers"] if pair[0] in _KEPT),
        )
        if told.fresh and told.live == self._seen:
            self._memory.get(key, lambda: blob)
        return blob
