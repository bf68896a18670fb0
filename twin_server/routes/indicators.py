"""/api/v1/systems, /api/v1/indicators and /api/v1/indicators/{code}."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Json, Limit, Offset, PinnedTwin, System, whole
from twin_server.answers.systems import find_indicator, indicator_answer, system_answer
from twin_server.answers.themes import theme_codes
from twin_server.schemas.common import documented
from twin_server.schemas.indicator import Indicator, IndicatorPage, SystemPage

router = APIRouter(tags=["indicators"])

Theme = Annotated[str | None, Query(max_length=100, description="Code of a theme.")]


@router.get("/api/v1/systems", responses=documented(SystemPage))
async def list_systems(
    request: Request, pinned: PinnedTwin, limit: Limit = 1000, offset: Offset = 0
) -> Response:
    """Indicator systems with their categories."""
    twin, _ = pinned
    every = [system_answer(system) for system in twin.systems.values()]
    return whole(request, every, offset, limit)


@router.get("/api/v1/indicators", responses=documented(IndicatorPage))
async def list_indicators(
    request: Request,
    pinned: PinnedTwin,
    system: System = None,
    theme: Theme = None,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """Indicators of one system, in the order of its list; of a theme those that belong to it."""
    twin, _ = pinned
    every = list(twin.system(system).indicators.values())
    if theme is not None:
        codes = theme_codes(twin, theme)
        every = [item for item in every if (item.system, item.code) in codes]
    shown = [indicator_answer(twin, item) for item in every]
    return whole(request, shown, offset, limit)


@router.get("/api/v1/indicators/{code}", responses=documented(Indicator))
async def read_indicator(code: str, pinned: PinnedTwin, system: System = None) -> Response:
    """One indicator: standard and its provenance, formula, levels and years that have values."""
    twin, _ = pinned
    return Json(indicator_answer(twin, find_indicator(twin, system, code)))
