"""The raw ASGI app in front of the framework: files are answered here, the rest goes behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from twin_server.hot.blob import Blob
from twin_server.hot.negotiate import best_encoding, etag_matches, wanted_range
from twin_server.hot.private import PREFIX, PrivateFiles, may_read
from twin_server.hot.sources import Files

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_BEHIND = ("/api/", "/health", "/docs", "/openapi.json", "/ogc")
_NOSNIFF = (b"x-content-type-options", b"nosniff")


class FrontApp:
    """Serves tiles, columns and the viewer; hands everything else to `behind`."""

    def __init__(
        self,
        files: Files,
        behind: App,
        hosts: frozenset[str],
        private: PrivateFiles | None = None,
        secret: str = "",
    ) -> None:
        """`private` files are served to requests that carry `secret`, to none without one."""
        self._files, self._private, self._secret = files, private, secret
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
            if scope["method"] == "HEAD":
                scope, send = {**scope, "method": "GET"}, _without_body(send)
            await self.behind(scope, receive, _with_nosniff(send))
        elif scope["method"] not in ("GET", "HEAD"):
            await _problem(send, 405, "METHOD_NOT_ALLOWED", "Method Not Allowed", "use GET or HEAD")
        elif path.startswith(PREFIX) and not may_read(asked.get("authorization", ""), self._secret):
            detail = "restricted: single buildings are told of to stewards only"
            await _problem(send, 403, "FORBIDDEN", "Forbidden", detail)
        else:
            blob = self._find(path)
            if blob is None:
                await _problem(send, 404, "NOT_FOUND", "Not Found", f"there is no {path}")
            else:
                await _send_blob(send, blob, asked, body=scope["method"] == "GET")

    def _find(self, path: str) -> Blob | None:
        if path.startswith(PREFIX):
            return self._private.find(path) if self._private else None
        return self._files.find(path)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _host(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()


async def _send_blob(send: Send, blob: Blob, asked: dict[str, str], *, body: bool) -> None:
    whole = asked.get("range")
    encoding = "" if whole else best_encoding(asked.get("accept-encoding", ""), _names(blob))
    etag = blob.etag(encoding)
    headers: Headers = [
        (b"etag", etag.encode()),
        (b"cache-control", blob.cache.encode()),
        (b"vary", b"accept-encoding"),
        (b"accept-ranges", b"bytes"),
        _NOSNIFF,
        *blob.headers,
    ]
    if etag_matches(asked.get("if-none-match", ""), etag):
        await _respond(send, 304, headers, b"")
        return
    if blob.location:
        headers.append((b"location", blob.location.encode()))
        await _respond(send, 308, headers, b"")
        return
    content = blob.copies[encoding] if encoding else blob.plain
    headers.append((b"content-type", blob.media_type.encode()))
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
    status = 200
    if whole and asked.get("if-range", etag) == etag:
        part = wanted_range(whole, len(content))
        if isinstance(part, str):
            headers.append((b"content-range", f"bytes */{len(content)}".encode()))
            await _respond(send, 416, headers, b"")
            return
        if part is not None:
            first, last = part
            headers.append((b"content-range", f"bytes {first}-{last}/{len(content)}".encode()))
            status, content = 206, content[first : last + 1]
    headers.append((b"content-length", str(len(content)).encode()))
    await _respond(send, status, headers, content if body else b"")


def _names(blob: Blob) -> frozenset[str]:
    return frozenset(blob.copies)


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
