"""Publishing: build the results of the newest model, prove them, move one pointer."""

from __future__ import annotations

from pathlib import Path

from cim_bridge.errors import Damaged
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import Progress
from cim_bridge.staging import verify
from twin_server.audit import local_actor
from twin_server.store import Publication, Store
from twin_server.workflow.valuedecisions import ValueDecisions


def publish_city(folder: CityFolder, store: Store, progress: Progress) -> tuple[Publication, bool]:
    """Build one results release against the newest model and make the pair current.

    Readers see the old publication until the last step, which is one SQL transaction.
    """
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
    prove_release(folder, model, results)
    progress.done()
    return store.publish(model, results, actor=local_actor())


def roll_back(folder: CityFolder, store: Store, to: str | None) -> Publication:
    """Point readers to an earlier publication, after proving that its files are whole."""
    chosen = store.target(to)
    prove_release(folder, chosen.model, chosen.results)
    store.point_to(chosen, actor=local_actor())
    return chosen


def prove_release(folder: CityFolder, model: str, results: str) -> None:
    """Refuse a publication whose files are missing or no longer match their hash."""
    log = IssueLog()
    _prove(folder.models / model, "model", log)
    if results:
        _prove(folder.results / results, "results", log)
    log.raise_if_errors()


def _prove(release: Path, what: str, log: IssueLog) -> None:
    if not release.is_dir():
        log.add("RELEASE_MISSING", what=what, id=release.name)
        return
    try:
        verify(release)
    except Damaged:
        log.add("RELEASE_DAMAGED", what=what, id=release.name)
