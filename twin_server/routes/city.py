"""/api/v1/city and /health."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from twin_server.answering import Json, PinnedTwin
from twin_server.answers.city import city_answer
from twin_server.schemas.city import City, Health
from twin_server.schemas.common import documented
from twin_server.version import version

router = APIRouter(tags=["city"])


@router.get("/api/v1/city", responses=documented(City))
async def read_city(pinned: PinnedTwin) -> Response:
    """Name, extent, levels, years, systems, tiles, coverage and sources of the city."""
    twin, live = pinned
    return Json(city_answer(twin, live.project_states))


@router.get("/health", responses=documented(Health))
async def read_health(pinned: PinnedTwin) -> Response:
    """Whether the server answers, and from which publication."""
    twin, _ = pinned
    return Json(
        {
            "status": "ok",
            "version": version(),
            "publication": twin.publication.id if twin.publication else None,
            "model": twin.model.digest if twin.model else None,
        }
    )
