"""/api/v1/find, and what was found or a unit's file as a table."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twin_server.answering import Limit, Offset, PinnedTwin, System, Year, page
from twin_server.answers.downloads import MEDIA, file_sheets, finding_sheets, written
from twin_server.answers.found import find_units, found_answer, question_text
from twin_server.answers.unit_file import unit_file
from twin_server.schemas.common import documented, documented_file
from twin_server.schemas.find import Found

router = APIRouter(tags=["find"])

Level = Annotated[str, Query(max_length=40)]
Where = Annotated[
    str,
    Query(
        max_length=20_000,
        description='JSON: {"of":"all","args":[{"of":"attribute","name":"year_built","op":"<",'
        '"value":1990}, ...]}; see the schema Condition.',
    ),
]
Form = Annotated[str, Query(alias="format", pattern="^(csv|xlsx)$")]

_NOT_A_WORD = re.compile(r"[^\w.-]+")


FILES = documented_file(*MEDIA.values())
"""What the tables answer."""


@router.get("/api/v1/find", responses=documented(Found))
async def find(
    request: Request,
    pinned: PinnedTwin,
    level: Level = "building",
    where: Where = "",
    year: Year = None,
    system: System = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Units that fit several conditions at once; a missing value neither fits nor fails."""
    twin, _ = pinned
    finding = await asyncio.to_thread(find_units, twin, level, year, system, where)
    found = found_answer(finding, offset, limit)
    items = found.pop("items")
    return page(request, items, len(finding.lines), offset, limit, **found)


@router.get("/api/v1/tables/find", response_class=Response, responses=FILES)
async def find_table(
    pinned: PinnedTwin,
    level: Level = "building",
    where: Where = "",
    year: Year = None,
    system: System = None,
    form: Form = "csv",
) -> Response:
    """All that a question found, as CSV or XLSX."""
    twin, _ = pinned
    finding = await asyncio.to_thread(find_units, twin, level, year, system, where)
    sheets = finding_sheets(twin, finding, question_text(where))
    body = await asyncio.to_thread(written, sheets, form)
    return _download(body, form, f"found-{level}-{finding.asked.year}")


@router.get("/api/v1/tables/unit/{unit_id:path}", response_class=Response, responses=FILES)
async def unit_table(
    unit_id: str,
    pinned: PinnedTwin,
    year: Year = None,
    system: System = None,
    form: Form = "csv",
) -> Response:
    """The file of a unit as CSV (its indicators) or XLSX (with years, problems, projects)."""
    twin, live = pinned
    file = unit_file(twin, live, unit_id, year, system)
    body = await asyncio.to_thread(written, file_sheets(twin, file), form)
    return _download(body, form, f"{unit_id}-{file['year']}")


def _download(body: bytes, form: str, name: str) -> Response:
    safe = _NOT_A_WORD.sub("_", name)
    told = f"attachment; filename*=UTF-8''{quote(safe)}.{form}"
    headers = {"content-disposition": told, "cache-control": "no-cache"}
    return Response(body, media_type=MEDIA[form], headers=headers)
