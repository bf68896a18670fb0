"""First picture, switch, rest and flight of the 20,000-building sample in a browser; counts alone.

`python -m bench.firstview --address http://127.0.0.1:8080` measures a city that is served already.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cim_bridge.progress import SILENT
from tests.support.budget import CACHE, MOST_BYTES, MOST_TILES, Measured
from tests.support.chromium import browser
from tests.support.server import serving
from twin_server.demo import Demo
from twin_server.verbs.demo import call_verb

BUILDINGS = 20_000
SIZE = (1920, 1080)
_MAP = "system=MOHURD-2022&indicator=park_coverage&level=block"
_HEIGHTS = (2500.0, 700.0, 250.0)
MB = 1e6


def measure(work: Path) -> dict[str, Any]:
    """Make the sample city, serve it, look at it."""
    demo = Demo(work / "sample", buildings=BUILDINGS)
    demo.run(call_verb, SILENT)
    with serving(demo.city, work / "sample.log") as address:
        return look(address)


def look(address: str, side: int = 3) -> dict[str, Any]:
    """Counts of a served city; `side`: places along each side of the city that are flown to."""
    with browser() as made:
        page = Measured.open(made, address, _MAP, size=SIZE)
        found: dict[str, Any] = {"tiles": len(page.tiles), "tile_bytes": page.tile_bytes}
        found["frames_at_rest"] = page.frames_at_rest()
        asked, found["switch_frames"] = page.switch(indicator="road_density")
        found["switch_requests"] = len(asked)
        asked, _ = page.switch(indicator="park_coverage")
        found["back_requests"] = len(asked)
        found["flight_bytes"] = page.fly(side, _HEIGHTS)
        found["frames_at_rest_after"] = page.frames_at_rest()
        page.close()
    return found


def rows(found: dict[str, Any]) -> list[tuple[str, float, str]]:
    """Lines of the table: label, value, goal."""
    return [
        ("first picture, 20,000 buildings, tile requests", found["tiles"], f"<= {MOST_TILES}"),
        ("first picture, MB of tiles", found["tile_bytes"] / MB, f"<= {MOST_BYTES / MB}"),
        ("switch of an indicator, requests", found["switch_requests"], "<= 1"),
        ("switch of an indicator, frames", found["switch_frames"], "<= 1"),
        ("  back to one that was shown, requests", found["back_requests"], "0"),
        ("frames while nothing moves", found["frames_at_rest"], "0"),
        ("flown over, most MB of tiles at once", found["flight_bytes"] / MB,
         f"<= {CACHE / MB:.0f}"),
    ]  # fmt: skip


def missed(found: dict[str, Any]) -> list[str]:
    """Names of the counts that are beyond their goal."""
    most = {
        "tiles": MOST_TILES, "tile_bytes": MOST_BYTES, "switch_requests": 1, "switch_frames": 1,
        "back_requests": 0, "frames_at_rest": 0, "frames_at_rest_after": 0, "flight_bytes": CACHE,
    }  # fmt: skip
    return [name for name, limit in most.items() if found[name] > limit]


def main() -> int:
    """Measure a served city; 1 when a count is beyond its goal."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--address", required=True, help="a server that runs already")
    asked.add_argument("--side", type=int, default=3)
    told = asked.parse_args()
    found = look(told.address, told.side)
    for label, value, goal in rows(found):
        print(f"{label:<58}{value:>12,.2f}  {goal}")
    beyond = missed(found)
    print("within the budget" if not beyond else f"beyond it: {', '.join(beyond)}")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
