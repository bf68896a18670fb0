"""/api/v1/submissions and /api/v1/tasks: collection of values 数据收集."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import unquote

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from twin_server.actor import Actor, Who
from twin_server.answering import (
    Json,
    Limit,
    Offset,
    PinnedTwin,
    Year,
    in_order,
    page,
    sort_by,
    whole,
)
from twin_server.answers.rulework import rule_units
from twin_server.answers.tasks import STATES, task_items
from twin_server.answers.workflow import workflow_answer
from twin_server.errors import Missing
from twin_server.identity.principal import Principal
from twin_server.identity.territory import lies_within, need_step, need_within
from twin_server.routes.workflow import IfMatch, Key, tagged, version_of
from twin_server.schemas.common import documented
from twin_server.schemas.workflow import (
    StepBody,
    SubmissionPage,
    SubmissionShape,
    TaskPage,
    Workflow,
)
from twin_server.twin import Twin
from twin_server.workflow.desk import ActionRefused, Desk, Item, Step
from twin_server.workflow.idempotent import Kept, once
from twin_server.workflow.submissions import MOST_BYTES, Handed, Submissions, submission_json

router = APIRouter(tags=["collection"])

SubmissionSort = Annotated[
    str | None, sort_by("changed", "unit", "state", "year", "category", "author", "rows")
]
TaskSort = Annotated[
    str | None, sort_by("deadline", "department", "state", "indicator", "unit", "year")
]

FileName = Annotated[str, Header(description="Name of the file, percent-encoded.", max_length=400)]


def _desk(request: Request, twin: Twin) -> Submissions:
    return Submissions(twin.folder, request.app.state.store.engine)


def _seen(desk: Submissions, twin: Twin, who: Principal, name: str) -> Item:
    """A submission, as long as it is of somebody's own districts; else it is not there."""
    item = desk.item(name)
    if not lies_within(twin, who, item.fields["unit"]):
        raise ActionRefused("UNKNOWN_SUBMISSION", f"no submission {name!r}")
    return item


@router.get("/api/v1/submissions", responses=documented(SubmissionPage))
async def list_submissions(
    request: Request,
    pinned: PinnedTwin,
    who: Who,
    unit: Annotated[str | None, Query(max_length=300)] = None,
    state: Annotated[str | None, Query(max_length=40)] = None,
    sort: SubmissionSort = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Self-reports of districts, the latest change first."""
    items = await asyncio.to_thread(_desk(request, pinned[0]).items)
    fitting = [
        submission_json(item)
        for item in items
        if unit in (None, item.fields["unit"])
        and state in (None, item.state)
        and lies_within(pinned[0], who, item.fields["unit"])
    ]
    return whole(request, in_order(fitting, sort, _key), offset, limit)


@router.post("/api/v1/submissions", responses=documented(SubmissionShape), status_code=200)
async def hand_in(
    request: Request,
    pinned: PinnedTwin,
    actor: Actor,
    who: Who,
    x_file_name: FileName,
    unit: Annotated[str, Query(max_length=300)],
    year: Annotated[int, Query(ge=1900, le=2200)],
    category: Annotated[str, Query(max_length=100)] = "",
    key: Key = None,
) -> Response:
    """Keep a CSV or XLSX file as a draft and check it; nothing is loaded before it is approved."""
    twin, _ = pinned
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise ActionRefused("FILE_SIZE", f"hand in a file of at most {MOST_BYTES} bytes")
    twin.unit(unit)
    need_within(twin, who, [unit])
    known = {c.code for system in twin.systems.values() for c in system.categories}
    if category and category not in known:
        raise Missing("UNKNOWN_CATEGORY", f"no category {category!r}: {', '.join(sorted(known))}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ActionRefused("FILE_SIZE", f"hand in a file of at most {MOST_BYTES} bytes")
    handed = Handed(unit, category, year, unquote(x_file_name), bytes(body))
    desk = _desk(request, twin)

    def do() -> Kept:
        made = submission_json(desk.create(handed, rule_units(twin), actor))
        return Kept(200, orjson.dumps(made).decode())

    told = ["submission", unit, category, year, handed.name, sha256(body).hexdigest()]
    engine = request.app.state.store.engine
    kept = await asyncio.to_thread(once, engine, key, actor, orjson.dumps(told), do)
    return Json(orjson.loads(kept.answer), kept.status)


@router.get("/api/v1/submissions/{name}", responses=documented(SubmissionShape))
async def read_submission(name: str, request: Request, pinned: PinnedTwin, who: Who) -> Response:
    """One submission with every finding."""
    return Json(submission_json(_seen(_desk(request, pinned[0]), pinned[0], who, name)))


@router.get("/api/v1/submissions/{name}/workflow", responses=documented(Workflow))
async def read_submission_workflow(
    name: str, request: Request, pinned: PinnedTwin, who: Who
) -> Response:
    """Where a submission stands, its history, what may come next."""
    item = _seen(_desk(request, pinned[0]), pinned[0], who, name)
    return tagged(workflow_answer(Desk(request.app.state.store.engine), item))


@router.post("/api/v1/submissions/{name}/workflow", responses=documented(Workflow))
async def act_on_submission(
    name: str,
    body: StepBody,
    request: Request,
    pinned: PinnedTwin,
    actor: Actor,
    who: Who,
    if_match: IfMatch = None,
    key: Key = None,
) -> Response:
    """Submit, return, approve or withdraw; approving loads the values, publishing shows them."""
    twin, _ = pinned
    if if_match is None:
        raise ActionRefused("IF_MATCH_MISSING", "send the version you saw as If-Match")
    step = Step(body.action, actor, body.note, body.fields(), version_of(if_match))
    desk = _desk(request, twin)
    _seen(desk, twin, who, name)
    need_step(who, "submission", body.action)
    engine, units = request.app.state.store.engine, rule_units(twin)

    def do() -> Kept:
        told = workflow_answer(Desk(engine), desk.act(name, step, units))
        return Kept(200, orjson.dumps(told).decode())

    sent = orjson.dumps([name, body.model_dump(mode="json"), if_match])
    kept = await asyncio.to_thread(once, engine, key, actor, sent, do)
    return tagged(orjson.loads(kept.answer), kept.status)


@router.get("/api/v1/tasks", responses=documented(TaskPage))
async def list_tasks(
    request: Request,
    pinned: PinnedTwin,
    year: Year = None,
    department: Annotated[str | None, Query(max_length=200)] = None,
    sort: TaskSort = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Indicator, department, deadline, state; overdue ones first."""
    twin, _ = pinned
    items = await asyncio.to_thread(task_items, twin, _desk(request, twin), year, department)
    counts = {state: sum(item["state"] == state for item in items) for state in STATES}
    part = in_order(items, sort, _key)[offset : offset + limit]
    return page(request, part, len(items), offset, limit, counts=counts)


def _key(item: dict[str, Any], name: str) -> Any:
    found = item[name]
    return (found["zh"] or None) if isinstance(found, dict) else found
