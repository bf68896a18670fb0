"""Where a 3DCityDB is: host, database, user and schema; never a password."""

from __future__ import annotations

import os
from dataclasses import dataclass

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from cim_bridge.issues import IssueLog

DRIVER = "postgresql+psycopg"
PORT = 5432
_FORM = "postgresql://user@host:port/database"

_OPTIONS = frozenset(
    {"host", "port", "schema", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout"}
)
"""What may follow the `?`; anything else could lead elsewhere than the host that was named."""


@dataclass(frozen=True)
class Address:
    """A database to read. url: for the driver, without a password and without `schema`.

    host, port: the machine that is asked; local: by a socket of this machine's own.
    """

    url: URL
    schema: str | None
    host: str
    port: int
    local: bool

    @property
    def name(self) -> str:
        """A name for the source: the database, and the schema where one was asked for."""
        return "_".join(part for part in (self.url.database, self.schema) if part)

    @property
    def label(self) -> str:
        """Host and database, as findings name the source."""
        return f"{self.host}/{self.url.database}"


def address_of(text: str, log: IssueLog) -> Address | None:
    """Understand `postgresql://user@host:port/database?schema=citydb`; an Issue when it is wrong.

    An address with a password is refused: it would stay in shell histories and in city.toml. The
    driver takes it from PGPASSWORD or from ~/.pgpass. The text is never repeated in a finding.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        log.add("CITYDB_ADDRESS", reason=_FORM)
        return None
    if url.password is not None or "password" in url.query:
        log.add("CITYDB_PASSWORD", file=url.database or "")
        return None
    unknown = sorted(set(url.query) - _OPTIONS)
    host, at = _host(url), _port(url)
    if unknown or not url.database or "," in host or at is None or _twice(url):
        reason = f"?{unknown[0]}=" if unknown else _FORM
        log.add("CITYDB_ADDRESS", file=url.database or "", reason=reason)
        return None
    schema = str(url.query["schema"]) if "schema" in url.query else None
    plain = url.difference_update_query(["schema"]).set(drivername=DRIVER)
    local = not host or host.startswith(("/", "@"))
    return Address(plain, schema, "localhost" if local else host.lower(), at, local)


def _twice(url: URL) -> bool:
    """Whether something is named twice."""
    return any(isinstance(value, tuple) for value in url.query.values())


def _host(url: URL) -> str:
    """The machine that the driver would ask, by its own environment variable if need be."""
    return url.host or str(url.query.get("host", "")) or os.environ.get("PGHOST", "")


def _port(url: URL) -> int | None:
    text = str(url.port or url.query.get("port", "") or os.environ.get("PGPORT", "") or PORT)
    return int(text) if text.isdigit() and 0 < int(text) < 1 << 16 else None
