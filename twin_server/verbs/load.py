"""`cimtwin load`: tables become a batch of values, answers, problems, projects or links."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option

_KINDS = ("values", "survey", "problems", "projects", "links", "tasks")


@click.command(short_help="Load tables of values, surveys, problems or projects.")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@city_option
@click.option("--source", required=True, help="Who delivers: statistics, a department, …")
@click.option("--kind", type=click.Choice(_KINDS), default="values", show_default=True)
@click.option("--year", type=int, help="Checkup year, for tables without a period column.")
@click.option("--level", type=click.Choice(LEVELS), help="Level, for tables that do not say it.")
@click.option("--key", metavar="COLUMN", help="Column that names the unit.")
@click.option(
    "--map",
    "mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file that names columns, null marks, units, and how names are matched.",
)
@verb
def load(
    files: tuple[Path, ...],
    city: Path,
    source: str,
    kind: str,
    year: int | None,
    level: str | None,
    key: str | None,
    mapping: Path | None,
    progress: Progress,
) -> Answer:
    """Load tables of values, surveys, problems or projects.

    \b
    Examples:
      cimtwin load values.xlsx --city mycity --source statistics --year 2025
      cimtwin load health.csv --city mycity --source health --level district --key geo --map m.toml
    """
    from cim_bridge.folder import CityFolder
    from indicator_overlays.load import load as load_tables
    from twin_server.audit import local_actor
    from twin_server.store import open_store
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    with one_writer(folder):
        report = load_tables(
            folder,
            list(files),
            source=source,
            kind=kind,
            year=year,
            level=level or "",
            key=key or "",
            mapping=mapping,
            progress=progress,
        )
        store = open_store(folder)
        payload = {"batch": report.digest, "kind": kind, "source": source, "rows": report.rows}
        store.record("load", payload, actor=local_actor())
        store.close()
    return Answer(
        {
            "batch": report.digest,
            "rows": report.rows,
            "kind": kind,
            "source": source,
            "match": report.match,
        },
        [
            f"batch {report.digest}: {report.rows:,} rows of {kind} from {source}",
            *report.match_lines,
        ],
        report.log,
    )
