"""The tables of a database at this program's version: made new, or changed step by step.

The steps are Alembic's and lie in `migrations/`. This is the keeper of Alembic, which is imported
only where an older database is met: an empty one is made from the tables as they are, and a test
holds that both ways lead to the same.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from twin_server.tables import metadata

REVISIONS: tuple[str, ...] = ("0001", "0002", "0003", "0004")
"""Every version of the tables, the oldest first; the last one is this program's."""

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


def revision_of(connection: Connection) -> str | None:
    """Version of the tables; "" of those made before versions were written, None of no tables."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar())  # noqa: S608 - a name of ours
    return "" if "publication" in names else None


def is_up_to_date(connection: Connection) -> bool:
    """Whether nothing is to be done. InputRefused DATABASE_NEWER when the program is too old."""
    found = revision_of(connection)
    if found and found not in REVISIONS:
        log = IssueLog()
        log.add("DATABASE_NEWER", id=found, known=REVISIONS[-1])
        raise InputRefused(log)
    return found == REVISIONS[-1]


def bring_up(connection: Connection, to: str = "head") -> None:
    """Make or upgrade the tables inside a transaction that writes: all of it or nothing."""
    if is_up_to_date(connection):
        return  # another process was quicker
    if revision_of(connection) is None and to == "head":
        metadata.create_all(connection)
        connection.execute(text(
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL,"
            f" CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        ))  # fmt: skip
        written = text(f"INSERT INTO {VERSION_TABLE} VALUES (:version)")  # noqa: S608 - our name
        connection.execute(written, {"version": REVISIONS[-1]})
        return
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, to)
