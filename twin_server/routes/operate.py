"""/health/ready and /metrics: what those who run the server ask."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.answering import Json
from twin_server.events.outbox import waiting
from twin_server.operate.health import readiness
from twin_server.operate.metrics import CONTENT_TYPE, Metrics
from twin_server.store import Store

router = APIRouter(include_in_schema=False)


@router.get("/health/ready")
async def read_ready(request: Request) -> Response:
    """200 when the server is fit to be asked, 503 when it is not, with every check."""
    state = request.app.state
    told = await readiness(state.folder, state.store, state.twins)
    answer = Json(told, 200 if told["status"] == "ready" else 503)
    answer.headers["cache-control"] = "no-store"
    return answer


@router.get("/metrics")
async def read_metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    metrics: Metrics = request.app.state.metrics
    store: Store = request.app.state.store
    now = await asyncio.to_thread(store.current)
    counts = await asyncio.to_thread(waiting, store.engine)
    body = metrics.text(now.seq if now else 0, counts)
    return Response(body, media_type=CONTENT_TYPE, headers={"cache-control": "no-store"})
