"""`cimtwin demo`: the sample city, made, published and served."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, say, verb


@click.command(short_help="Make, publish and serve the sample city.")
@click.option(
    "--buildings",
    default=20_000,
    show_default=True,
    type=click.IntRange(200, 2_000_000),
    help="Buildings of the city.",
)
@click.option(
    "--dir",
    "directory",
    default=Path(".demo"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for its files and the city.",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The next free one is taken where it is not.",
)
@click.option("--no-serve", is_flag=True, help="Stop after publishing.")
@verb
def demo(
    buildings: int, directory: Path, port: int, no_serve: bool, progress: Progress
) -> Answer | None:
    """Make, publish and serve the sample city: fictitious, seeded, labelled synthetic.

    Runs the very verbs a user runs. A stopped run goes on where it was; a finished one only serves.

    Example: cimtwin demo --buildings 5000 --port 9000
    """
    from twin_server.demo import Demo
    from twin_server.running import address, free_port, run_server

    made = Demo(directory, buildings)
    ran = made.run(call_verb, progress)
    told = {"city": str(made.city), "input": str(made.source), "steps_run": ran}
    lines = [f"澜湾市（虚构） / Lanwan (fictitious): {made.city}"]
    if no_serve:
        return Answer(told, lines)
    chosen = free_port("127.0.0.1", port)
    as_json = bool(click.get_current_context().params["as_json"])
    say(Answer({**told, "url": address("127.0.0.1", chosen)}, lines), as_json=as_json)
    run_server(made.city, host="127.0.0.1", port=chosen)
    return None


def call_verb(argv: Sequence[str]) -> None:
    """Run one verb in this process; what it prints goes to stderr, so --json stays one document."""
    from twin_server.cli import cimtwin

    with contextlib.redirect_stdout(sys.stderr):
        cimtwin.main(args=list(argv), prog_name="cimtwin", standalone_mode=False)
