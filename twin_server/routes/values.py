"""/api/v1/values/{address}, decisions on it, and /api/v1/conflicts."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from indicator_overlays.decisions import Decision
from twin_server import audit
from twin_server.actor import Actor, PersonalTwin, Who
from twin_server.answering import (
    Json,
    Limit,
    Offset,
    PinnedTwin,
    Year,
    in_order,
    sort_by,
    whole,
)
from twin_server.answers.conflicts import conflict_items, decision_json
from twin_server.answers.value import value_answer
from twin_server.identity.territory import need_within
from twin_server.routes.workflow import Key, tagged
from twin_server.schemas.common import documented
from twin_server.schemas.value import Value
from twin_server.schemas.workflow import ConflictPage, DecisionBody, DecisionShape
from twin_server.twin import Twin
from twin_server.workflow.desk import ActionRefused
from twin_server.workflow.idempotent import Kept, once
from twin_server.workflow.valuedecisions import ValueDecisions, key_of

router = APIRouter(tags=["values"])

DecisionMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=80, description="The decision you saw.")
]
ConflictSort = Annotated[str | None, sort_by("spread", "sources", "unit", "indicator", "period")]


@router.get("/api/v1/conflicts", responses=documented(ConflictPage))
async def list_conflicts(
    request: Request,
    pinned: PinnedTwin,
    year: Year = None,
    indicator: Annotated[str | None, Query(max_length=200)] = None,
    unit: Annotated[str | None, Query(max_length=400, description="Id of one unit.")] = None,
    sort: ConflictSort = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Values on which sources disagree beyond the city's tolerance, the widest first."""
    known = ValueDecisions(request.app.state.store.engine).all()
    items = await asyncio.to_thread(conflict_items, pinned[0], known, year, indicator, unit)
    return whole(request, in_order(items, sort, _conflict_key), offset, limit)


@router.post("/api/v1/values/{address:path}/decision", responses=documented(DecisionShape))
async def decide_value(
    address: str, body: DecisionBody, request: Request, pinned: PersonalTwin, actor: Actor,
    who: Who, if_match: DecisionMatch = None, idempotency: Key = None,
) -> Response:  # fmt: skip
    """Adopt a source or correct by hand, with a reason; shows with the next publication.

    If-Match names the version of the decision that was seen, or `none`.
    """
    twin, _ = pinned
    found = await asyncio.to_thread(value_answer, twin, address)
    need_within(twin, who, [found["unit_ref"]["id"]])
    decision = _decision(found, body, actor)
    key = _key(found)
    engine = request.app.state.store.engine

    def do() -> Kept:
        ValueDecisions(engine).decide(key, decision, _seen(if_match))
        return Kept(200, orjson.dumps(decision_json(found["address"], decision)).decode())

    sent = orjson.dumps([key, body.model_dump(mode="json"), if_match])
    kept = await asyncio.to_thread(once, engine, idempotency, actor, sent, do)
    return tagged(orjson.loads(kept.answer), kept.status)


@router.delete("/api/v1/values/{address:path}/decision", responses=documented(DecisionShape))
async def withdraw_decision(
    address: str, request: Request, pinned: PersonalTwin, actor: Actor, who: Who,
    if_match: DecisionMatch = None,
) -> Response:  # fmt: skip
    """Take a decision back; what it decided is as before with the next publication."""
    twin: Twin = pinned[0]
    found = await asyncio.to_thread(value_answer, twin, address)
    need_within(twin, who, [found["unit_ref"]["id"]])
    desk = ValueDecisions(request.app.state.store.engine)
    key = _key(found)
    known = desk.all().get(key)
    await asyncio.to_thread(desk.withdraw, key, actor, _seen(if_match))
    assert known is not None  # noqa: S101 - withdraw refuses what is not there
    return Json(decision_json(found["address"], known))


@router.get("/api/v1/values/{address:path}", responses=documented(Value))
async def read_value(address: str, pinned: PersonalTwin) -> Response:
    """Where the number at `<system>/<indicator>/<unit id>/<period>` comes from."""
    twin, _ = pinned
    return Json(value_answer(twin, address))


def _decision(found: dict[str, Any], body: DecisionBody, actor: str) -> Decision:
    if body.kind == "adopt":
        sources = [item["source"] for item in found["candidates"]]
        if body.source not in sources:
            raise ActionRefused("UNKNOWN_SOURCE", f"no such source here: {', '.join(sources)}")
    elif body.value is None:
        raise ActionRefused("FIELD_MISSING", "adjust needs a value")
    return Decision(
        found["unit_ref"]["id"], found["indicator"]["system"], found["indicator"]["code"],
        found["period"]["code"], body.kind, body.reason, actor, audit.now(),
        body.source if body.kind == "adopt" else "",
        body.value if body.kind == "adjust" else None,
    )  # fmt: skip


def _key(found: dict[str, Any]) -> str:
    about = found["indicator"]
    return key_of(about["system"], about["code"], found["unit_ref"]["id"], found["period"]["code"])


def _seen(header: str | None) -> str | None:
    """The version that an If-Match header names."""
    return None if header is None else header.strip().removeprefix("W/").strip('"')


def _conflict_key(item: dict[str, Any], name: str) -> Any:
    return item["unit"]["id"] if name == "unit" else item[name]
