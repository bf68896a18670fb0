"""One CityGML document parsed in a child process, its chunks read back one at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson

from cim_bridge.child import generous, run_child
from cim_bridge.issues import Issue, IssueLog
from cim_bridge.reader import Reading, Wish
from cim_bridge.spool import Spool

CHUNKS, ISSUES = "chunks", "issues.json"


def parsed_apart(path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
    """Chunks of a document; none after an error, of which an Issue tells."""
    from cim_bridge.citygml.assumed import holds, metric_systems

    metric = metric_systems(path, wish.crs)
    while True:
        with tempfile.TemporaryDirectory(prefix="cimtwin-citygml-") as folder:
            job, place = Path(folder), IssueLog()
            if not _ran(path, wish, metric, job, log):
                return
            if not holds(job, wish.crs, place, path.name):
                metric = []
                continue
            found = IssueLog(map(Issue.from_json, orjson.loads((job / ISSUES).read_bytes())))
            log.extend(place)
            log.extend(found)
            if not found.errors and not place.errors:
                yield from Spool(job / CHUNKS)
            return


def _ran(path: Path, wish: Wish, metric: list[str], job: Path, log: IssueLog) -> bool:
    """Whether the child did its work in the folder `job`."""
    told = {"path": str(path.absolute()), "wish": asdict(wish), "metric": metric}
    (job / "told.json").write_bytes(orjson.dumps(told))
    seconds, megabytes = generous(path.stat().st_size)
    ended = run_child("cim_bridge.citygml.worker", str(job), seconds=seconds, megabytes=megabytes)
    if not ended.well:
        log.add(
            "CHILD_ENDED", file=path, reason=ended.reason, megabytes=megabytes,
            seconds=int(seconds),
        )  # fmt: skip
    return ended.well
