"""Which other pages may ask: own origin, listed origins, and the headers that say so."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from twin_server.settings import Settings

Headers = list[tuple[bytes, bytes]]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

_METHODS = b"GET, HEAD, POST, PUT, DELETE, OPTIONS"
_ASKED = (
    b"authorization, content-type, if-match, if-none-match, idempotency-key, range, "
    b"x-api-key, x-cim-actor, x-file-name, x-request-id"
)
_TOLD = b"etag, content-range, content-crs, content-length, link, x-request-id"


class Origins:
    """Origins of one server: its own, and those of city.toml."""

    def __init__(self, settings: Settings) -> None:
        self._listed, self._credentials = settings.cors, settings.cors_credentials
        self._public = _origin_of(settings.public_url)

    @property
    def any_listed(self) -> bool:
        """Whether any other page may ask."""
        return bool(self._listed)

    def own(self, origin: str, host: str, scheme: str) -> bool:
        """Whether an Origin header is that of our own page."""
        return bool(origin) and origin in (self._public, f"{scheme}://{host}")

    def same_page(self, headers: Mapping[str, str], scheme: str) -> bool | None:
        """Whether our own page asks: False for a foreign one, None for what is no browser."""
        origin = headers.get("origin")
        if origin is not None:
            return self.own(origin, headers.get("host", ""), scheme) or (
                self._credentials and origin in self._listed
            )
        site = headers.get("sec-fetch-site")
        return None if site is None else site in ("same-origin", "none")

    def told(self, origin: str) -> Headers:
        """Headers for an answer to a page of this origin; nothing for one that is not listed."""
        if origin in self._listed:
            more: Headers = [(b"access-control-allow-origin", origin.encode())]
            if self._credentials:
                more.append((b"access-control-allow-credentials", b"true"))
        elif "*" in self._listed and origin:
            more = [(b"access-control-allow-origin", b"*")]
        else:
            return [(b"vary", b"origin")] if self._listed else []
        return [*more, (b"access-control-expose-headers", _TOLD), (b"vary", b"origin")]

    def preflight(self, origin: str) -> Headers:
        """Headers for a browser that asks whether a page may ask."""
        told = self.told(origin)
        if len(told) < 2:
            return told
        return [
            *told,
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _ASKED),
            (b"access-control-max-age", b"600"),
        ]


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
