"""`cimtwin publish`: one model and its results become what readers see."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="Publish the newest model with all results.")
@city_option
@verb
def publish(city: Path, progress: Progress) -> Answer:
    """Publish the newest model with all results; readers change over at once.

    Example: cimtwin publish --city mycity
    """
    from cim_bridge.folder import CityFolder
    from indicator_overlays.lost import lost_places
    from twin_server.publish import publish_city
    from twin_server.store import open_store
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    store = open_store(folder)
    with one_writer(folder):
        made, new = publish_city(folder, store, progress)
        lost = lost_places(folder, made.model)
    store.close()
    state = "published" if new else "unchanged, already published"
    return Answer(
        {**made.to_json(), "new": new},
        [
            f"publication {made.seq} ({made.id}) {state}",
            f"  model {made.model}",
            f"  results {made.results}",
            f"Next: cimtwin serve --city {city}",
        ],
        lost,
    )
