"""/api/v1/units and /api/v1/units/{id}."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from cim_bridge.errors import WrongUse
from twin_server.actor import PersonalTwin
from twin_server.answering import Json, Limit, Offset, PinnedTwin, System, Year, page
from twin_server.answers.unit_file import unit_file
from twin_server.schemas.common import documented
from twin_server.schemas.unit import UnitFile, UnitPage

router = APIRouter(tags=["units"])

Box = tuple[float, float, float, float]


@router.get("/api/v1/units", responses=documented(UnitPage))
async def list_units(
    request: Request,
    pinned: PinnedTwin,
    level: Annotated[str | None, Query(max_length=40)] = None,
    bbox: Annotated[str | None, Query(max_length=200, description="w,s,e,n in degrees")] = None,
    q: Annotated[str, Query(max_length=200, description="Part of a label or id.")] = "",
    parent: Annotated[str | None, Query(max_length=300)] = None,
    kind: Annotated[str | None, Query(max_length=100)] = None,
    row: Annotated[int | None, Query(ge=0, description="Row of the level; needs `level`.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Units by level, place, text, parent, kind and row (what a bound tile's map names)."""
    twin, _ = pinned
    box = read_box(bbox) if bbox else None
    found = twin.units.search(level=level, bbox=box, q=q, parent=parent, kind=kind)
    if row is not None:
        if level is None:
            raise WrongUse("row needs level: rows are counted for each level by itself")
        found = found[found == twin.units.at(level, row)] if len(found) else found
    items = twin.units.items(found[offset : offset + limit])
    return page(request, items, len(found), offset, limit)


@router.get("/api/v1/units/{unit_id:path}", responses=documented(UnitFile))
async def read_unit(
    unit_id: str, pinned: PersonalTwin, year: Year = None, system: System = None
) -> Response:
    """The file of a unit 一块一档: identity, indicators, problems, projects, satisfaction."""
    twin, live = pinned
    return Json(unit_file(twin, live, unit_id, year, system))


def read_box(written: str) -> Box:
    """Read `west,south,east,north` in degrees; WrongUse says what is wrong with it."""
    try:
        west, south, east, north = (float(part) for part in written.split(","))
    except ValueError as exc:
        raise WrongUse(f"bbox {written!r} is not west,south,east,north in degrees") from exc
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise WrongUse(f"bbox {written!r} is not a box in degrees, west before east")
    return west, south, east, north
