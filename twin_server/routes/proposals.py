"""/api/v1/proposals and going back to an earlier publication: what publishers decide."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.actor import Actor
from twin_server.answering import Json, Limit, Offset, PinnedTwin, page
from twin_server.proposals import Proposals, two_person
from twin_server.publish import approve, roll_back
from twin_server.schemas.city import Publication
from twin_server.schemas.common import documented
from twin_server.schemas.proposals import (
    ProposalDecision,
    ProposalPage,
    ProposalShape,
    RollbackBody,
)
from twin_server.store import Store

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
    proposal_id: str, body: ProposalDecision, request: Request, at: PinnedTwin, actor: Actor
) -> Response:
    """Approve a proposal, which publishes it, or reject it; never by whoever proposed it."""
    store: Store = request.app.state.store
    proposals = Proposals(store)
    if body.decision == "approve":
        await asyncio.to_thread(
            approve, at[0].folder, store, proposal_id, actor=actor, reason=body.reason
        )
    else:
        await asyncio.to_thread(proposals.reject, proposal_id, actor=actor, reason=body.reason)
    found = next(item for item in proposals.all() if item.id == proposal_id)
    return Json(found.to_json())


@router.post("/api/v1/releases/{release_id}/rollback", responses=documented(Publication))
async def go_back(
    release_id: str, body: RollbackBody, request: Request, at: PinnedTwin, actor: Actor
) -> Response:
    """Point readers to an earlier publication, whose files are proven first; one hand is enough."""
    store: Store = request.app.state.store
    chosen = await asyncio.to_thread(
        roll_back, at[0].folder, store, release_id, actor=actor, reason=body.reason
    )
    return Json({**chosen.to_json(), "current": True})
