"""What a publication changed in the model since the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from cim_bridge.changelog import known_changes
from cim_bridge.changes import KINDS
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from twin_server.errors import Missing
from twin_server.store import Publication, Store


def release_changes(
    folder: CityFolder, store: Store, release_id: str, since: str | None = None
) -> dict[str, Any]:
    """Compare a publication's model with that of `since`; without one, of the one before it."""
    every = store.publications()
    found = _named(every, release_id)
    if since is not None:
        before: Publication | None = _named(every, since)
    else:
        before = next((item for item in every if item.seq < found.seq), None)
    told: dict[str, Any] = {
        "from": None, "to": found.model, "total": dict.fromkeys(KINDS, 0), "levels": {},
        "fields": {}, "ids": {},
    }  # fmt: skip
    if before is not None:
        told = _compared(folder.path, before.model, found.model)
    previous = before.id if before else None
    return {
        "publication": found.id, "previous": previous,
        "figures": before is None or before.results != found.results, **told,
    }  # fmt: skip


def _named(every: Sequence[Publication], release_id: str) -> Publication:
    found = next((item for item in every if item.id == release_id), None)
    if found is None:
        raise Missing("UNKNOWN_RELEASE", f"no publication {release_id!r}")
    return found


@lru_cache(maxsize=32)
def _compared(path: Path, old: str, new: str) -> dict[str, Any]:
    """Both are immutable, so the answer holds for ever."""
    folder = CityFolder.open(path)
    return known_changes(open_model(folder, old), open_model(folder, new))
