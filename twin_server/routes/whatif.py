"""/api/v1/whatif."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from twin_server.answering import Json, PinnedTwin
from twin_server.answers.whatif import what_if_answer
from twin_server.schemas.common import documented
from twin_server.schemas.whatif import WhatIf, WhatIfQuestion

router = APIRouter(tags=["what-if"])


@router.post("/api/v1/whatif", responses=documented(WhatIf))
async def ask_what_if(question: WhatIfQuestion, pinned: PinnedTwin) -> Response:
    """Problems and overlay columns as they would be; stores nothing."""
    twin, _ = pinned
    found = await asyncio.to_thread(
        what_if_answer,
        twin,
        question.year,
        question.projects,
        question.standards,
        question.budget_10k,
    )
    return Json(found)
