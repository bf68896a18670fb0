"""/api/v1/warnings."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from twin_server.answering import Json, PinnedTwin, System, Year
from twin_server.answers.scores import find_scale
from twin_server.answers.warnings import warning_answer
from twin_server.errors import Missing
from twin_server.schemas.common import documented
from twin_server.schemas.warnings import Warnings

router = APIRouter(tags=["analysis"])


@router.get("/api/v1/warnings", responses=documented(Warnings))
async def read_warnings(
    pinned: PinnedTwin,
    system: System = None,
    year: Year = None,
    level: Annotated[
        str | None, Query(max_length=40, description="Parts; the largest below the city.")
    ] = None,
    scale: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Red, yellow, normal, no standard, not assessed: by category and by part of the city."""
    twin, _ = pinned
    when = twin.year(year)
    if when is None:
        raise Missing("NO_RESULTS", "nothing is published yet: run `cimtwin publish` first")
    by, chosen = find_scale(twin, scale), twin.system(system)
    return Json(await asyncio.to_thread(warning_answer, twin, chosen, when, by, level))
