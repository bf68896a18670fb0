"""Where a 3DCityDB is: host, database, user and schema; never a password."""

from __future__ import annotations

import os
from dataclasses import dataclass

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from cim_bridge.issues import IssueLog

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
DRIVER = "postgresql+psycopg"
SOCKET = "unix socket"

_OPTIONS = frozenset(
    {"host", "port", "schema", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout"}
)
"""What may follow the `?`; anything else could lead elsewhere than the host that was named."""


@dataclass(frozen=True)
class Address:
    """A database to read. url: for the driver, without a password and without `schema`.

    hosts: every machine that may be asked, "unix socket" for one on this machine.
    """

    url: URL
    schema: str | None
    hosts: tuple[str, ...]

    @property
    def label(self) -> str:
        """Host and database, as findings and manifests name the source."""
        return f"{','.join(self.hosts)}/{self.url.database or ''}"


def is_citydb(text: str) -> bool:
    """Whether a source is written as the address of a PostgreSQL database."""
    return text.partition("://")[0].lower() in SCHEMES and "://" in text


def address_of(text: str, log: IssueLog) -> Address | None:
    """Understand `postgresql://user@host:port/database?schema=citydb`; an Issue when it is wrong.

    An address with a password is refused: it would stay in shell histories and in city.toml. The
    driver takes it from PGPASSWORD or from ~/.pgpass. The text is never repeated in a finding.
    """
    try:
        url = make_url(text)
        port = url.port
    except (ArgumentError, ValueError):
        log.add("CITYDB_ADDRESS", reason="postgresql://user@host:port/database")
        return None
    if url.password is not None or "password" in url.query:
        log.add("CITYDB_PASSWORD", file=url.database or "")
        return None
    unknown = sorted(set(url.query) - _OPTIONS)
    if unknown or not url.database or any(isinstance(v, tuple) for v in url.query.values()):
        reason = f"?{unknown[0]}=" if unknown else "postgresql://user@host:port/database"
        log.add("CITYDB_ADDRESS", file=url.database or "", reason=reason)
        return None
    schema = str(url.query["schema"]) if "schema" in url.query else None
    plain = url.difference_update_query(["schema"]).set(drivername=DRIVER, port=port)
    return Address(plain, schema, _hosts(plain))


def _hosts(url: URL) -> tuple[str, ...]:
    """Machines that the driver would ask, its own environment variable included."""
    named = url.host or str(url.query.get("host", "")) or os.environ.get("PGHOST", "")
    hosts = [part for part in named.split(",") if part]
    return tuple(SOCKET if host.startswith(("/", "@")) else host for host in hosts) or (SOCKET,)
