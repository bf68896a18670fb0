"""/api/v1/audit."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, page
from twin_server.schemas.city import AuditPage
from twin_server.schemas.common import documented
from twin_server.store import Store

router = APIRouter(tags=["releases"])


@router.get("/api/v1/audit", responses=documented(AuditPage))
async def list_audit(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """The record of who did what, newest first; each entry's hash covers the one before."""
    store: Store = request.app.state.store
    items, total = store.audit_page(limit, offset)
    return page(request, items, total, offset, limit)
