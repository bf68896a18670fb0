"""How the memory of `bridge` grows with the city."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench.measure import run
from bench.town import CRS, make_town, write_cityjson

SMALL = 10_000

_CHILD = """
import sys
from pathlib import Path
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
folder = CityFolder.init(Path(sys.argv[2]), name="bench", crs=sys.argv[3])
bridge(folder, [Path(sys.argv[1])])
"""


def measure(work: Path) -> dict[str, Any]:
    """Peak memory of `bridge` at n and 4n buildings; the slope between them."""
    peaks, rates = {}, {}
    for count in (SMALL, 4 * SMALL):
        source = write_cityjson(make_town(count), work / f"{count}.city.json")
        done = run([sys.executable, "-c", _CHILD, str(source), str(work / f"city{count}"), CRS])
        peaks[count], rates[count] = done.peak_mb, count / done.cpu
    slope = (peaks[4 * SMALL] - peaks[SMALL]) * 2**20 / (3 * SMALL)
    return {"peak_mb": peaks, "bytes_per_building": slope, "bridge_rate_cpu": rates}
