"""/api/v1/spatial, /piles, /scores, /quadrants and /evaluation."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Json, Limit, Offset, PinnedTwin, System, Year, page, whole
from twin_server.answers.evaluation import evaluation_answer
from twin_server.answers.overlay import find_overlay
from twin_server.answers.scores import find_scale, quadrant_answer, score_items
from twin_server.answers.spatial import blind_answer, hotspot_answer, pile_items
from twin_server.answers.systems import find_indicator
from twin_server.errors import Missing
from twin_server.schemas.analysis import (
    BlindAreas,
    Evaluation,
    Hotspots,
    PilePage,
    Quadrants,
    ScorePage,
)
from twin_server.schemas.common import documented
from twin_server.twin import Twin

router = APIRouter(tags=["analysis"])

Level = Annotated[str | None, Query(max_length=40)]
Scale = Annotated[str | None, Query(max_length=100, description="Scale; the default one.")]


@router.get("/api/v1/spatial/{code}", responses=documented(Hotspots))
async def read_hotspots(
    code: str, pinned: PinnedTwin, system: System = None, year: Year = None, level: Level = None
) -> Response:
    """Hot and cold spots of one indicator at one level."""
    twin, _ = pinned
    overlay = find_overlay(twin, find_indicator(twin, system, code), level, year, None)
    return Json(await asyncio.to_thread(hotspot_answer, twin, overlay))


@router.get("/api/v1/spatial/{code}/blind", responses=documented(BlindAreas))
async def read_blind_areas(code: str, pinned: PinnedTwin, year: Year = None) -> Response:
    """Land that the indicator's facilities do not reach, as GeoJSON."""
    twin, _ = pinned
    return Json(await asyncio.to_thread(blind_answer, twin, code, _year(twin, year)))


@router.get("/api/v1/piles", responses=documented(PilePage))
async def list_piles(
    request: Request,
    pinned: PinnedTwin,
    year: Year = None,
    level: Annotated[str, Query(max_length=40)] = "block",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Units with more than one kind of problem, most kinds first."""
    twin, _ = pinned
    items = await asyncio.to_thread(pile_items, twin, _year(twin, year), level)
    return whole(request, items, offset, limit)


@router.get("/api/v1/scores", responses=documented(ScorePage))
async def list_scores(
    request: Request,
    pinned: PinnedTwin,
    system: System = None,
    year: Year = None,
    level: Level = None,
    scale: Scale = None,
    unit: Annotated[str | None, Query(max_length=400, description="Id of one unit.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Scores of units by a scale; optional, no national method gives one."""
    twin, _ = pinned
    chosen, by, when = twin.system(system), find_scale(twin, scale), _year(twin, year)
    level = level or (unit.partition(":")[0] if unit else "district")
    items = await asyncio.to_thread(score_items, twin, chosen, when, level, by, unit)
    about = {"code": by.code, "version": by.version, "label": by.label}
    return page(
        request, items[offset : offset + limit], len(items), offset, limit,
        scale=about, year=when, level=level, system=chosen.id,
    )  # fmt: skip


@router.get("/api/v1/quadrants", responses=documented(Quadrants))
async def read_quadrants(
    pinned: PinnedTwin,
    system: System = None,
    year: Year = None,
    level: Annotated[str, Query(max_length=40)] = "community",
    scale: Scale = None,
) -> Response:
    """Facts against feelings for the units of a level."""
    twin, _ = pinned
    chosen, by, when = twin.system(system), find_scale(twin, scale), _year(twin, year)
    return Json(await asyncio.to_thread(quadrant_answer, twin, chosen, when, level, by))


@router.get("/api/v1/evaluation/{unit_id:path}", responses=documented(Evaluation))
async def read_evaluation(unit_id: str, pinned: PinnedTwin, system: System = None) -> Response:
    """Five-year evaluation of a unit, changes of method told apart from real ones."""
    twin, _ = pinned
    return Json(await asyncio.to_thread(evaluation_answer, twin, unit_id, system))


def _year(twin: Twin, asked: int | None) -> int:
    found = twin.year(asked)
    if found is None:
        raise Missing("NO_RESULTS", "nothing is published yet: run `cimtwin publish` first")
    return found
