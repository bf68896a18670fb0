"""`cimtwin restore`: a city folder of a backup."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb


@click.command(short_help="Make a city folder of a backup.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@verb
def restore(file: Path, directory: Path, progress: Progress) -> Answer:
    """Make a city folder of a backup; every file is proven before the folder is there.

    Then the record is walked and the files of the current publication are proven by their own
    hashes.

    Example: cimtwin restore mycity-2026-11-24.tar mycity-again
    """
    from cim_bridge.folder import CityFolder
    from twin_server.operate.backup import restore as unpack
    from twin_server.proof import prove_release
    from twin_server.store import open_store

    told = unpack(file, directory)
    lines = [f"{directory}: {told['files']} files, each as its list says"]
    folder = CityFolder.open(directory)
    if told["database"] == "inside":
        with closing(open_store(folder)) as store:
            told["entries"] = store.verify_audit()
            now = store.current()
        if now is not None:
            prove_release(folder, now.model, now.results)
            told["publication"] = now.id
            lines.append(f"publication {now.seq} ({now.id}) is whole")
        lines.append(f"{told['entries']} entries of the record, the chain holds")
    return Answer(told, [*lines, f"Next: cimtwin doctor --city {directory}"])
