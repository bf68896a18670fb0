"""`cimtwin rollback`: readers go back to an earlier publication."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="Go back to the publication before this one.")
@city_option
@click.option("--to", metavar="ID", help="Id or number of the publication to go to.")
@verb
def rollback(city: Path, to: str | None, progress: Progress) -> Answer:
    """Go back to the publication before this one; nothing is deleted.

    Example: cimtwin rollback --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.publish import roll_back
    from twin_server.store import open_store

    folder = CityFolder.open(city)
    store = open_store(folder)
    chosen = roll_back(folder, store, to)
    store.close()
    return Answer(
        {**chosen.to_json(), "current": True},
        [f"publication {chosen.seq} ({chosen.id}) of {chosen.created} is current"],
    )
