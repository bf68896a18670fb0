"""The cookie of a signed-in browser, and the signed note of a sign-in under way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import asdict, dataclass

import orjson

NOTE_SECONDS = 600


@dataclass(frozen=True)
class Note:
    """What the server must remember while somebody is at the provider."""

    state: str
    nonce: str
    verifier: str
    back: str


def cookie_header(name: str, value: str, *, seconds: int, secure: bool, path: str = "/") -> str:
    """A Set-Cookie that scripts cannot read and other sites do not send with what they post."""
    parts = [f"{name}={value}", f"Path={path}", f"Max-Age={seconds}", "HttpOnly", "SameSite=Lax"]
    return "; ".join([*parts, "Secure"] if secure else parts)


def sealed(secret: str, note: Note, now: float | None = None) -> str:
    """A note as a cookie's value: signed, and good for ten minutes."""
    end = int(time.time() if now is None else now) + NOTE_SECONDS
    body = base64.urlsafe_b64encode(orjson.dumps([end, asdict(note)])).rstrip(b"=").decode()
    return f"{body}.{_sign(secret, body)}"


def unsealed(secret: str, value: str, now: float | None = None) -> Note | None:
    """The note of a cookie that was signed here and is not too old."""
    body, _, sign = value.partition(".")
    if not hmac.compare_digest(sign.encode(), _sign(secret, body).encode()):
        return None
    end, fields = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return Note(**fields) if end > (time.time() if now is None else now) else None


def way_back(text: str) -> str:
    """Where to go after the sign-in: a path of ours, never another site."""
    plain = text.isprintable() and "\\" not in text and len(text) <= 2000
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"


def _sign(secret: str, body: str) -> str:
    digest = hmac.new(secret.encode(), b"cimtwin-note\0" + body.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
