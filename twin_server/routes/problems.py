"""/api/v1/problems, /api/v1/problems/{id} and /api/v1/problems/{id}/explain."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Json, Limit, Offset, PinnedTwin, Year, page, sort_by
from twin_server.answers.problems import (
    explain_answer,
    find_problem,
    problem_answer,
    problem_counts,
    problem_lines,
    problem_order,
)
from twin_server.schemas.common import documented
from twin_server.schemas.problem import Explanation, Problem, ProblemPage

router = APIRouter(tags=["problems"])

Sort = Annotated[str | None, sort_by("severity", "people", "margin", "value", "rule", "unit")]

Word = Annotated[str | None, Query(max_length=300)]


@router.get("/api/v1/problems", responses=documented(ProblemPage))
async def list_problems(
    request: Request,
    pinned: PinnedTwin,
    year: Year = None,
    severity: Literal["high", "medium", "low"] | None = None,
    rule: Word = None,
    level: Word = None,
    unit: Word = None,
    state: Word = None,
    theme: Word = None,
    within: Annotated[
        str | None, Query(max_length=300, description="Of units that lie in this one.")
    ] = None,
    sort: Sort = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Problems of a year, worst first or as `sort` says; counts are of all, not of the page."""
    twin, live = pinned
    lines = problem_lines(
        twin,
        live,
        year,
        {"severity": severity, "rule": rule, "level": level, "unit_id": unit},
        state,
        theme,
        within,
    )
    lines = problem_order(twin, lines, sort)
    items = problem_answer(twin, live, lines[offset : offset + limit])
    counts = problem_counts(twin, live, lines)
    return page(request, items, len(lines), offset, limit, counts=counts)


@router.get("/api/v1/problems/{problem_id:path}/explain", responses=documented(Explanation))
async def explain_problem(problem_id: str, pinned: PinnedTwin) -> Response:
    """Why the rule fires here, and what would make it green."""
    twin, _ = pinned
    return Json(await asyncio.to_thread(explain_answer, twin, find_problem(twin, problem_id)))


@router.get("/api/v1/problems/{problem_id:path}", responses=documented(Problem))
async def read_problem(problem_id: str, pinned: PinnedTwin) -> Response:
    """One problem with its evidence and projects."""
    twin, live = pinned
    lines = [find_problem(twin, problem_id)]
    return Json(problem_answer(twin, live, lines)[0])
