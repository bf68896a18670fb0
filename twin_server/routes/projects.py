"""/api/v1/projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, PinnedTwin, whole
from twin_server.answers.projects import projects_answer
from twin_server.schemas.common import documented
from twin_server.schemas.problem import ProjectPage

router = APIRouter(tags=["projects"])

Word = Annotated[str | None, Query(max_length=300)]


@router.get("/api/v1/projects", responses=documented(ProjectPage))
async def list_projects(
    request: Request,
    pinned: PinnedTwin,
    state: Word = None,
    department: Word = None,
    unit: Word = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Renewal projects, the earliest deadline first."""
    twin, live = pinned
    every = projects_answer(twin, live, state=state, department=department, unit=unit)
    return whole(request, every, offset, limit)
