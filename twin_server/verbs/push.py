"""`cimtwin push`: units with the published results into the city's own PostGIS."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="Write units with results into a PostGIS database.")
@click.argument("database", metavar="URL")
@city_option
@click.option("--schema", default="cimtwin", show_default=True, help="Schema of the tables.")
@click.option("--level", type=click.Choice(LEVELS), help="Only this level; all of them otherwise.")
@click.option("--year", type=int, help="Checkup year; the latest otherwise.")
@click.option("--system", help="Indicator system; the city's default otherwise.")
@verb
def push(
    database: str, city: Path, schema: str, level: str | None, year: int | None,
    system: str | None, progress: Progress,
) -> Answer:  # fmt: skip
    """Write units with the published results into PostGIS, a table a level, read back and compared.

    Tables of the same name in the schema are replaced in one transaction. The password comes from
    PGPASSWORD or ~/.pgpass.

    Example: cimtwin push postgresql://gis@db.example/city --city mycity --level block
    """
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.export import Wanted
    from twin_server.pinned import Pin
    from twin_server.pushing import push_city
    from twin_server.store import open_store
    from twin_server.twin import open_twin

    folder = CityFolder.open(city)
    store = open_store(folder)
    try:
        twin = open_twin(folder, Pin(folder, store, 0)())
        progress.stage("push")
        counts = push_city(twin, database, schema, Wanted(level, year, system))
        store.record("push", {"schema": schema, **counts}, actor=local_actor())
    finally:
        store.close()
    progress.done()
    lines = [f"{schema}.{name}: {count:,} rows, equal" for name, count in counts.items()]
    return Answer({"schema": schema, "counts": counts}, lines)
