"""`cimtwin user`: who may sign in, with which roles and keys."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option
from twin_server.policy import ROLES


@click.group(short_help="Who may sign in, with which roles and keys.")
def user() -> None:
    """Who may sign in to a city, with which roles, districts and keys."""


@user.command(short_help="Let someone sign in, or change what they may do.")
@click.argument("name")
@city_option
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(ROLES),
    help="What they are; may be given several times.",
)
@click.option(
    "--district",
    "districts",
    multiple=True,
    metavar="UNIT",
    help="Unit within which they may change things; the whole city without one.",
)
@verb
def add(
    name: str, city: Path, roles: tuple[str, ...], districts: tuple[str, ...], progress: Progress
) -> Answer:
    """Let someone sign in; of someone known, roles and districts are replaced.

    Example: cimtwin user add chen --role reporter --district district:370602 --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.identity.people import People
    from twin_server.store import open_store

    with closing(open_store(CityFolder.open(city))) as store:
        made = People(store.engine).add(name, roles, districts, actor=local_actor())
    where = ", ".join(made.districts) or "the whole city"
    return Answer(
        {"name": made.name, "roles": list(made.roles), "districts": list(made.districts)},
        [f"{made.name}: {', '.join(made.roles)}; {where}",
         f"Next: cimtwin user key {made.name} --city {city}"],
    )  # fmt: skip


@user.command(name="list", short_help="List everyone.")
@city_option
@verb
def list_users(city: Path, progress: Progress) -> Answer:
    """List everyone with their roles, districts and keys (never the secrets).

    Example: cimtwin user list --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.identity.people import People
    from twin_server.store import open_store

    with closing(open_store(CityFolder.open(city))) as store:
        everyone = People(store.engine).everyone()
    lines = []
    for one in everyone:
        state = "  (disabled)" if one.disabled else ""
        where = ", ".join(one.districts) or "the whole city"
        lines.append(f"{one.name}{state}: {', '.join(one.roles)}; {where}")
        lines += [
            f"  key {key['id']} until {key['expires']}{' (revoked)' if key['revoked'] else ''}"
            for key in one.keys
        ]
    told = [
        {
            "name": one.name,
            "roles": list(one.roles),
            "districts": list(one.districts),
            "disabled": one.disabled,
            "created": one.created,
            "keys": list(one.keys),
        }
        for one in everyone
    ]
    return Answer(told, lines or ["nobody yet: cimtwin user add NAME --role ROLE"])


@user.command(short_help="Shut someone out.")
@click.argument("name")
@city_option
@verb
def disable(name: str, city: Path, progress: Progress) -> Answer:
    """Shut someone out: keys and sign-ins end within seconds, also of running servers.

    Example: cimtwin user disable chen --city mycity
    """
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.identity.people import People
    from twin_server.store import open_store

    with closing(open_store(CityFolder.open(city))) as store:
        known = People(store.engine).disable(name, actor=local_actor())
    note = "" if known else " (was not known here; a provider or proxy may no longer bring them)"
    return Answer({"name": name, "known": known}, [f"{name} is shut out{note}"])


@user.command(short_help="Make or revoke a key.")
@click.argument("name")
@city_option
@click.option(
    "--days",
    default=365,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="How long the key holds.",
)
@click.option("--revoke", metavar="NUMBER", help="End the key of this number; make none.")
@verb
def key(name: str, city: Path, days: int, revoke: str | None, progress: Progress) -> Answer:
    """Make a key, which is shown this once; only its hash is kept.

    Example: cimtwin user key chen --city mycity --days 90
    """
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.identity.people import People
    from twin_server.store import open_store

    with closing(open_store(CityFolder.open(city))) as store:
        people = People(store.engine)
        if revoke:
            people.revoke(revoke, actor=local_actor())
            return Answer({"name": name, "revoked": revoke}, [f"key {revoke} ended"])
        made, until = people.make_key(name, actor=local_actor(), days=days)
    lines = [
        made,
        f"Shown once; holds until {until}. Send it as: Authorization: Bearer {made[:8]}…",
    ]
    return Answer({"name": name, "key": made, "expires": until}, lines)
