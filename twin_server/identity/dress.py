"""What every answer carries: CORS, who may frame a page, referrers, and who may keep a copy."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from twin_server.hot.answers import Message, Scope, Send
from twin_server.identity import tiletoken
from twin_server.identity.origins import Origins
from twin_server.settings import Settings

_FRAMES = re.compile(rb"frame-ancestors [^;]*")
_PUBLIC = re.compile(rb"^public\b")
_YEAR = b"max-age=31536000"


class Dress:
    """Changes the headers of answers, where a city's settings ask for more than they have."""

    def __init__(self, settings: Settings, origins: Origins) -> None:
        self._origins = origins
        self._signed_in = settings.auth.mode != "off"
        self._frames = f"frame-ancestors {' '.join(settings.frame_ancestors)}".encode()
        self._public = urlsplit(settings.public_url)
        self._secure = settings.secure
        #: whether answers go out as they are
        self.plain = not (
            self._signed_in or origins.any_listed or settings.frame_ancestors != ("'self'",)
        )

    def of(self, scope: Scope, headers: dict[str, str], send: Send) -> Send:
        """`send` for one request, with the scheme that people come by in its scope."""
        if self._public.netloc and headers.get("host") == self._public.netloc:
            scope["scheme"] = self._public.scheme
        token = scope["path"].startswith(tiletoken.PREFIX)
        if self.plain and not token:
            return send
        origin = headers.get("origin", "")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = [self._one(*pair) for pair in message.get("headers", [])]
                message = {**message, "headers": [*told, *self._more(told, origin, token=token)]}
            await send(message)

        return dressed

    def _one(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name == b"content-security-policy":
            return name, _FRAMES.sub(self._frames, value)
        if name == b"cache-control" and self._signed_in:
            return name, b"private, no-cache" if value == b"no-cache" else _PUBLIC.sub(
                b"private", value
            )
        return name, value

    def _more(
        self, told: list[tuple[bytes, bytes]], origin: str, *, token: bool
    ) -> list[tuple[bytes, bytes]]:
        names = {name for name, _ in told}
        more = list(self._origins.told(origin))
        if b"referrer-policy" not in names:
            more.append((b"referrer-policy", b"no-referrer" if token else b"same-origin"))
        if self._secure:
            more.append((b"strict-transport-security", _YEAR))
        if self._signed_in and not names & {b"cache-control"}:
            more.append((b"cache-control", b"no-store"))
        return more
