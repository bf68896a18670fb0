"""Who asks: the person behind a request.

Without sign-in (feature S5) the server answers this machine only, and a request may say whom it
speaks for; nobody else can reach it.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header

from cim_bridge.errors import WrongUse

_NAME = re.compile(r"^[\w.@:+ -]{1,100}$")

ANYONE = "local"
"""The name of a request that does not say who it is."""


def actor_of(
    x_cim_actor: Annotated[str | None, Header(description="Whom the request speaks for.")] = None,
) -> str:
    """The name in X-CIM-Actor, checked; `local` without one. Headers are ASCII: names in other
    scripts come percent-encoded (UTF-8)."""
    if x_cim_actor is None:
        return ANYONE
    name = unquote(x_cim_actor)
    if _NAME.match(name) is None:
        raise WrongUse("X-CIM-Actor: a name of at most 100 letters, digits and . @ : + - _")
    return name


Actor = Annotated[str, Depends(actor_of)]
"""What every route that changes something takes."""
