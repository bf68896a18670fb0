"""How every route answers: one JSON writer without NaN, one shape of list, one way to page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import orjson
from fastapi import Depends, Query, Request
from starlette.responses import Response

from twin_server.hot.answers import TOLD, Told
from twin_server.pinned import Pinned
from twin_server.twin import Twin, Twins

Item = TypeVar("Item")

MAX_PAGE = 1000
"""Most items one page may hold."""

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


class Json(Response):
    """A JSON answer written by orjson: numbers that are not finite become null, never NaN."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200) -> None:
        super().__init__(
            orjson.dumps(content, option=_OPTIONS),
            status_code,
            headers={"cache-control": "no-cache"},
        )


async def pinned_twin(request: Request) -> tuple[Twin, Pinned]:
    """The twin this request answers from, whole to its end."""
    twins: Twins = request.app.state.twins
    twin, live = await twins.current()
    told: Told | None = request.scope.get(TOLD)
    if told is not None:
        told.live, told.fresh = live, twins.fits(live)
    return twin, live


PinnedTwin = Annotated[tuple[Twin, Pinned], Depends(pinned_twin)]
"""What every route that reads published data takes."""

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Items on one page.")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="Items to skip.")]
Year = Annotated[int | None, Query(ge=1900, le=2200, description="Checkup year; the latest.")]
System = Annotated[str | None, Query(max_length=100, description="Indicator system.")]


def sort_by(*names: str) -> Any:
    """The parameter `sort` of a list: one of its fields, with - before it the other way round."""
    told = f"One of {', '.join(names)}; -name: largest first. What has none comes last."
    return Query(pattern=f"^-?({'|'.join(names)})$", description=told)


def in_order(
    items: Sequence[Item], sort: str | None, key: Callable[[Item, str], Any]
) -> list[Item]:
    """The items in the order asked for, as they were where nothing is asked or the keys are equal.

    key: (item, field) → what it is sorted by; None comes last either way.
    """
    if sort is None:
        return list(items)
    name = sort.removeprefix("-")
    keyed = [(key(item, name), item) for item in items]
    there = [pair for pair in keyed if pair[0] is not None]
    there.sort(key=lambda pair: pair[0], reverse=sort.startswith("-"))
    return [item for _, item in there] + [item for found, item in keyed if found is None]


def page(
    request: Request, items: Sequence[Any], total: int, offset: int, limit: int, **more_fields: Any
) -> Json:
    """One page of a list, with the address of the next one and what else its shape holds."""
    more = offset + len(items) < total and len(items) > 0
    return Json(
        {
            "items": items,
            "total": total,
            "next": next_url(request.url.path, request.query_params, offset + limit)
            if more
            else None,
            **more_fields,
        }
    )


def whole(request: Request, every: Sequence[Any], offset: int, limit: int) -> Json:
    """One page cut from a list that is already made."""
    return page(request, every[offset : offset + limit], len(every), offset, limit)


def next_url(path: str, query: Mapping[str, str], offset: int) -> str:
    """Address of a later page, relative to the host."""
    return f"{path}?{urlencode({**query, 'offset': str(offset)})}"
