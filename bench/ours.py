"""Child process: read a CityJSON and tile it, and say what it cost beyond the imports."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from bench.town import make_town, write_cityjson
from cim_bridge.assemble import Assembled, assemble
from cim_bridge.citytoml import CityConfig
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.place import Ground, place
from cim_bridge.reader import Wish, find_reader
from cim_bridge.sound import sound
from cim_bridge.texts import text
from cim_bridge.tiles import write_tilesets
from cim_bridge.tiles.city import TiledCity


def main(source: Path, out: Path, crs: str, profile: str, tiling: str) -> None:
    """Do the work once on twenty buildings, so that start-up is over, then on the source."""
    with tempfile.TemporaryDirectory() as name:
        tiny = write_cityjson(make_town(20), Path(name) / "tiny.city.json")
        convert(tiny, Path(name) / "tiles", crs, profile, tiling)
    print(json.dumps(convert(source, out, crs, profile, tiling)))


def convert(source: Path, out: Path, crs: str, profile: str, tiling: str) -> dict[str, float]:
    """Read, place, check, assemble, tile: the bridge's own steps, without its tables.

    `tile` is the work from arrays: features, quadtree, geometry, encoding, compressing, writing.
    """
    start = time.process_time()
    log = IssueLog()
    reader = find_reader(source, log)
    assert reader is not None
    reading = reader.read(source, Wish(), log)
    assert reading is not None
    placed = place(reading, None, Ground(crs), log, source.name)
    assert placed is not None
    clean = sound(placed[0], log, source.name)
    done_reading = time.process_time()
    config = CityConfig(text("bench"), crs)
    city = assemble(Assembled({}, Mesh.none(), None), clean, "bench", config, log, layer=None)
    model = TiledCity(placed[1], city.levels, city.mesh)
    assembled = time.process_time()
    found = write_tilesets(model, out, profile=profile, tiling=tiling)
    end = time.process_time()
    return {
        "read": done_reading - start,
        "assemble": assembled - done_reading,
        "tile": end - assembled,
        "own": end - start,
        "buildings": found["buildings"]["features"],
        "tiles": found["buildings"]["tiles"],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6])
