"""Moments and intervals in filters and in `datetime`; a date is its midnight, UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from cim_bridge.errors import WrongUse
from twin_server.coded import pc

Span = tuple[Any, Any]
"""First and last moment: Arrow arrays or scalars; open ends lie at the ends of time."""

_FIRST, _LAST = dt.datetime.min, dt.datetime.max

TEMPORAL: dict[str, Callable[[Span, Span], Any]] = {
    "t_after": lambda one, other: pc.greater(one[0], other[1]),
    "t_before": lambda one, other: pc.less(one[1], other[0]),
    "t_during": lambda one, other: pc.and_kleene(
        pc.greater(one[0], other[0]), pc.less(one[1], other[1])
    ),
    "t_equals": lambda one, other: pc.and_kleene(
        pc.equal(one[0], other[0]), pc.equal(one[1], other[1])
    ),
    "t_intersects": lambda one, other: pc.and_kleene(
        pc.less_equal(one[0], other[1]), pc.greater_equal(one[1], other[0])
    ),
}
"""The temporal functions that are answered."""


def instant(part: Any) -> dt.datetime:
    """The moment of {"date": ...} or {"timestamp": ...}, UTC without a zone; or WrongUse."""
    written = part.get("date", part.get("timestamp")) if isinstance(part, dict) else part
    if not isinstance(written, str):
        raise WrongUse(f"{str(written)[:40]!r} is not a date or timestamp")
    return moment(written)


def moment(written: str) -> dt.datetime:
    """Read `2025-06-30` or RFC 3339 `2025-06-30T08:00:00Z`."""
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError as exc:
        raise WrongUse(f"{written[:40]!r} is not a date such as 2025-06-30") from exc
    if found.tzinfo is None:
        return found
    try:
        return found.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError as exc:
        raise WrongUse(f"{written[:40]!r} is beyond the calendar") from exc


def span(part: Any) -> Span:
    """First and last moment of a literal instant or interval."""
    if isinstance(part, dict) and "interval" in part:
        ends = part["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise WrongUse("filter: an interval has two ends")
        first = _FIRST if ends[0] == ".." else instant(ends[0])
        last = _LAST if ends[1] == ".." else instant(ends[1])
        if first > last:
            raise WrongUse("filter: the interval ends before it begins")
        return _scalar(first), _scalar(last)
    if not isinstance(part, dict) or not {"date", "timestamp"} & set(part):
        raise WrongUse("filter: a time is DATE('...'), TIMESTAMP('...') or INTERVAL('...','...')")
    one = _scalar(instant(part))
    return one, one


def _scalar(at: dt.datetime) -> Any:
    return pa.scalar(at, pa.timestamp("us"))
