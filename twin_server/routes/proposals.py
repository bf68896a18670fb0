"""/api/v1/proposals and going back to an earlier publication: what publishers decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.actor import Actor
from twin_server.answering import Json, Limit, Offset, PinnedTwin, page
from twin_server.proposals import Proposals, two_person
from twin_server.publish import approve, roll_back
from twin_server.routes.workflow import Key
from twin_server.schemas.city import Publication
from twin_server.schemas.common import documented
from twin_server.schemas.proposals import (
    ProposalDecision,
    ProposalPage,
    ProposalShape,
    RollbackBody,
)
from twin_server.store import Store
from twin_server.workflow.idempotent import Kept, once

router = APIRouter(tags=["releases"])


@router.get("/api/v1/proposals", responses=documented(ProposalPage))
async def list_proposals(
    request: Request, at: PinnedTwin, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """Proposed publications, newest first."""
    store: Store = request.app.state.store
    every = [item.to_json() for item in await asyncio.to_thread(Proposals(store).all)]
    asked = two_person(at[0].folder.config)
    part = every[offset : offset + limit]
    return page(request, part, len(every), offset, limit, two_person=asked)


@router.post("/api/v1/proposals/{proposal_id}/decision", responses=documented(ProposalShape))
async def decide_proposal(
    proposal_id: str, body: ProposalDecision, request: Request, at: PinnedTwin, actor: Actor,
    key: Key = None,
) -> Response:  # fmt: skip
    """Approve a proposal, which publishes it, or reject it; never by whoever proposed it."""
    store: Store = request.app.state.store
    proposals = Proposals(store)

    def do() -> dict[str, Any]:
        if body.decision == "approve":
            approve(at[0].folder, store, proposal_id, actor=actor, reason=body.reason)
        else:
            proposals.reject(proposal_id, actor=actor, reason=body.reason)
        return next(item for item in proposals.all() if item.id == proposal_id).to_json()

    sent = ["proposal", proposal_id, body.model_dump(mode="json")]
    return await _once(request, key, actor, sent, do)


@router.post("/api/v1/releases/{release_id}/rollback", responses=documented(Publication))
async def go_back(
    release_id: str, body: RollbackBody, request: Request, at: PinnedTwin, actor: Actor,
    key: Key = None,
) -> Response:  # fmt: skip
    """Point readers to an earlier publication, whose files are proven first; one hand is enough."""
    store: Store = request.app.state.store

    def do() -> dict[str, Any]:
        chosen = roll_back(at[0].folder, store, release_id, actor=actor, reason=body.reason)
        return {**chosen.to_json(), "current": True}

    sent = ["rollback", release_id, body.model_dump(mode="json")]
    return await _once(request, key, actor, sent, do)


async def _once(
    request: Request, key: str | None, actor: str, sent: list[Any], do: Callable[[], dict[str, Any]]
) -> Response:
    def kept() -> Kept:
        return Kept(200, orjson.dumps(do()).decode())

    engine = request.app.state.store.engine
    found = await asyncio.to_thread(once, engine, key, actor, orjson.dumps(sent), kept)
    request.app.state.twins.look_again()
    return Json(orjson.loads(found.answer), found.status)
