"""The raw ASGI app in front of the framework: files and kept answers here, the rest goes behind."""

from __future__ import annotations

from functools import lru_cache

import orjson

from twin_server.hot.answers import App, HotAnswers, Message, Receive, Scope, Send
from twin_server.hot.blob import Blob
from twin_server.hot.negotiate import best_encoding, etag_matches, wanted_range
from twin_server.hot.private import PREFIX, PrivateFiles, may_read
from twin_server.hot.sources import Files

Headers = list[tuple[bytes, bytes]]

_BEHIND = (
    "/api/", "/health", "/docs", "/openapi.json", "/ogc", "/auth/", "/metrics", "/releases",
    "/basemaps/",
)  # fmt: skip
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_READ = frozenset({b"host", b"accept-encoding", b"if-none-match", b"if-range", b"range",
                   b"authorization"})  # fmt: skip
"""Headers of a request that are read here."""


class FrontApp:
    """Serves tiles, columns and the viewer; hands everything else to `behind`."""

    def __init__(
        self,
        files: Files,
        behind: App,
        hosts: frozenset[str],
        private: PrivateFiles | None = None,
        secret: str = "",
        hot: HotAnswers | None = None,
    ) -> None:
        """`private` files are served to requests that carry `secret`, to none without one."""
        self._files, self._private, self._secret = files, private, secret
        self._hot = hot
        self.behind = behind
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            await self.behind(scope, receive, send)
            return
        asked = _headers(scope)
        path: str = scope["path"]
        if _host(asked.get("host", "")) not in self._hosts:
            detail = "this server answers to its own machine only"
            await _problem(send, 421, "HOST_REFUSED", "Misdirected Request", detail)
        elif path.startswith(_BEHIND):
            await self._behind(scope, receive, send, asked)
        elif scope["method"] not in ("GET", "HEAD"):
            await _problem(send, 405, "METHOD_NOT_ALLOWED", "Method Not Allowed", "use GET or HEAD")
        elif path.startswith(PREFIX) and not self._may_read(scope, asked):
            detail = "restricted: single buildings are told of to stewards only"
            await _problem(send, 403, "FORBIDDEN", "Forbidden", detail)
        else:
            blob = self._find(path)
            if blob is None:
                await _problem(send, 404, "NOT_FOUND", "Not Found", f"there is no {path}")
            else:
                await _send_blob(send, blob, asked, body=scope["method"] == "GET")

    async def _behind(
        self, scope: Scope, receive: Receive, send: Send, asked: dict[str, str]
    ) -> None:
        """A kept answer of a hot read, or the framework's."""
        body = scope["method"] == "GET"
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        hot = self._hot if scope["method"] == "GET" else None
        key = hot.key(scope) if hot is not None else None
        if hot is None or key is None:
            await self.behind(scope, receive, _with_nosniff(send))
            return
        found = hot.held(key) or await hot.ask(key, scope, receive, self.behind)
        if isinstance(found, Blob):
            await _send_blob(send, found, asked, body=body)
            return
        marked = _with_nosniff(send)
        for message in found.messages:
            await marked(message)

    def _may_read(self, scope: Scope, asked: dict[str, str]) -> bool:
        """Whether restricted files are for this request: by role (the gate says so), or secret."""
        by_role = scope.get("state", {}).get("private") is True
        return by_role or may_read(asked.get("authorization", ""), self._secret)

    def _find(self, path: str) -> Blob | None:
        if path.startswith(PREFIX):
            return self._private.find(path) if self._private else None
        return self._files.find(path)


def _headers(scope: Scope) -> dict[str, str]:
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _READ
    }


@lru_cache(maxsize=256)
def _host(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()


async def _send_blob(send: Send, blob: Blob, asked: dict[str, str], *, body: bool) -> None:
    whole = asked.get("range")
    encoding = "" if whole else best_encoding(asked.get("accept-encoding", ""), blob.encodings)
    etag, heads, entire = blob.ready(encoding)
    if "if-none-match" in asked and etag_matches(asked["if-none-match"], etag):
        await _respond(send, 304, heads, b"")
    elif blob.location:
        await _respond(send, 308, [*heads, (b"location", blob.location.encode())], b"")
    elif whole and asked.get("if-range", etag) == etag:
        await _send_part(send, blob, whole, body=body)
    else:
        content = blob.copies[encoding] if encoding else blob.plain
        await _respond(send, 200, entire, content if body else b"")


async def _send_part(send: Send, blob: Blob, asked: str, *, body: bool) -> None:
    """The asked range of the plain bytes; everything where the range means nothing."""
    _, heads, entire = blob.ready("")
    size = len(blob.plain)
    part = wanted_range(asked, size)
    if part is None:
        await _respond(send, 200, entire, blob.plain if body else b"")
    elif isinstance(part, str):
        kind = (b"content-type", blob.media_type.encode())
        told = (b"content-range", f"bytes */{size}".encode())
        await _respond(send, 416, [*heads, kind, told], b"")
    else:
        first, last = part
        content = blob.plain[first : last + 1]
        more = [
            (b"content-type", blob.media_type.encode()),
            (b"content-range", f"bytes {first}-{last}/{size}".encode()),
            (b"content-length", str(len(content)).encode()),
        ]
        await _respond(send, 206, [*heads, *more], content if body else b"")


async def _respond(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _problem(send: Send, status: int, code: str, title: str, detail: str) -> None:
    body = orjson.dumps(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    )
    headers: Headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        _NOSNIFF,
    ]
    await _respond(send, status, headers, body)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


def _with_nosniff(send: Send) -> Send:
    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), _NOSNIFF]
        await send(message)

    return send_marked
