"""The connection to a city's decisions: SQLite without lock errors, or any SQLAlchemy URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from twin_server.tables import metadata

_BUSY_MS = 5000
_TABLES = (
    "twin_server.workflow.tables", "twin_server.identity.tables", "twin_server.events.tables",
    "twin_server.proposals",
)  # fmt: skip


def open_database(url: str, file: Path) -> Engine:
    """Open `url`, or the SQLite `file` when it is empty; make the tables that are missing.

    Deferred BEGIN with several writers fails with "database is locked" however long the timeout
    is, so SQLite transactions that write begin IMMEDIATE; those that only read stay deferred.
    """
    address = make_url(url) if url else make_url(f"sqlite:///{file.absolute()}")
    sqlite = address.get_backend_name() == "sqlite"
    engine = create_engine(address)
    if sqlite:
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    for module in _TABLES:
        import_module(module)  # each adds its tables to `metadata`
    with writing(engine) as connection:
        metadata.create_all(connection)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: all of it or nothing."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads; never waits for a writer in SQLite's WAL."""
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        yield connection
