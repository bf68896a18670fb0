"""`cimtwin database`: where the decisions lie and how new their tables are; move them."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="Tell where the decisions lie; copy them into DATABASE_URL.")
@city_option
@click.option(
    "--copy-from",
    "source",
    metavar="URL|FILE",
    help="Copy every decision from another database, such as the city's own twin.db.",
)
@verb
def database(city: Path, source: str | None, progress: Progress) -> Answer:
    """Open the decisions of a city (twin.db, or DATABASE_URL), upgrade their tables, tell of them.

    With --copy-from they are copied from another database first; the one that is opened must hold
    none yet, and the record is proven before anything stays.

    \b
    Examples:
      cimtwin database --city mycity
      DATABASE_URL=postgresql://cim@db/mycity cimtwin database --city mycity --copy-from twin.db
    """
    from cim_bridge.errors import WrongUse
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.database import open_database
    from twin_server.moving import copy_decisions
    from twin_server.store import open_store
    from twin_server.upgrading import REVISIONS

    folder = CityFolder.open(city)
    old = None
    if source is not None:
        file = Path(source.removeprefix("sqlite:///"))
        inside = folder.path / file
        found = inside if not file.is_absolute() and inside.is_file() else file
        plain = "://" not in source or source.startswith("sqlite:")
        if plain and not found.is_file():
            raise WrongUse(f"{found} 不存在 / does not exist")
        old = open_database(f"sqlite:///{found.absolute()}" if plain else source, found)
    store = open_store(folder)
    copied = {}
    if old is not None:
        copied = copy_decisions(old, store.engine)
        old.dispose()
        store.record("database.copy", {"rows": sum(copied.values())}, actor=local_actor())
    told = {
        "database": store.engine.url.render_as_string(hide_password=True),
        "kind": store.engine.dialect.name,
        "version": REVISIONS[-1],
        "entries": store.verify_audit(),
        "copied": copied,
    }
    store.close()
    lines = [f"{told['kind']}: {told['database']}, tables at {told['version']},"
             f" {told['entries']} entries in the record, whole"]  # fmt: skip
    if copied:
        lines.append(f"copied {sum(copied.values())} rows of {len(copied)} tables")
    return Answer(told, lines)
