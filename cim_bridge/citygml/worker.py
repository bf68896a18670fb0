"""The child's work: one CityGML document to readings on disk (`python -m ... JOB`).

JOB/told.json names the file, what is wished, and what may be assumed of its place; JOB/chunks,
JOB/issues.json and what was assumed come back.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from cim_bridge.child import OUT_OF_MEMORY, confine
from cim_bridge.citygml.apart import CHUNKS, ISSUES
from cim_bridge.reader import Reading, Wish, no_garbage_collection
from cim_bridge.spool import Spool

if TYPE_CHECKING:
    from cim_bridge.issues import IssueLog


class _Chunks:
    """Where the chunks of this attempt go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spool = Spool(folder)

    def keep(self, reading: Reading) -> None:
        self._spool.put(reading)

    def forget(self) -> None:
        shutil.rmtree(self._folder)
        self._spool = Spool(self._folder)


def main(job: Path) -> int:
    """Stream the document into chunks; what it showed is told as Issues."""
    try:
        with no_garbage_collection():  # importing what parses leaves nothing to collect either
            log = _read(job)
    except MemoryError:
        return OUT_OF_MEMORY
    (job / ISSUES).write_bytes(orjson.dumps(log.to_json()))
    return 0


def _read(job: Path) -> IssueLog:
    from cim_bridge.anchor import Anchor
    from cim_bridge.citygml.assumed import Assuming
    from cim_bridge.citygml.document import read_into

    confine()
    told = orjson.loads((job / "told.json").read_bytes())
    anchor = told["wish"].pop("anchor")
    wish = Wish(**told["wish"], anchor=Anchor(**anchor) if anchor else None)
    chunks = _Chunks(job / CHUNKS)
    framed = Assuming(told["metric"], job)
    return read_into(Path(told["path"]), wish, chunks.keep, chunks.forget, framed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
