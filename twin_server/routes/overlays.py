"""/api/v1/overlays/{code}."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from twin_server.answering import Json, PinnedTwin, System, Year
from twin_server.answers.overlay import find_overlay, overlay_answer
from twin_server.answers.painting import painting
from twin_server.answers.systems import find_indicator
from twin_server.schemas.common import documented
from twin_server.schemas.overlay import Overlay

router = APIRouter(tags=["overlays"])


@router.get("/api/v1/overlays/{code}", responses=documented(Overlay))
async def read_overlay(
    code: str,
    pinned: PinnedTwin,
    system: System = None,
    year: Year = None,
    period: Annotated[str | None, Query(max_length=100)] = None,
    level: Annotated[str | None, Query(max_length=40)] = None,
    paint: Annotated[
        bool, Query(description="With the classes inside, `masses` and `city`: a map in one go.")
    ] = False,
) -> Response:
    """Columns, legend with counts, histogram and states of one indicator at one level."""
    twin, _ = pinned
    indicator = find_indicator(twin, system, code)
    overlay = find_overlay(twin, indicator, level, year, period)
    if paint:
        return Json(await asyncio.to_thread(painting, twin, indicator, overlay))
    return Json(overlay_answer(twin, indicator, overlay))
