"""Shapes of who is signed in, and of tile tokens."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from twin_server.identity.tiletoken import LONGEST, SECONDS
from twin_server.schemas.common import Shape


class Me(Shape):
    """Who is signed in and what they may do. sign_in: the page to go to, null where none is.

    steps: steps of the workflows open to their roles, such as `problem.confirm`.
    """

    signed_in: bool
    mode: str
    name: str | None
    via: str | None
    roles: list[str]
    districts: list[str]
    scopes: list[str]
    steps: list[str]
    sign_in: str | None


class TokenBody(BaseModel):
    """How long a tile token is to hold."""

    model_config = ConfigDict(extra="forbid")

    seconds: int = Field(SECONDS, ge=60, le=LONGEST)


class TileToken(Shape):
    """What to put before `/tiles/...` and `/columns/...`, and until when it holds."""

    base: str
    expires: str
    seconds: int
