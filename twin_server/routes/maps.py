"""/api/v1/maps: overlays made for one question; /api/v1/peers: a unit among its siblings."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from twin_server.answering import Json, PinnedTwin, System, Year
from twin_server.answers import maps
from twin_server.answers.overlay import find_overlay
from twin_server.answers.peers import peers_answer
from twin_server.answers.scores import find_scale, unit_scores
from twin_server.answers.systems import find_indicator
from twin_server.schemas.common import documented
from twin_server.schemas.maps import Disagreement, MadeMap, Peers

router = APIRouter(tags=["maps"])

Level = Annotated[str | None, Query(max_length=40)]
Show = Literal["classes", "difference", "pair", "score"]


@router.get("/api/v1/maps/{code}", responses=documented(MadeMap))
async def read_map(
    code: str,
    pinned: PinnedTwin,
    show: Show = "classes",
    system: System = None,
    year: Year = None,
    level: Level = None,
    method: Annotated[str, Query(max_length=40)] = "quantiles",
    k: Annotated[int, Query(description="Number of classes, 2 to 9.")] = 5,
    breaks: Annotated[str, Query(max_length=400, description="Own breaks, rising.")] = "",
    versus_year: Year = None,
    versus: Annotated[str | None, Query(max_length=100, description="Another indicator.")] = None,
    versus_system: System = None,
) -> Response:
    """An overlay in classes of the reader's choice, a difference, a pair, or the scores."""
    twin, _ = pinned
    indicator = find_indicator(twin, system, code)
    overlay = find_overlay(twin, indicator, level, year, None)
    made: dict[str, Any]
    if show == "difference":
        second = find_indicator(twin, versus_system or system, versus) if versus else None
        side = maps.other_side(twin, indicator, overlay, versus_year, second)
        made = await asyncio.to_thread(maps.difference, twin, indicator, overlay, *side)
    elif show == "pair":
        made = await asyncio.to_thread(maps.pair, twin, indicator, overlay)
    elif show == "score":
        scale, key = find_scale(twin, None), overlay.key
        chosen = twin.system(system)
        scores = await asyncio.to_thread(unit_scores, twin, chosen, key.year, key.level, scale)
        made = maps.score_map(twin, indicator, overlay, scores, list(scale.grades))
    else:
        made = await asyncio.to_thread(
            maps.reclassified, twin, indicator, overlay, method, k, breaks
        )
    return Json({"versus": None, "axes": None, **made})


@router.get("/api/v1/maps/{code}/disagreement", responses=documented(Disagreement))
async def read_disagreement(
    code: str, pinned: PinnedTwin, system: System = None, year: Year = None, level: Level = None
) -> Response:
    """Where sources disagree on the values of an overlay."""
    twin, _ = pinned
    overlay = find_overlay(twin, find_indicator(twin, system, code), level, year, None)
    return Json(await asyncio.to_thread(maps.disagreement, twin, overlay))


@router.get("/api/v1/peers/{unit_id:path}", responses=documented(Peers))
async def read_peers(
    unit_id: str,
    pinned: PinnedTwin,
    code: Annotated[str, Query(max_length=100)],
    system: System = None,
    year: Year = None,
) -> Response:
    """A unit among the units of its level in the same parent."""
    twin, _ = pinned
    indicator = find_indicator(twin, system, code)
    level = twin.units.level(twin.unit(unit_id))
    overlay = find_overlay(twin, indicator, level, year, None)
    return Json(await asyncio.to_thread(peers_answer, twin, unit_id, indicator, overlay))
