"""Who asks: the person behind a request, as the gate found out."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header, Request

from cim_bridge.errors import WrongUse
from twin_server.answering import PinnedTwin
from twin_server.identity.principal import LOCAL, Principal, is_name
from twin_server.pinned import Pinned
from twin_server.twin import Twin
from twin_server.wholeresults import whole_twin


def principal_of(request: Request) -> Principal:
    """Who asks; the gate let nobody without a name come this far."""
    found: Principal | None = getattr(request.state, "principal", None)
    return found or LOCAL


def actor_of(
    request: Request,
    x_cim_actor: Annotated[
        str | None,
        Header(description="Whom the request speaks for; heeded only where nobody signs in."),
    ] = None,
) -> str:
    """Who signed in. Where nobody does: the name in X-CIM-Actor, checked; `local` without one.

    Headers are ASCII: names in other scripts come percent-encoded (UTF-8).
    """
    who = principal_of(request)
    if who.via != "off" or x_cim_actor is None:
        return who.name
    name = unquote(x_cim_actor)
    if not is_name(name):
        raise WrongUse("X-CIM-Actor: a name of at most 100 letters, digits and . @ : + - _")
    return name


Actor = Annotated[str, Depends(actor_of)]
"""What every route that changes something takes."""

Who = Annotated[Principal, Depends(principal_of)]
"""What a route takes that answers differently to different people."""


async def personal_twin(request: Request, pinned: PinnedTwin) -> tuple[Twin, Pinned]:
    """The twin as whoever asks may see it: with single buildings for those who have the right."""
    twin, live = pinned
    if getattr(request.state, "private", False) is not True:
        return twin, live
    return await asyncio.to_thread(whole_twin, twin), live


PersonalTwin = Annotated[tuple[Twin, Pinned], Depends(personal_twin)]
"""What a route takes that tells of single units."""
