"""One large CityJSON document read in a child process, its chunks read back one at a time."""

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

LARGE = 8 << 20
"""Bytes from which on a document is read in chunks; below, a child costs more than it saves."""


def fits(path: Path, wish: Wish) -> bool:
    """Whether a document is large, and nothing is wished that has to see all of it at once."""
    plain = wish.key is None and wish.where is None and wish.layer is None
    return plain and path.stat().st_size >= LARGE


def read_apart(path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading] | None:
    """Chunks of a document; None for one that must be read whole. Errors are told as Issues."""
    folder = tempfile.TemporaryDirectory(prefix="cimtwin-cityjson-")
    job = Path(folder.name)
    told = {"path": str(path.absolute()), "wish": {**asdict(wish), "anchor": None}}
    (job / "told.json").write_bytes(orjson.dumps(told))
    seconds, megabytes = generous(path.stat().st_size)
    ended = run_child("cim_bridge.largejson.worker", str(job), seconds=seconds, megabytes=megabytes)
    if not ended.well:
        folder.cleanup()
        log.add(
            "CHILD_ENDED", file=path, reason=ended.reason, megabytes=megabytes,
            seconds=int(seconds),
        )  # fmt: skip
        return iter(())
    if not (job / ISSUES).is_file():
        folder.cleanup()
        return None
    log.extend(map(Issue.from_json, orjson.loads((job / ISSUES).read_bytes())))
    return _chunks(folder)


def _chunks(folder: tempfile.TemporaryDirectory[str]) -> Iterator[Reading]:
    with folder:
        yield from Spool(Path(folder.name) / CHUNKS)
