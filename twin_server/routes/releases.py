"""/api/v1/releases and what each one changed in the model."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Json, Limit, Offset, PinnedTwin, whole
from twin_server.answers.changes import release_changes
from twin_server.schemas.changes import ReleaseChanges
from twin_server.schemas.city import ReleasePage
from twin_server.schemas.common import documented
from twin_server.store import Store

router = APIRouter(tags=["releases"])

Since = Annotated[
    str | None, Query(max_length=200, description="An earlier publication; else the one before.")
]


@router.get("/api/v1/releases", responses=documented(ReleasePage))
async def list_releases(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Publications, newest first."""
    store: Store = request.app.state.store
    return whole(request, [item.to_json() for item in store.publications()], offset, limit)


@router.get("/api/v1/releases/{release_id}/changes", responses=documented(ReleaseChanges))
async def changes(
    request: Request, at: PinnedTwin, release_id: str, since: Since = None
) -> Response:
    """Units that a publication added, removed, moved or changed since the one before it."""
    store: Store = request.app.state.store
    folder = at[0].folder
    return Json(await asyncio.to_thread(release_changes, folder, store, release_id, since))
