"""Child process: read one file once warm, and say what reading cost beyond the imports."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from bench.town import make_town, write_citygml, write_cityjson
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Wish, find_reader


def main(source: Path) -> None:
    """Read twenty buildings of the same format first, so that start-up is over."""
    with tempfile.TemporaryDirectory() as name:
        write = write_citygml if source.suffix == ".gml" else write_cityjson
        read(write(make_town(20), Path(name) / source.name))
    print(json.dumps(read(source)))


def read(source: Path) -> dict[str, float]:
    """CPU seconds of reading, and the buildings that came of it."""
    start = time.process_time()
    log = IssueLog()
    reader = find_reader(source, log)
    assert reader is not None
    reading = reader.read(source, Wish(), log)
    assert reading is not None
    assert not log.errors
    return {"own": time.process_time() - start, "buildings": len(reading.units[0])}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
