"""`cimtwin audit`: has anyone changed the record, and who was told of what?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import EXIT_REFUSED, Answer, verb
from twin_server.options import city_option


@click.group(short_help="The record of who did what.")
def audit() -> None:
    """The record of who did what, chained by hashes, and the events made of it."""


@audit.command(short_help="Prove that the record is whole.")
@city_option
@verb
def verify(city: Path, progress: Progress) -> Answer:
    """Prove that the record is whole: every entry follows the one before it.

    Example: cimtwin audit verify --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.store import open_store

    with closing(open_store(CityFolder.open(city))) as store:
        count = store.verify_audit()
    return Answer({"entries": count}, [f"{count} entries, the chain holds"])


@audit.command(short_help="List events and where they went.")
@city_option
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Newest events to list.",
)
@verb
def events(city: Path, limit: int, progress: Progress) -> Answer:
    """List the newest events with every delivery: waiting, delivered or dead.

    Example: cimtwin audit events --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.events.outbox import recent
    from twin_server.store import open_store

    with closing(open_store(CityFolder.open(city))) as store:
        found = recent(store.engine, limit)
    lines = []
    for item in found:
        lines.append(f"{item['seq']:>6}  {item['time']}  {item['type']}  {item['subject']}")
        lines += [
            f"{'':8}{one['state']} ({one['attempts']})  {one['endpoint']}  {one['error']}".rstrip()
            for one in item["deliveries"]
        ]
    return Answer(found, lines or ["no events yet"])


@audit.command(short_help="Send events that are due.")
@city_option
@click.option("--again", is_flag=True, help="Try those that were given up once more.")
@verb
def deliver(city: Path, again: bool, progress: Progress) -> Answer:
    """Send every event that is due to the endpoints of `[webhooks]` in city.toml, once.

    A running server does this by itself. Exit 1 when something could not be delivered.

    Example: cimtwin audit deliver --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.events.deliver import Deliverer
    from twin_server.settings import read_settings
    from twin_server.store import open_store

    folder = CityFolder.open(city)
    settings = read_settings(config=folder.config)
    with closing(open_store(folder, settings)) as store:
        deliverer = Deliverer(store.engine, settings, folder.config.name["en"])
        revived = deliverer.again() if again else 0
        sent = deliverer.round()
    told = {"delivered": sent.delivered, "failed": sent.failed, "dead": sent.dead,
            "again": revived}  # fmt: skip
    line = f"{sent.delivered} delivered, {sent.failed} to be tried again, {sent.dead} given up"
    return Answer(told, [line], exit_code=EXIT_REFUSED if sent.failed or sent.dead else 0)
