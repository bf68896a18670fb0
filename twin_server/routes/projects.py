"""/api/v1/projects."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, PinnedTwin, in_order, sort_by, whole
from twin_server.answers.projects import projects_answer
from twin_server.schemas.common import documented
from twin_server.schemas.problem import ProjectPage

router = APIRouter(tags=["projects"])

Sort = Annotated[
    str | None,
    sort_by("deadline", "start", "state", "department", "investment_10k", "progress", "name"),
]

Word = Annotated[str | None, Query(max_length=300)]


@router.get("/api/v1/projects", responses=documented(ProjectPage))
async def list_projects(
    request: Request,
    pinned: PinnedTwin,
    state: Word = None,
    department: Word = None,
    unit: Word = None,
    sort: Sort = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Renewal projects, the earliest deadline first unless `sort` says otherwise."""
    twin, live = pinned
    every = projects_answer(twin, live, state=state, department=department, unit=unit)
    return whole(request, in_order(every, sort, _key), offset, limit)


def _key(item: dict[str, Any], name: str) -> Any:
    found = item[name]
    return (found["zh"] or None) if isinstance(found, dict) else found
