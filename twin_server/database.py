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
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from cim_bridge.errors import Unavailable, WrongUse
from twin_server.upgrading import bring_up, is_up_to_date

_BUSY_MS = 5000
_WRITER = 0x63696D  # one number for all programs that write decisions: "cim"
_TABLES = (
    "twin_server.workflow.tables", "twin_server.identity.tables", "twin_server.events.tables",
    "twin_server.proposals",
)  # fmt: skip


class DatabaseAway(Unavailable):
    """The decisions cannot be read or written now; its text names the place and the reason."""

    code = "DATABASE_UNAVAILABLE"
    public = "the database of this server cannot be used now"
    """What a client of the API is told."""


def address_of(url: str, file: Path) -> URL:
    """SQLAlchemy's address of the decisions: `url`, or the SQLite `file` when it is empty.

    `postgres://` and `postgresql://` mean psycopg, whatever driver SQLAlchemy prefers.
    """
    if not url:
        return make_url(f"sqlite:///{file.absolute()}")
    try:
        found = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as exc:
        raise WrongUse(
            "DATABASE_URL 应如 postgresql://用户@主机/库 / is not like postgresql://user@host/name"
        ) from exc
    plain = found.drivername == "postgresql"
    return found.set(drivername="postgresql+psycopg") if plain else found


def open_database(url: str, file: Path) -> Engine:
    """Open the decisions; tables are made where there are none and upgraded where they are old.

    Deferred BEGIN with several writers fails with "database is locked" however long the timeout
    is, so SQLite transactions that write begin IMMEDIATE; those that only read stay deferred.
    InputRefused DATABASE_NEWER when a newer program has changed the tables already; Unavailable
    where the database cannot be reached, read or written.
    """
    for module in _TABLES:
        import_module(module)  # each adds its tables to `metadata`
    address = address_of(url, file)
    sqlite = address.get_backend_name() == "sqlite"
    engine = _engine(address, pre_ping=not sqlite)
    if sqlite:
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    with reading(engine) as connection:
        known = is_up_to_date(connection)
    if not known:
        with writing(engine) as connection:
            bring_up(connection)
    return engine


def _engine(address: URL, *, pre_ping: bool) -> Engine:
    try:
        return create_engine(address, pool_pre_ping=pre_ping)
    except (ImportError, NoSuchModuleError) as exc:
        raise Unavailable(
            f"缺少数据库驱动 / the driver of {address.drivername} is not installed: "
            'pip install "cim-twin[postgres]"'
        ) from exc


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
def _told(engine: Engine) -> Iterator[None]:
    """Say in words that the database is away, locked, full, damaged or not to be written."""
    try:
        yield
    except DatabaseError as exc:
        if type(exc) is not DatabaseError and not isinstance(exc, OperationalError):
            raise  # what was asked is wrong, not the database
        where = engine.url.database if engine.dialect.name == "sqlite" else engine.url.host
        reason = str(exc.orig).strip().splitlines()[0]
        raise DatabaseAway(
            f"数据库不可用：{where}（{reason}）；检查服务是否运行、文件夹权限和磁盘空间 / "
            f"the database cannot be used: {where} ({reason}); see that it runs, the rights of its "
            "folder and the space on the disk"
        ) from exc


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: all of it or nothing, and nobody else writes meanwhile."""
    with _told(engine), engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads one moment; never waits for a writer."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with (
        _told(engine),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection
