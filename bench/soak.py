"""The leader's screen for hours, faster: heap, tiles and the GPU's counters must lie flat.

`make soak` or `python -m bench.soak --minutes 30`: indicators, levels, projects, a tour, the
presentation and unit files follow each other without a pause; each lap is what an hour of a
quiet wall shows. Writes one line a lap.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from cim_bridge.progress import SILENT
from tests.support.chromium import browser
from tests.support.page import TwinPage
from tests.support.server import serving
from tests.support.soak import COUNT_GPU, Held, grown, soak
from twin_server.demo import Demo
from twin_server.verbs.demo import call_verb


def _line(shown: int, now: Held) -> None:
    gpu = " ".join(f"{kind}s {count}" for kind, count in now.gpu.items())
    print(
        f"{shown:6d} views  heap {now.heap_mb:6.1f} MB  tiles {now.tiles_mb:6.1f} MB"
        f"  nodes {now.nodes}  listeners {now.listeners}  {gpu}",
        flush=True,
    )


def main() -> int:
    """Run for the time asked for; 1 when something grew."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=30.0)
    asked.add_argument("--buildings", type=int, default=4000)
    asked.add_argument("--address", help="a server that runs already")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if told.address:
            return _run(told.address, told.minutes)
        demo = Demo(Path(folder), buildings=told.buildings)
        demo.run(call_verb, SILENT)
        with serving(demo.city, Path(folder) / "server.log") as address:
            return _run(address, told.minutes)


def _run(address: str, minutes: float) -> int:
    with browser() as made:
        twin = TwinPage.open(made, address, desk="", script=COUNT_GPU)
        first, last, shown = soak(twin, seconds=minutes * 60, laps=2, told=_line)
        twin.close()
    worse = grown(first, last)
    for name, (before, after) in worse.items():
        print(f"{name} grew from {before:.1f} to {after:.1f} over {shown} views")
    print("flat" if not worse else "NOT flat")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
