"""Asks an ASGI app as a browser would, without a socket; runs its start and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx


class Browser:
    """Sends requests to an app that has started."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        self._runner = runner
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080")

    def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """One request; header names are written with underscores."""
        sent = {"accept-encoding": "identity"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        return self._runner.run(self._client.request(method, path, headers=sent))

    def request(self, method: str, url: str, **sent: Any) -> httpx.Response:
        """One request, as httpx has it."""
        return self._runner.run(self._client.request(method, url, **sent))

    def json(self, path: str, **query: object) -> Any:
        """The answer of a path that must be there."""
        params = {name: str(value) for name, value in query.items()}
        answer = self._runner.run(self._client.get(path, params=params or None))
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def post(
        self, path: str, body: object, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """A question with a JSON body."""
        return self._runner.run(self._client.post(path, json=body, headers=headers))

    def send(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """A file as a body."""
        return self._runner.run(self._client.post(path, content=body, headers=headers))

    def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Any request, as httpx takes it; cookies are sent by whoever asks, none are kept."""
        self._client.cookies.clear()
        return self._runner.run(self._client.request(method, url, **more))

    def delete(self, path: str, headers: dict[str, str]) -> httpx.Response:
        """Take something away."""
        return self._runner.run(self._client.delete(path, headers=headers))

    def close(self) -> None:
        self._runner.run(self._client.aclose())


@contextmanager
def browsing(app: Any) -> Iterator[Browser]:
    """Start an app, ask it, stop it."""
    with asyncio.Runner() as runner:
        inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def start() -> asyncio.Task[None]:
            task = asyncio.ensure_future(
                app({"type": "lifespan", "state": {}}, inbox.get, outbox.put)
            )
            await inbox.put({"type": "lifespan.startup"})
            message = await outbox.get()
            assert message["type"] == "lifespan.startup.complete", message
            return task

        async def stop(task: asyncio.Task[None]) -> None:
            await inbox.put({"type": "lifespan.shutdown"})
            await task

        task = runner.run(start())
        browser = Browser(app, runner)
        try:
            yield browser
        finally:
            browser.close()
            runner.run(stop(task))


def encoded(unit_id: str) -> str:
    """An id as a path segment, as encodeURIComponent writes it."""
    return quote(unit_id, safe="")
