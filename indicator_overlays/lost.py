"""What lost its place: values, problems and projects of units that the model no longer has.

Nothing is deleted. Values are keyed by unit id, so they come back with the unit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.release import open_model
from indicator_overlays.store import ValueStore


def lost_places(folder: CityFolder, model_digest: str | None = None) -> IssueLog:
    """Findings on loaded data whose unit has been removed (a tombstone of the model).

    One Issue for each source of values, one for all problems, one for all projects.
    """
    units = open_model(folder, model_digest).columns("id", "removed")
    gone = units["id"].filter(units["removed"]).combine_chunks()
    log = IssueLog()
    if len(gone):
        store = ValueStore(folder)
        _values(store, gone, log)
        _problems(store, gone, log)
        _projects(store, gone, log)
    return log


def _values(store: ValueStore, gone: Any, log: IssueLog) -> None:
    table: Any = store.table()
    lost = table.filter(pc.is_in(table["unit_id"], gone)).select(["unit_id", "source"])
    for source in sorted(pc.unique(lost["source"]).to_pylist()):
        ids = lost.filter(pc.field("source") == source)["unit_id"]
        log.add(
            "VALUES_LOST_PLACE", id=ids[0].as_py(), count=len(ids), source=source,
            units=len(pc.unique(ids)),
        )  # fmt: skip


def _problems(store: ValueStore, gone: Any, log: IssueLog) -> None:
    table = store.problems()
    lost = table.filter(pc.is_in(table["unit_id"], gone))
    if len(lost):
        first = lost["problem_id"][0].as_py()
        unit = lost["unit_id"][0].as_py()
        log.add("PROBLEMS_LOST_PLACE", id=first, count=len(lost), unit=unit)


def _projects(store: ValueStore, gone: Any, log: IssueLog) -> None:
    """Projects that name a removed unit, and how many of them have no unit left."""
    table = store.projects()
    lists = [orjson.loads(text or "[]") for text in table["unit_ids"].to_pylist()]
    sizes = np.array([len(units) for units in lists], np.int64)
    flat = pa.array([unit for units in lists for unit in units], pa.string())
    of = np.repeat(np.arange(len(lists)), sizes)
    hits = np.bincount(
        of[pc.is_in(flat, gone).to_numpy(zero_copy_only=False)], minlength=len(lists)
    )
    hit = np.flatnonzero(hits)
    if len(hit):
        first = table["project_id"][int(hit[0])].as_py()
        alone = int(((hits == sizes) & (sizes > 0)).sum())
        log.add("PROJECTS_LOST_PLACE", id=first, count=len(hit), alone=alone)
