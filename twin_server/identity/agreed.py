"""The framework's own word on who may: the route it took is the one the gate judged."""

from __future__ import annotations

from fastapi import Request

from twin_server.identity.failures import Forbidden
from twin_server.policy import SCOPES, key_of


def agreed(request: Request) -> None:
    """Forbidden for a route without a policy, or with another one than the gate went by."""
    key = key_of(request.scope["route"].path, request.method)
    if key not in SCOPES or getattr(request.state, "policy", None) != key:
        raise Forbidden("NO_POLICY", "no policy says who may use this route")
