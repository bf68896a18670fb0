"""Tile tokens: for hosts that cannot send headers, the right to read files lies in the path.

`/t/<end>.<what>.<signature>/tiles/...`: addresses inside tilesets are relative, so every child
request carries it too. A token says until when (seconds since 1970) and for what (`r`: published
tiles and columns), names nobody, and is signed by HMAC-SHA256 with the server's own secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time

PREFIX = "/t/"
SECONDS = 3600
"""How long a token holds when nothing else is asked for."""
LONGEST = 12 * 3600

_TOKEN = re.compile(r"^/t/(\d{10})\.(r)\.([A-Za-z0-9_-]{43})(/.*)$", re.DOTALL)
_READS = ("/tiles/", "/columns/")


def make(secret: str, seconds: int, now: float | None = None) -> tuple[str, int]:
    """(path to put before `/tiles/...`, when it ends in seconds since 1970)."""
    end = int(time.time() if now is None else now) + min(seconds, LONGEST)
    return f"{PREFIX}{end}.r.{_sign(secret, f'{end}.r')}", end


def inner_path(secret: str, path: str, now: float | None = None) -> str | None:
    """The path behind a token that holds and may read it; None otherwise."""
    found = _TOKEN.match(path)
    if found is None:
        return None
    end, what, given, inner = found.groups()
    right = hmac.compare_digest(given.encode(), _sign(secret, f"{end}.{what}").encode())
    late = int(end) <= (time.time() if now is None else now)
    return inner if right and not late and inner.startswith(_READS) else None


def hidden(path: str) -> str:
    """A path without its token, for logs."""
    if not path.startswith(PREFIX):
        return path
    return f"{PREFIX}***/{path[len(PREFIX) :].partition('/')[2]}"


def _sign(secret: str, text: str) -> str:
    digest = hmac.new(secret.encode(), b"cimtwin-tiles\0" + text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
