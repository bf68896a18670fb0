"""`cimtwin backup`: a city in one file, while it is served."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="Write a city into one file.")
@city_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@verb
def backup(city: Path, file: Path, progress: Progress) -> Answer:
    """Write a city with its database into one tar file; the server may go on meanwhile.

    With DATABASE_URL the decisions lie elsewhere: copy them by that database's own means
    (pg_dump) before this.

    Example: cimtwin backup --city mycity mycity-2026-11-24.tar
    """
    from cim_bridge.folder import CityFolder
    from cim_bridge.issues import IssueLog
    from twin_server.operate.backup import back_up
    from twin_server.settings import read_settings

    folder, log = CityFolder.open(city), IssueLog()
    told = back_up(folder, file, read_settings(config=folder.config))
    if told["database"] == "elsewhere":
        log.add("BACKUP_WITHOUT_DATABASE", file=file)
    line = f"{file}: {told['files']} files, {told['bytes'] / 1e6:.1f} MB"
    return Answer(told, [line, f"Back again: cimtwin restore {file} NEWDIR"], log)
