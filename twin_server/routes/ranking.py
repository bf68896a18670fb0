"""/api/v1/ranking/{code}."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, PinnedTwin, System, Year, page
from twin_server.answers.overlay import find_overlay
from twin_server.answers.ranking import ranking_page
from twin_server.answers.systems import find_indicator
from twin_server.schemas.common import documented
from twin_server.schemas.overlay import RankingPage

router = APIRouter(tags=["overlays"])


@router.get("/api/v1/ranking/{code}", responses=documented(RankingPage))
async def read_ranking(
    request: Request,
    code: str,
    pinned: PinnedTwin,
    system: System = None,
    year: Year = None,
    level: Annotated[str | None, Query(max_length=40)] = None,
    order: Literal["worst", "best"] = "worst",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Units of a level in the order of an indicator; those without a number come last."""
    twin, _ = pinned
    indicator = find_indicator(twin, system, code)
    overlay = find_overlay(twin, indicator, level, year, None)
    items, total = ranking_page(twin, overlay, worst=order == "worst", offset=offset, limit=limit)
    return page(request, items, total, offset, limit)
