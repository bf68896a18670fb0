"""The connection to a city's decisions: SQLite, or PostgreSQL by a URL, with the same promises.

Whoever writes is alone (SQLite: BEGIN IMMEDIATE; PostgreSQL: one lock for the whole database), so
what was read inside the transaction still holds when it is written: versions, numbers, the audit
chain. Whoever reads sees one moment and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

from twin_server.upgrading import bring_up, is_up_to_date

_BUSY_MS = 5000
_WRITER = 0x63696D  # one number for all programs that write decisions: "cim"
_TABLES = (
    "twin_server.workflow.tables", "twin_server.identity.tables", "twin_server.events.tables",
    "twin_server.proposals",
)  # fmt: skip


def address_of(url: str, file: Path) -> URL:
    """SQLAlchemy's address of the decisions: `url`, or the SQLite `file` when it is empty.

    `postgres://` and `postgresql://` mean psycopg, whatever driver SQLAlchemy prefers.
    """
    if not url:
        return make_url(f"sqlite:///{file.absolute()}")
    found = make_url(url.replace("postgres://", "postgresql://", 1))
    plain = found.drivername == "postgresql"
    return found.set(drivername="postgresql+psycopg") if plain else found


def open_database(url: str, file: Path) -> Engine:
    """Open the decisions; tables are made where there are none and upgraded where they are old.

    Deferred BEGIN with several writers fails with "database is locked" however long the timeout
    is, so SQLite transactions that write begin IMMEDIATE; those that only read stay deferred.
    InputRefused DATABASE_NEWER when a newer program has changed the tables already.
    """
    for module in _TABLES:
        import_module(module)  # each adds its tables to `metadata`
    address = address_of(url, file)
    sqlite = address.get_backend_name() == "sqlite"
    engine = create_engine(address) if sqlite else create_engine(address, pool_pre_ping=True)
    if sqlite:
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    with reading(engine) as connection:
        known = is_up_to_date(connection)
    if not known:
        with writing(engine) as connection:
            bring_up(connection)
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
    """One transaction that writes: all of it or nothing, and nobody else writes meanwhile."""
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads one moment; never waits for a writer."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection
