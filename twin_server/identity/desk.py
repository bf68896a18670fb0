"""Everything a sign-in needs, put together once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from starlette.requests import Request

from twin_server.identity.people import People
from twin_server.identity.ways import Ways
from twin_server.settings import Settings

if TYPE_CHECKING:
    from twin_server.identity.oidc import Provider


@dataclass(frozen=True)
class SignIns:
    """People, the provider where there is one, and the ways that are open."""

    settings: Settings
    people: People
    provider: Provider | None
    ways: Ways

    @classmethod
    def of(cls, settings: Settings, engine: Engine) -> SignIns:
        """Put it together; the provider is asked when the first person comes."""
        people, provider = People(engine), None
        if settings.auth.oidc is not None:
            from twin_server.identity.oidc import Provider

            provider = Provider(settings.auth.oidc, people)
        ways = Ways(settings.auth, people, provider, secure=settings.secure)
        return cls(settings, people, provider, ways)

    def opens(self, way: str) -> bool:
        """Whether the page takes this proof: keys where keys are the way."""
        return way == "key" and self.settings.auth.mode == "keys"

    def address(self, request: Request) -> str:
        """Where people reach us: as city.toml says, else as this request came."""
        return self.settings.public_url or str(request.base_url).rstrip("/")
