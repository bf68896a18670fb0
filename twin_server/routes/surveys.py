"""/api/v1/surveys."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, PinnedTwin, Year, whole
from twin_server.answers.surveys import survey_rows
from twin_server.schemas.common import documented
from twin_server.schemas.problem import SurveyPage

router = APIRouter(tags=["surveys"])


@router.get("/api/v1/surveys", responses=documented(SurveyPage))
async def list_surveys(
    request: Request,
    pinned: PinnedTwin,
    year: Year = None,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """Satisfaction by unit: aggregates only, single answers are never served."""
    twin, _ = pinned
    return whole(request, survey_rows(twin, twin.year(year)), offset, limit)
