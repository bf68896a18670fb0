"""/api/v1/city and /health."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.answering import Json, PinnedTwin
from twin_server.answers.city import city_answer
from twin_server.identity.desk import SignIns
from twin_server.schemas.city import City, Embed, Health
from twin_server.schemas.common import documented
from twin_server.version import version

router = APIRouter(tags=["city"])


@router.get("/api/v1/city", responses=documented(City))
async def read_city(pinned: PinnedTwin) -> Response:
    """Name, extent, levels, years, systems, tiles, coverage and sources of the city."""
    twin, live = pinned
    return Json(city_answer(twin, live.project_states))


EMBED_VERSION = 1
"""Of the messages between the page in a frame and the page around it."""


@router.get("/api/v1/embed", responses=documented(Embed))
async def read_embed(request: Request) -> Response:
    """Who may show the page in a frame and exchange messages with it: exact origins."""
    sign_ins: SignIns = request.app.state.sign_ins
    origins = [item for item in sign_ins.settings.frame_ancestors if item != "'none'"]
    return Json({"version": EMBED_VERSION, "origins": origins})


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
