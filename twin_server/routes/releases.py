"""/api/v1/releases."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, whole
from twin_server.schemas.city import ReleasePage
from twin_server.schemas.common import documented
from twin_server.store import Store

router = APIRouter(tags=["releases"])


@router.get("/api/v1/releases", responses=documented(ReleasePage))
async def list_releases(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Publications, newest first."""
    store: Store = request.app.state.store
    return whole(request, [item.to_json() for item in store.publications()], offset, limit)
