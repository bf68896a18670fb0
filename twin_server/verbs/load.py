"""`cimtwin load`: tables become a batch of values, answers, problems, projects or links."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from cim_bridge.folder import CityFolder
    from cim_bridge.issues import IssueLog

_KINDS = ("values", "survey", "problems", "projects", "links", "tasks", "remarks")


@click.command(short_help="Load tables of values, surveys, problems or projects.")
@tables_argument
@city_option
@click.option("--source", required=True, help="Who delivers: statistics, a department, …")
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    default="values",
    show_default=True,
    help="What the table holds.",
)
@click.option("--year", type=int, help="Checkup year, for tables without a period column.")
@level_option
@key_option
@map_option
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
    from cim_bridge.errors import InputRefused
    from cim_bridge.folder import CityFolder
    from indicator_overlays.load import load as load_tables
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    with one_writer(folder):
        try:
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
        except InputRefused as exc:
            _record(folder, "load.refused", refusal(files, kind, source, exc.log))
            raise
        payload = {"batch": report.digest, "kind": kind, "source": source, "rows": report.rows}
        _record(folder, "load", payload)
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


_TOLD = 50


def refusal(files: tuple[Path, ...], kind: str, source: str, log: IssueLog) -> dict[str, Any]:
    """What the audit keeps of a refused delivery: its files by hash, every code, the first faults.

    Faults are told with their place; no value of the table is kept.
    """
    from cim_bridge.staging import file_digest

    errors = [{"code": one.code, **one.place.to_json()} for one in log.errors[:_TOLD]]
    counts = Counter(one.code for one in log.errors)
    named = [{"name": file.name, "sha256": file_digest(file)} for file in files]
    return {"kind": kind, "source": source, "files": named, "errors": dict(counts), "first": errors}


def _record(folder: CityFolder, action: str, payload: dict[str, Any]) -> None:
    from twin_server.audit import local_actor
    from twin_server.store import open_store

    store = open_store(folder)
    store.record(action, payload, actor=local_actor())
    store.close()
