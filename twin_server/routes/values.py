"""/api/v1/values/{address}."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from twin_server.answering import Json, PinnedTwin
from twin_server.answers.value import value_answer
from twin_server.schemas.common import documented
from twin_server.schemas.value import Value

router = APIRouter(tags=["values"])


@router.get("/api/v1/values/{address:path}", responses=documented(Value))
async def read_value(address: str, pinned: PinnedTwin) -> Response:
    """Where the number at `<system>/<indicator>/<unit id>/<period>` comes from."""
    twin, _ = pinned
    return Json(value_answer(twin, address))
