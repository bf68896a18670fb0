"""`cimtwin audit verify`: has anyone changed the record?"""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.group(short_help="The record of who did what.")
def audit() -> None:
    """The record of who did what, chained by hashes."""


@audit.command(short_help="Prove that the record is whole.")
@city_option
@verb
def verify(city: Path, progress: Progress) -> Answer:
    """Prove that the record is whole: every entry follows the one before it.

    Example: cimtwin audit verify --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.store import open_store

    store = open_store(CityFolder.open(city))
    count = store.verify_audit()
    store.close()
    return Answer({"entries": count}, [f"{count} entries, the chain holds"])
