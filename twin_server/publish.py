"""Publishing: build the results of the newest model, prove them, move one pointer."""

from __future__ import annotations

from cim_bridge.binding.release import newest
from cim_bridge.errors import WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import Progress
from twin_server.audit import local_actor
from twin_server.proof import prove_and_note, prove_unless_noted
from twin_server.proposals import Proposals, two_person
from twin_server.store import Publication, Store
from twin_server.workflow.valuedecisions import ValueDecisions


def publish_city(folder: CityFolder, store: Store, progress: Progress) -> tuple[Publication, bool]:
    """Build one results release against the newest model and make the pair current.

    Readers see the old publication until the last step, which is one SQL transaction. WrongUse
    where city.toml asks for two persons.
    """
    if two_person(folder.config):
        raise WrongUse("this city publishes by two persons: propose, and let another one approve")
    model, results = build_city(folder, store, progress)
    return store.publish(model, results, actor=local_actor(), bindings=bindings_of(folder))


def bindings_of(folder: CityFolder) -> tuple[str, ...]:
    """Digests of the bound tilesets that a publication of this moment shows."""
    return tuple(sorted(newest(folder).values()))


def build_city(folder: CityFolder, store: Store, progress: Progress) -> tuple[str, str]:
    """(model, results) ready to be published: built and proven, and nobody sees it yet."""
    from indicator_overlays.results import build_results

    model = folder.head_model()
    log = IssueLog()
    if model is None:
        log.add("PUBLISH_NO_MODEL", city=folder.path)
    log.raise_if_errors()
    assert model is not None  # noqa: S101 - raise_if_errors proved it
    ValueDecisions(store.engine).copy_into(folder)
    results = build_results(folder, model, progress)
    progress.stage("verify")
    prove_and_note(folder, model, results)
    progress.done()
    return model, results


def approve(
    folder: CityFolder, store: Store, name: str, *, actor: str, reason: str = ""
) -> Publication:
    """Make a proposal current, after proving that its files are whole."""
    proposals = Proposals(store)
    found = proposals.find(name)
    prove_unless_noted(folder, found.model, found.results)
    return proposals.approve(name, actor=actor, reason=reason)


def roll_back(
    folder: CityFolder, store: Store, to: str | None, *, actor: str = "", reason: str = ""
) -> Publication:
    """Point readers to an earlier publication, after proving that its files are whole.

    They were hashed when it was published; those that nobody touched since are not hashed again.
    """
    chosen = store.target(to)
    prove_unless_noted(folder, chosen.model, chosen.results)
    store.point_to(chosen, actor=actor or local_actor(), reason=reason)
    return chosen
