"""/api/v1/areas and /api/v1/themes."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, PinnedTwin, System, Year, page, whole
from twin_server.answers.areas import area_items
from twin_server.answers.systems import find_indicator
from twin_server.answers.themes import theme_answer, themes_of
from twin_server.schemas.areas import AreaPage, ThemePage
from twin_server.schemas.common import documented

router = APIRouter(tags=["analysis"])

Word = Annotated[str | None, Query(max_length=100)]


@router.get("/api/v1/areas", responses=documented(AreaPage))
async def list_areas(
    request: Request,
    pinned: PinnedTwin,
    kind: Word = None,
    year: Year = None,
    system: System = None,
    indicator: Word = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Special areas beside the whole city: the same sums over the units inside, the difference."""
    twin, _ = pinned
    chosen, when = twin.system(system), twin.year(year)
    code = None if indicator is None else find_indicator(twin, system, indicator).code
    items = await asyncio.to_thread(area_items, twin, chosen, when, kind, code)
    cut = items[offset : offset + limit]
    return page(request, cut, len(items), offset, limit, year=when, system=chosen.id)


@router.get("/api/v1/themes", responses=documented(ThemePage))
async def list_themes(
    request: Request, pinned: PinnedTwin, limit: Limit = 1000, offset: Offset = 0
) -> Response:
    """Themes and goals of the checkup with the indicators that belong to them."""
    twin, _ = pinned
    return whole(request, [theme_answer(twin, item) for item in themes_of(twin)], offset, limit)
