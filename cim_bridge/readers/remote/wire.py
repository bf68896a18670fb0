"""Connections to listed hosts only, to the very address that was checked (keeper of httpcore)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpcore

from cim_bridge.readers.remote.hosts import Hosts, Target

Resolve = Callable[[str, int], list[str]]
"""Addresses of a host: (host, port) → texts."""

BROKEN: tuple[type[Exception], ...] = (
    httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError,
)  # fmt: skip
"""What a connection can die of; asking again may help."""

_SAFE = "%/:=&?~+!$,;'@()*[]|"


def system_addresses(host: str, port: int) -> list[str]:
    """Addresses that the machine's resolver knows."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class Guarded(httpcore.NetworkBackend):
    """Resolves once, checks every address, connects to one that was checked."""

    def __init__(self, hosts: Hosts, resolve: Resolve) -> None:
        self._hosts = hosts
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,
        local_address: str | None = None, socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """Connect; Refused when the name leads anywhere that is not allowed."""
        try:
            addresses = self._resolve(host, port)
        except OSError as exc:
            raise httpcore.ConnectError(f"the name {host} is not known") from exc
        for address in addresses:
            self._hosts.check_address(host, port, address)
        failed: Exception = httpcore.ConnectError(f"the name {host} has no address")
        for address in addresses:
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failed = exc
        raise failed

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: no platform is one."""
        raise httpcore.ConnectError("a socket file is no host")

    def sleep(self, seconds: float) -> None:
        """Wait between tries of the pool."""
        self._plain.sleep(seconds)


@dataclass(frozen=True)
class Head:
    """Status and headers (lower case) of an answer, and its body in pieces."""

    status: int
    headers: dict[str, str]
    body: Iterator[bytes]


class Wire:
    """Sends single requests; follows nothing."""

    def __init__(
        self, hosts: Hosts, resolve: Resolve = system_addresses, connections: int = 2
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=connections,
            network_backend=Guarded(hosts, resolve),
        )

    def get(
        self, target: Target, url: str, headers: dict[str, str], connect: float, read: float
    ) -> AbstractContextManager[Head]:
        """One GET; a body must be read before the block ends."""
        return self.ask("GET", target, url, headers, (connect, read))

    @contextmanager
    def ask(
        self, method: str, target: Target, url: str, headers: dict[str, str],
        wait: tuple[float, float], body: bytes = b"",
    ) -> Iterator[Head]:  # fmt: skip
        """One request of any method; wait: seconds to connect, and for every read."""
        parts = urlsplit(url)
        path = quote(parts.path or "/", safe=_SAFE)
        query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
        where = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=path + query
        )
        connect, read = wait
        within = {"connect": connect, "read": read, "write": read, "pool": connect}
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        with self._pool.stream(
            method, where, headers=sent, content=body or None, extensions={"timeout": within}
        ) as answer:
            told = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in answer.headers
            }
            yield Head(answer.status, told, answer.iter_stream())

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()
