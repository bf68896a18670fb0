"""From the headers of a request to who is behind it: key, token, cookie, trusted proxy."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from twin_server.identity.failures import NotSignedIn
from twin_server.identity.people import People
from twin_server.identity.principal import (
    LOCAL,
    Principal,
    districts_of,
    is_name,
    roles_of,
)
from twin_server.identity.settings import Auth, Proxy
from twin_server.identity.tries import Tries, asker

if TYPE_CHECKING:
    from twin_server.identity.oidc import Provider

REMEMBERED_SECONDS = 2.0
"""How long a proof that held is believed without asking again: so late a shut-out takes effect."""

_MOST = 4096


class Ways:
    """The ways to show who one is that a city has opened."""

    def __init__(
        self, auth: Auth, people: People, provider: Provider | None, *, secure: bool
    ) -> None:
        self._auth, self._people, self._provider = auth, people, provider
        self.cookie = "__Host-cimtwin" if secure else "cimtwin-session"
        self._known: dict[bytes, tuple[float, Principal]] = {}
        self.tries = Tries()

    async def who(self, headers: Mapping[str, str], peer: str) -> Principal | None:
        """Who asks; None for nobody.

        NotSignedIn when a proof was sent that does not hold, TooManyTries after many of them.
        """
        if self._auth.mode == "off":
            return LOCAL
        sent = _token(headers)
        if sent:
            return await self._of_token(sent, asker(headers, peer))
        if self._auth.proxy is not None:
            found = self._of_proxy(self._auth.proxy, headers, peer)
            if found is not None:
                return found
        cookie = cookies(headers.get("cookie", "")).get(self.cookie, "")
        return await self._asked(cookie, self._people.of_session) if cookie else None

    async def _of_token(self, sent: str, address: str) -> Principal:
        self.tries.may(sent, address)
        ask: Callable[[str], Principal | None] | None = None
        if sent.startswith("twk_"):
            ask = self._people.of_key
        elif self._provider is not None:
            ask = self._provider.of_bearer
        try:
            found = await self._asked(sent, ask) if ask is not None else None
            if found is None:
                raise NotSignedIn("the key or token holds no longer, or never did")
        except NotSignedIn:
            self.tries.wrong(sent, address)
            raise
        self.tries.held(sent)
        return found

    async def _asked(self, proof: str, ask: Callable[[str], Principal | None]) -> Principal | None:
        """Who a proof is; remembered by its hash for a moment."""
        key = hashlib.sha256(proof.encode()).digest()
        now = time.monotonic()
        held = self._known.get(key)
        if held is not None and held[0] > now:
            return held[1]
        found = await asyncio.to_thread(ask, proof)
        if len(self._known) >= _MOST:
            self._known.clear()
        if found is not None:
            self._known[key] = (now + REMEMBERED_SECONDS, found)
        else:
            self._known.pop(key, None)
        return found

    def forget(self) -> None:
        """Ask again of every proof."""
        self._known.clear()

    def _of_proxy(self, proxy: Proxy, headers: Mapping[str, str], peer: str) -> Principal | None:
        """Who the platform's proxy says it is; believed from its address with its secret only."""
        if proxy.user_header not in headers:
            return None
        sent = headers.get("x-cim-proxy-secret", "")
        right = hmac.compare_digest(sent.encode(), proxy.secret.encode())
        if not (proxy.secret and right and _address(peer) in proxy.addresses):
            raise NotSignedIn("these headers are believed from the trusted proxy only")
        name = unquote(headers[proxy.user_header])
        if not is_name(name) or self._people.is_disabled(name):
            raise NotSignedIn("the proxy names nobody who may sign in")
        known = self._people.of_name(name, "proxy")
        if known is not None:
            return Principal(known.name, known.roles, known.districts, "proxy", ambient=True)
        roles = roles_of(_words(headers.get(proxy.roles_header, "")))
        told = headers.get(proxy.districts_header)
        places = districts_of(_words(told) if told is not None else None, roles)
        return Principal(name, roles, places, "proxy", ambient=True)


def cookies(header: str) -> dict[str, str]:
    """Cookies of a request by name."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, sign, value in pairs if sign}


def _token(headers: Mapping[str, str]) -> str:
    kind, _, sent = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return sent.strip()
    return headers.get("x-api-key", "").strip()


def _words(text: str) -> list[str]:
    return [unquote(word.strip()) for word in text.split(",") if word.strip()]


def _address(peer: str) -> str:
    try:
        found = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
