"""`cimtwin releases`: what was published when."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="List every publication.")
@city_option
@verb
def releases(city: Path, progress: Progress) -> Answer:
    """List every publication, newest first; * marks the current one.

    Example: cimtwin releases --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.store import open_store

    store = open_store(CityFolder.open(city))
    every = store.publications()
    store.close()
    lines = [
        f"{'*' if item.current else ' '} {item.seq:>4}  {item.id}  {item.created}"
        f"  model {item.model[:12]}  results {item.results[:12]}"
        for item in every
    ]
    return Answer([item.to_json() for item in every], lines or ["nothing published yet"])
