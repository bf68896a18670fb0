"""`cimtwin match`: which names of a table find their unit, and the list of those that do not."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import (
    city_option,
    key_option,
    level_option,
    map_option,
    tables_argument,
)


@click.command(short_help="Match the names of a table to units; list the doubts for a person.")
@tables_argument
@city_option
@click.option("--source", required=True, help="Who delivers; each source has its review list.")
@click.option(
    "--kind",
    type=click.Choice(("values", "survey", "problems")),
    default="values",
    show_default=True,
    help="What the table holds.",
)
@level_option
@key_option
@map_option
@verb
def match(
    files: tuple[Path, ...],
    city: Path,
    source: str,
    kind: str,
    level: str | None,
    key: str | None,
    mapping: Path | None,
    progress: Progress,
) -> Answer:
    """Match the names of a table to units, as load would; nothing is loaded.

    What fits several units or none is listed in CITY/reviews/SOURCE.csv. Write a unit id into its
    column "decision" (or - for no such place); every later match and load of the source uses it.

    \b
    Examples:
      cimtwin match survey.xlsx --city mycity --source 住建局 --level building --map survey.map.toml
      cimtwin match values.csv --city mycity --source statistics --level district --key 区县
    """
    from cim_bridge.folder import CityFolder
    from indicator_overlays.matchrun import match_tables
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    with one_writer(folder):
        report = match_tables(
            folder, files, source=source, kind=kind, level=level or "", key=key or "",
            mapping=mapping, progress=progress,
        )  # fmt: skip
    data = {"match": report.match, "review": str(report.review), "undecided": report.open_rows}
    return Answer(data, list(report.lines), report.log)
