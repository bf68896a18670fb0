"""From errors to HTTP: one table of statuses, one shape of body (RFC 9457 problem+json)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from cim_bridge.errors import (
    Cancelled,
    Damaged,
    InputRefused,
    NotFound,
    TwinError,
    Unavailable,
    WrongUse,
)


class Missing(NotFound):
    """Something the API was asked for that is not there; `code` says what kind of thing."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


STATUS: dict[type[TwinError], int] = {
    NotFound: 404,
    WrongUse: 400,
    InputRefused: 422,
    Damaged: 500,
    Unavailable: 503,
    Cancelled: 503,
    TwinError: 500,
}
"""HTTP status of every error of the house; a subclass takes its nearest parent's."""


REFUSED: dict[str, int] = {
    "VERSION_CHANGED": 412,
    "IF_MATCH_MISSING": 428,
    "SAME_PERSON": 403,
    "SIGN_IN_NEEDED": 401,
    "FORBIDDEN": 403,
    "FOREIGN_ORIGIN": 403,
    "NO_POLICY": 403,
    "NOT_YOURS": 403,
    "OUTSIDE_DISTRICT": 403,
    "STEP_FORBIDDEN": 403,
    "TOKEN_INVALID": 403,
    "UNKNOWN_PROPOSAL": 404,
    "ACTION_NOT_POSSIBLE": 409,
    "ALREADY_THERE": 409,
    "UNKNOWN_SUBMISSION": 404,
    "UNKNOWN_DECISION": 404,
    "UNKNOWN_SOURCE": 422,
    "UNKNOWN_SCENE": 404,
    "FILE_NAME": 422,
    "FILE_SIZE": 413,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "IDEMPOTENCY_KEY_BUSY": 409,
    "ACTION_UNKNOWN": 422,
    "NOTE_MISSING": 422,
    "FIELD_MISSING": 422,
    "FIELD_UNKNOWN": 422,
    "BASEMAP_UNAVAILABLE": 502,
    "JOINS_FULL": 409,
    "FORM_KIND": 415,
}
"""HTTP status of actions that may not be done, by their own code."""


def status_of(error: TwinError) -> int:
    """Status of an error by its own code, its class or the nearest parent in the table."""
    own = REFUSED.get(str(getattr(error, "code", "")))
    if own is not None:
        return own
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def code_of(error: TwinError) -> str:
    """Machine code of an error: its own, the first Issue's, or its class in upper snake case."""
    own = getattr(error, "code", "")
    if own:
        return str(own)
    if isinstance(error, InputRefused) and error.log.errors:
        return error.log.errors[0].code
    return "".join(f"_{c}" if c.isupper() else c.upper() for c in type(error).__name__).lstrip("_")


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Return a problem+json answer."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return Response(
        orjson.dumps(body, default=str),
        status,
        media_type="application/problem+json",
        headers={"cache-control": "no-store"},
    )
