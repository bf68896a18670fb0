"""Asks an ASGI app as a browser would, without a socket; runs its start and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

Found = TypeVar("Found")


class Loop:
    """An event loop in a thread of its own.

    The browser tests' driver keeps a loop running in the thread of the tests; whoever starts
    another there is refused, so what these tests await is awaited elsewhere.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="asking", daemon=True)

    def __enter__(self) -> Loop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._loop.shutdown_asyncgens())
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, awaited: Coroutine[Any, Any, Found]) -> Found:
        """What the coroutine ends with."""
        return asyncio.run_coroutine_threadsafe(awaited, self._loop).result()


def awaited(coroutine: Coroutine[Any, Any, Found]) -> Found:
    """What one coroutine ends with, awaited beside the thread of the tests."""
    with Loop() as loop:
        return loop.run(coroutine)


class Browser:
    """Sends requests to an app that has started."""

    def __init__(self, app: Any, runner: Loop) -> None:
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
    with Loop() as runner:
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
