"""Tiling rate beside two peers, on the same buildings, in interleaved rounds."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measure import ChildFailed, Run, calibrate, run
from bench.town import CRS, make_town, write_citygml, write_cityjson, write_wkb

COUNT = 20_000
LEAST, MOST = 3, 5
"""Rounds."""
GOAL_RATE = 50_000.0
"""Buildings per CPU-second from arrays."""
GOAL_RATIO = 10.0
"""Times faster than a peer from file to tiles, imports left out."""
KINDS = {
    "portable": ("portable", "explicit"), "lean": ("lean", "explicit"),
    "lean implicit": ("lean", "implicit"),
}  # fmt: skip
"""Ways of ours: profile and tiling; the first is held against the peers."""
HERE = Path(__file__).resolve().parent


@dataclass
class Tiler:
    """One program under measurement: its command, the command that only loads it, its defects."""

    name: str
    command: list[str]
    idle: list[str]
    defects: str = ""
    runs: list[Run] = field(default_factory=list)
    idle_cpu: list[float] = field(default_factory=list)
    absent: str = ""


def measure(work: Path, seconds: float = 120.0) -> dict[str, Any]:
    """Rounds of ours and both peers in turn: three, and up to five while time is left.

    The tiles of every way of ours stay in `work/<way>`.
    """
    town = make_town(COUNT)
    source = write_cityjson(town, work / "town.city.json")
    tilers = _tilers(work, source, write_wkb(town, work / "wkb"), town)
    start, calibrations = time.monotonic(), []
    while (done := len(tilers[0].runs)) < LEAST or (
        done < MOST and time.monotonic() - start < seconds * done / (done + 1)
    ):
        calibrations.append(calibrate())
        for tiler in tilers:
            if not tiler.absent:
                _round(tiler, work)
    return _report(tilers, calibrations)


def _tilers(work: Path, source: Path, wkb: Path, town: Any) -> list[Tiler]:
    out = str(work / "out")
    python = sys.executable
    child = [python, "-m", "bench.ours", str(source), out, CRS]
    idle = [python, "-c", "import bench.ours"]
    ours = [Tiler(name, [*child, *how], idle) for name, how in KINDS.items()]
    theirs = Tiler(
        "py3dtiles export",
        [python, "-m", "py3dtiles.command_line", "export", "-d", str(wkb), "-s", out],
        [python, "-c", "import py3dtiles.command_line, py3dtiles.export, numba"],
        "only the first building of each tile is drawn (indices never offset); no ids, no place "
        "on the globe; every tile fails gltf-validator",
    )
    if not Path(sys.executable).with_name("py3dtiles").exists():
        theirs.absent = "not installed"
    package = HERE / "node_modules" / "citygml-to-3dtiles"
    node = shutil.which("node")
    gml = Tiler(
        "citygml-to-3dtiles",
        [node or "node", str(package / "bin" / "citygml-to-3dtiles.mjs"),
         str(work / "town.gml"), out],
        [node or "node", str(package / "bin" / "citygml-to-3dtiles.mjs"), "--version"],
        "one b3dm for the whole city (no tiling), glTF 1.0 inside, asset version 0.0; reads XML, "
        "which is heavier than CityJSON",
    )  # fmt: skip
    if node is None or not package.is_dir():
        gml.absent = "not installed: run `npm install --ignore-scripts` in bench/"
    else:
        write_citygml(town, work / "town.gml")
    return [*ours, theirs, gml]


def _round(tiler: Tiler, work: Path) -> None:
    shutil.rmtree(work / "out", ignore_errors=True)
    try:
        if not tiler.idle_cpu:
            run(tiler.idle, cwd=HERE.parent)  # so that no round pays for reading files from disk
            tiler.idle_cpu.append(run(tiler.idle, cwd=HERE.parent).cpu)
        tiler.runs.append(run(tiler.command, cwd=HERE.parent))
    except ChildFailed as exc:
        tiler.absent = f"failed: {str(exc).splitlines()[0][:200]}"
    if tiler.name in KINDS:
        shutil.rmtree(work / tiler.name, ignore_errors=True)
        shutil.copytree(work / "out", work / tiler.name)


def _report(tilers: list[Tiler], calibrations: list[float]) -> dict[str, Any]:
    ours = tilers[0]
    own = [json.loads(r.output.splitlines()[-1]) for r in ours.runs]
    rates = {
        "whole process": [COUNT / r.cpu for r in ours.runs],
        "without imports": [COUNT / o["own"] for o in own],
    }
    found: dict[str, Any] = {
        "buildings": own[0]["buildings"],
        "rounds": len(ours.runs),
        "calibration_spread": max(calibrations) / min(calibrations),
        "stages_cpu_s": {k: statistics.median(o[k] for o in own) for k in _STAGES},
        "rate": {name: statistics.median(values) for name, values in rates.items()},
        "from_arrays": {tiler.name: _from_arrays(tiler) for tiler in tilers[: len(KINDS)]},
        "peak_mb": max(r.peak_mb for r in ours.runs),
        "goal_rate": GOAL_RATE,
        "goal_ratio": GOAL_RATIO,
        "peers": {},
    }
    for peer in tilers[len(KINDS) :]:
        if peer.absent or not peer.runs:
            found["peers"][peer.name] = {"absent": peer.absent}
            continue
        whole = [p.cpu / r.cpu for p, r in zip(peer.runs, ours.runs, strict=False)]
        net = [(p.cpu - peer.idle_cpu[0]) / o["own"] for p, o in zip(peer.runs, own, strict=False)]
        found["peers"][peer.name] = {
            "rate": statistics.median(COUNT / p.cpu for p in peer.runs),
            "ratio_whole_process": statistics.median(whole),
            "ratio_without_imports": statistics.median(net),
            "spread": [min(net), max(net)],
            "peak_mb": max(p.peak_mb for p in peer.runs),
            "defects": peer.defects,
        }
    return found


def _from_arrays(tiler: Tiler) -> float:
    """Buildings per CPU-second of a way of ours, reading left out."""
    own = [json.loads(run.output.splitlines()[-1]) for run in tiler.runs]
    return statistics.median(one["buildings"] / one["tile"] for one in own)


_STAGES = ("read", "assemble", "tile")
