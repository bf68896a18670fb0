"""The child's work: one large CityJSON document to readings on disk (`python -m ... JOB`).

JOB/told.json names the file and what is wished; JOB/chunks and JOB/issues.json come back, the
latter only when the chunks are what reading the document whole would give.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import orjson

from cim_bridge.child import OUT_OF_MEMORY, confine
from cim_bridge.issues import IssueLog
from cim_bridge.largejson.apart import CHUNKS, ISSUES
from cim_bridge.largejson.chunks import read_chunks
from cim_bridge.largejson.scan import Irregular
from cim_bridge.reader import Wish, no_garbage_collection
from cim_bridge.spool import Spool


def main(job: Path) -> int:
    """Stream the document into chunks."""
    confine()
    told = orjson.loads((job / "told.json").read_bytes())
    spool, log = Spool(job / CHUNKS), IssueLog()
    try:
        with no_garbage_collection():
            for reading in read_chunks(Path(told["path"]), Wish(**told["wish"]), job, log):
                spool.put(reading)
                del reading  # or the next chunk is made beside it
    except MemoryError:
        return OUT_OF_MEMORY
    except (Irregular, msgspec.MsgspecError, RecursionError):
        return 0
    (job / ISSUES).write_bytes(orjson.dumps(log.to_json()))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
