"""Requests that the server sends by itself: to the sign-in provider, webhooks, base maps.

Exact hosts only, the address that was checked is the one that is connected to, no redirect is
followed, an answer may be 256 KiB long.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cim_bridge.errors import InputRefused, Unavailable
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.hosts import Hosts
from cim_bridge.readers.remote.wire import BROKEN, Resolve, Wire, system_addresses

MOST_BYTES = 256 * 1024
_WAIT = (5.0, 10.0)


@dataclass(frozen=True)
class Fetched:
    """An answer: status, headers (lower case), body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Outbound:
    """Asks listed hosts; private addresses only where they are listed as such."""

    def __init__(
        self, allow: Iterable[str], private: Iterable[str] = (),
        resolve: Resolve = system_addresses, connections: int = 2,
    ) -> None:  # fmt: skip
        """ValueError for an entry that is no host or host:port."""
        self._hosts = Hosts.of(allow, private)
        self._wire = Wire(self._hosts, resolve, connections)

    def ask(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, bytes]:
        """(status, body) of one request. Unavailable when it cannot or may not be asked."""
        sent = {"User-Agent": "cim-twin", "Accept": "application/json", **(headers or {})}
        try:
            target = self._hosts.check(url)
            sent.setdefault("Host", urlsplit(url).netloc)
            if body or method == "POST":
                sent["Content-Length"] = str(len(body))
            with self._wire.ask(method, target, url, sent, _WAIT, body) as answer:
                found = bytearray()
                for part in answer.body:
                    found += part
                    if len(found) > MOST_BYTES:
                        raise Unavailable(f"{target.name} answers more than {MOST_BYTES} bytes")
                return answer.status, bytes(found)
        except (Refused, InputRefused) as exc:
            raise Unavailable(f"{url} may not be asked: {exc}") from exc
        except BROKEN as exc:
            raise Unavailable(f"{url} does not answer: {type(exc).__name__} {exc}") from exc

    def fetch(self, url: str, *, accept: str, most: int, seconds: float) -> Fetched:
        """One GET of at most `most` bytes and `seconds`. Unavailable tells the host, no address."""
        end = time.monotonic() + seconds
        sent = {"User-Agent": "cim-twin", "Accept": accept, "Host": urlsplit(url).netloc}
        host = urlsplit(url).hostname
        try:
            target = self._hosts.check(url)
            with self._wire.ask("GET", target, url, sent, _WAIT) as answer:
                found = bytearray()
                for part in answer.body:
                    found += part
                    if len(found) > most or time.monotonic() > end:
                        raise Unavailable(f"{host} answers too much or too slowly")
                return Fetched(answer.status, answer.headers, bytes(found))
        except (Refused, InputRefused) as exc:
            raise Unavailable(f"{host} may not be asked") from exc
        except BROKEN as exc:
            raise Unavailable(f"{host} does not answer: {type(exc).__name__}") from exc

    def close(self) -> None:
        """Close every connection."""
        self._wire.close()
