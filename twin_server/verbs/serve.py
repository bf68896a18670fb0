"""`cimtwin serve`: the viewer, the API and the tiles of one city."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="Serve the viewer, the API and the tiles.")
@city_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Other than loopback needs [auth] in city.toml.",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer on it.",
)
@verb
def serve(city: Path, host: str, port: int, workers: int, progress: Progress) -> Answer | None:
    """Serve the viewer, the API and the tiles of one city until Ctrl-C.

    Example: cimtwin serve --city mycity --port 8080
    """
    from twin_server.running import run_server

    run_server(city, host=host, port=port, workers=workers)
    return None
