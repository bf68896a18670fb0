"""Restricted files of a release: /private/<results digest>/<file>, with the right only.

Until sign-in (feature S5) the right is a secret that the operator sets and a steward's program
sends as `Authorization: Bearer <secret>`. Without a secret nothing under /private is ever served,
whoever asks; a reader without one cannot tell a file that exists from one that does not.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable

from cim_bridge.brotlied import exists
from cim_bridge.folder import CityFolder
from twin_server.hot.blob import Blob, read_blob
from twin_server.pinned import Pinned

PREFIX = "/private/"
CACHE = "private, no-store"

_FILE = re.compile(
    r"^/private/([0-9a-f]{32})/"
    r"(columns/[0-9a-f]{32}\.(?:u8|u16|f32)|[a-z]+\.(?:json|parquet))$"
)


def may_read(authorization: str, secret: str) -> bool:
    """Whether a request carries the secret; compared in constant time."""
    kind, _, sent = authorization.partition(" ")
    given = hmac.compare_digest(sent.strip().encode(), secret.encode())
    return bool(secret) and kind.lower() == "bearer" and given


class PrivateFiles:
    """What the release keeps back from readers, for those who may have it; nothing is cached."""

    def __init__(self, folder: CityFolder, pinned: Callable[[], Pinned]) -> None:
        self._folder, self._pinned = folder, pinned

    def find(self, path: str) -> Blob | None:
        """The file of a published release, or None."""
        found = _FILE.match(path)
        if found is None or found[1] not in self._pinned().results:
            return None
        file = self._folder.results / found[1] / "private" / found[2]
        return read_blob(file, cache=CACHE) if exists(file) else None
