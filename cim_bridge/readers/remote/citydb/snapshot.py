"""One read-only snapshot of a database; what goes wrong in it is an Issue, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.citydb.address import Address

SECONDS = 15
"""How long a server may take to answer the first knock."""


_SETTINGS = ("SET LOCAL TIME ZONE 'UTC'", "SET LOCAL jit = off")
"""Dates mean the same everywhere; compiling a question takes longer than answering a page."""


class Stopped(Exception):
    """The read cannot go on; why is in the log already."""


@contextmanager
def snapshot(address: Address, place: str | None, log: IssueLog) -> Iterator[Connection]:
    """A connection in one transaction REPEATABLE READ, READ ONLY: others may write meanwhile.

    place: the checked address that the host's name leads to, None for a local socket. Raises
    Stopped, with an Issue in the log, when the database cannot be reached or the connection breaks,
    a statement is refused or a table is not as it should be.
    """
    engine = _engine(address, place, log)
    try:
        with _connected(engine, address, log) as connection:
            try:
                for setting in _SETTINGS:
                    connection.execute(text(setting))
                yield connection
            except SQLAlchemyError as exc:
                _tell(exc, address, log)
                raise Stopped from exc
    finally:
        engine.dispose()


def _engine(address: Address, place: str | None, log: IssueLog) -> Engine:
    options: dict[str, object] = {"application_name": "cimtwin"}
    if "connect_timeout" not in address.url.query:
        options["connect_timeout"] = SECONDS
    if place is not None:
        options["hostaddr"] = place
    try:
        return create_engine(
            address.url,
            poolclass=NullPool,
            isolation_level="REPEATABLE READ",
            connect_args=options,
        )
    except (ImportError, NoSuchModuleError) as exc:
        log.add("CITYDB_DRIVER", file=address.label)
        raise Stopped from exc


@contextmanager
def _connected(engine: Engine, address: Address, log: IssueLog) -> Iterator[Connection]:
    try:
        connection = engine.connect().execution_options(postgresql_readonly=True)
    except SQLAlchemyError as exc:
        log.add("CITYDB_CONNECT", file=address.label, reason=_reason(exc))
        raise Stopped from exc
    with connection:
        yield connection


def _tell(exc: SQLAlchemyError, address: Address, log: IssueLog) -> None:
    """The Issue for a statement that failed, by PostgreSQL's own error code."""
    state = str(getattr(getattr(exc, "orig", None), "sqlstate", "") or "")
    lost = isinstance(exc, DBAPIError) and exc.connection_invalidated
    if state == "42501":
        log.add("CITYDB_PERMISSION", file=address.label, tables=_reason(exc))
    elif state in ("42P01", "42703", "3F000") and not lost:
        log.add("CITYDB_TABLES", file=address.label, tables=_reason(exc))
    else:
        log.add("CITYDB_STOPPED", file=address.label, reason=_reason(exc))


def _reason(exc: SQLAlchemyError) -> str:
    """First line of what the server or the driver says."""
    lines = str(getattr(exc, "orig", None) or exc).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(exc).__name__
