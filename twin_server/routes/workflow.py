"""/api/v1/{problems,projects}/{id}/workflow and /api/v1/rectification."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from twin_server.actor import Actor, Who
from twin_server.answering import Json, PinnedTwin, Year
from twin_server.answers.rectification import rectification_answer
from twin_server.answers.workflow import linked_problems, told_state, workflow_answer
from twin_server.identity.principal import Principal
from twin_server.identity.territory import (
    lies_within,
    need_step,
    need_within,
    units_of_problem,
    units_of_project,
)
from twin_server.pinned import Pinned
from twin_server.schemas.common import documented
from twin_server.schemas.workflow import Rectification, StepBody, Workflow
from twin_server.twin import Twin
from twin_server.workflow.desk import ActionRefused, Desk, Step
from twin_server.workflow.idempotent import Kept, once

router = APIRouter(tags=["workflow"])

Kind = Literal["problem", "project"]
IfMatch = Annotated[str | None, Header(description="The version you saw, as the ETag gave it.")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=128)]

BY_FINISHED_PROJECT = "项目完工，提请核验 / project completed, verification asked"


@router.get("/api/v1/rectification", responses=documented(Rectification))
async def read_rectification(pinned: PinnedTwin, year: Year = None) -> Response:
    """Of the problems of the year before, how many were mended and verified."""
    twin, live = pinned
    return Json(await asyncio.to_thread(rectification_answer, twin, live, year))


@router.get("/api/v1/problems/{problem_id:path}/workflow", responses=documented(Workflow))
async def read_problem_workflow(problem_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """Where a problem stands, its history, what may come next."""
    return await asyncio.to_thread(_read, request, pinned[0], "problem", problem_id)


@router.post("/api/v1/problems/{problem_id:path}/workflow", responses=documented(Workflow))
async def act_on_problem(
    problem_id: str, body: StepBody, request: Request, pinned: PinnedTwin, actor: Actor, who: Who,
    if_match: IfMatch = None, key: Key = None,
) -> Response:  # fmt: skip
    """Do one step: confirm, assign, submit, verify ...; If-Match must name the version seen."""
    return await asyncio.to_thread(
        _act, request, pinned, "problem", problem_id, body, (actor, who), if_match, key
    )


@router.get("/api/v1/projects/{project_id:path}/workflow", responses=documented(Workflow))
async def read_project_workflow(project_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """Where a project stands, its history, what may come next."""
    return await asyncio.to_thread(_read, request, pinned[0], "project", project_id)


@router.post("/api/v1/projects/{project_id:path}/workflow", responses=documented(Workflow))
async def act_on_project(
    project_id: str, body: StepBody, request: Request, pinned: PinnedTwin, actor: Actor, who: Who,
    if_match: IfMatch = None, key: Key = None,
) -> Response:  # fmt: skip
    """Do one step; completing a project asks verification of the problems it answers."""
    return await asyncio.to_thread(
        _act, request, pinned, "project", project_id, body, (actor, who), if_match, key
    )


def _desk(request: Request) -> Desk:
    return Desk(request.app.state.store.engine)


def _read(request: Request, twin: Twin, kind: Kind, name: str) -> Response:
    desk = _desk(request)
    item = desk.item(kind, name, told_state(twin, kind, name))
    return tagged(workflow_answer(desk, item))


def _act(
    request: Request, pinned: tuple[Twin, Pinned], kind: Kind, name: str, body: StepBody,
    by: tuple[str, Principal], if_match: str | None, key: str | None,
) -> Response:  # fmt: skip
    (twin, live), (actor, who) = pinned, by
    started = told_state(twin, kind, name)
    need_step(who, kind, body.action)
    units = units_of_problem if kind == "problem" else units_of_project
    need_within(twin, who, units(twin, name))
    if if_match is None:
        raise ActionRefused("IF_MATCH_MISSING", "send the version you saw as If-Match")
    expected = version_of(if_match)
    desk = _desk(request)

    def do() -> Kept:
        step = Step(body.action, actor, body.note, body.fields(), expected)
        item = desk.act(kind, name, step, started)
        answer = workflow_answer(desk, item)
        if kind == "project" and item.state == "completed":
            answer["asks_verification"] = _ask(desk, twin, live, name, by)
        return Kept(200, orjson.dumps(answer).decode())

    sent = orjson.dumps([kind, name, body.model_dump(mode="json"), if_match])
    kept = once(request.app.state.store.engine, key, actor, sent, do)
    return tagged(orjson.loads(kept.answer), kept.status)


def _ask(
    desk: Desk, twin: Twin, live: Pinned, project: str, by: tuple[str, Principal]
) -> list[str]:
    """Bring the problems of a completed project to verification; it closes none of them.

    Problems outside the districts of whoever completed it are left to their own people.
    """
    asked, (actor, who) = [], by
    for problem in linked_problems(twin, live, project):
        if not all(lies_within(twin, who, unit) for unit in units_of_problem(twin, problem)):
            continue
        told = told_state(twin, "problem", problem)
        for action in ("start", "submit"):
            now = desk.item("problem", problem, told)
            if (action, now.state) in {("start", "assigned"), ("start", "returned")} or (
                action == "submit" and now.state == "rectifying"
            ):
                note = f"{BY_FINISHED_PROJECT} {project}"
                desk.act("problem", problem, Step(action, actor, note), told)
        if desk.item("problem", problem, told).state == "submitted":
            asked.append(problem)
    return asked


def version_of(header: str) -> int:
    """The version that an If-Match header names."""
    word = header.strip().removeprefix("W/").strip('"')
    if not word.isdecimal():
        raise ActionRefused("VERSION_CHANGED", f"If-Match {header!r} is no version of this item")
    return int(word)


def tagged(answer: dict[str, Any], status: int = 200) -> Response:
    """Where an item stands, with its version as the ETag that If-Match takes."""
    found = Json(answer, status)
    found.headers["etag"] = f'"{answer["version"]}"'
    return found
