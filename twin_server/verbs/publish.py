"""`cimtwin publish`: one model and its results become what readers see."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option

if TYPE_CHECKING:
    from cim_bridge.folder import CityFolder
    from cim_bridge.issues import IssueLog
    from twin_server.store import Publication, Store


@click.command(short_help="Publish the newest model with all results.")
@city_option
@click.option("--approve", metavar="ID", help="Make another person's proposal current.")
@click.option("--reject", metavar="ID", help="Turn a proposal down; needs --reason.")
@click.option("--reason", default="", help="Why: told in the record.")
@verb
def publish(
    city: Path, approve: str | None, reject: str | None, reason: str, progress: Progress
) -> Answer:
    """Publish the newest model with all results; readers change over at once.

    Where city.toml says `[publish] two_person = true`, this proposes it only: another person
    approves, here or at POST /api/v1/proposals/ID/decision.

    \b
    Examples:
      cimtwin publish --city mycity
      cimtwin publish --city mycity --approve 3f0c21a9d4b7e618
    """
    from cim_bridge.errors import WrongUse
    from cim_bridge.folder import CityFolder
    from twin_server import publish as publishing
    from twin_server.audit import local_actor
    from twin_server.proposals import Proposals
    from twin_server.store import open_store

    if approve and reject:
        raise WrongUse("--approve 与 --reject 只能给一个 / --approve or --reject, not both")
    folder = CityFolder.open(city)
    with closing(open_store(folder)) as store:
        if approve:
            made = publishing.approve(folder, store, approve, actor=local_actor(), reason=reason)
            return _published(city, made, new=True)
        if reject:
            gone = Proposals(store).reject(reject, actor=local_actor(), reason=reason)
            return Answer(gone.to_json(), [f"proposal {gone.id} rejected"])
        return _publish(city, folder, store, progress, reason)


def _publish(city: Path, folder: CityFolder, store: Store, progress: Progress, note: str) -> Answer:
    from indicator_overlays.lost import lost_places
    from twin_server.audit import local_actor
    from twin_server.proposals import Proposal, Proposals, two_person
    from twin_server.publish import bindings_of, build_city, publish_city
    from twin_server.writing import one_writer

    with one_writer(folder):
        if not two_person(folder.config):
            made, new = publish_city(folder, store, progress)
            return _published(city, made, new=new, lost=lost_places(folder, made.model))
        model, results = build_city(folder, store, progress)
        lost = lost_places(folder, model)
    found, new = Proposals(store).propose(
        model, results, actor=local_actor(), note=note, bindings=bindings_of(folder)
    )
    if not isinstance(found, Proposal):
        return _published(city, found, new=False, lost=lost)
    lines = [
        f"proposal {found.id} {'made' if new else 'is waiting already'}; readers see no change yet",
        f"Next, by another person: cimtwin publish --city {city} --approve {found.id}",
    ]
    return Answer({"proposal": found.to_json(), "new": new}, lines, lost)


def _published(city: Path, made: Publication, *, new: bool, lost: IssueLog | None = None) -> Answer:
    from cim_bridge.issues import IssueLog

    state = "published" if new else "unchanged, already published"
    return Answer(
        {**made.to_json(), "new": new},
        [
            f"publication {made.seq} ({made.id}) {state}",
            f"  model {made.model}",
            f"  results {made.results}",
            f"Next: cimtwin serve --city {city}",
        ],
        lost or IssueLog(),
    )
