"""`cimtwin export`: units with the published results, for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option

_FORMATS = ("csv", "xlsx", "gpkg", "geoparquet")


@click.command(short_help="Write units with the published results to a file.")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@city_option
@click.option("--format", "form", required=True, type=click.Choice(_FORMATS))
@click.option("--level", type=click.Choice(LEVELS), help="Only this level; all of them otherwise.")
@click.option("--year", type=int, help="Checkup year; the latest otherwise.")
@click.option("--system", help="Indicator system; the city's default otherwise.")
@verb
def export(
    out: Path,
    city: Path,
    form: str,
    level: str | None,
    year: int | None,
    system: str | None,
    progress: Progress,
) -> Answer:
    """Write units with the published results to a file.

    Example: cimtwin export blocks.gpkg --city mycity --format gpkg --level block --year 2025
    """
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.export import export_units
    from twin_server.pinned import Pin
    from twin_server.store import open_store
    from twin_server.twin import open_twin

    folder = CityFolder.open(city)
    store = open_store(folder)
    progress.stage(f"export {form}")
    twin = open_twin(folder, Pin(folder, store, 0)())
    counts = export_units(twin, out, form, level=level, year=year, system=system)
    store.record("export", {"file": out.name, "format": form, **counts}, actor=local_actor())
    store.close()
    progress.done()
    lines = [f"{out}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items())]
    return Answer({"file": str(out), "counts": counts}, lines)
