"""Delivering for as long as the server runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Engine

from twin_server.settings import Settings

EVERY_SECONDS = 5.0


@asynccontextmanager
async def delivering(engine: Engine, settings: Settings, city: str) -> AsyncIterator[None]:
    """Send events beside the server's work, where city.toml names endpoints."""
    if not settings.webhooks.endpoints:
        yield
        return
    from twin_server.events.deliver import Deliverer

    task = asyncio.create_task(Deliverer(engine, settings, city).keep_on(EVERY_SECONDS))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
