"""CityGML and CityJSON read, and bridged end to end, beside three peers; interleaved rounds.

Each peer does what it can: cjio loads a CityJSON (no more than its JSON) and makes a GLB of one;
citygml-to-3dtiles makes tiles of CityGML; py3dtiles makes tiles of WKB. All get the same buildings;
cjio's export gets fewer, because its time grows faster than the city.
"""

from __future__ import annotations

import compileall
import json
import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.measure import ChildFailed, Run, calibrate, run
from bench.town import CRS, make_town, write_citygml, write_cityjson, write_wkb

COUNT = 10_000
FEW = 300
TINY = 20
"""Buildings of the run that is taken for a program's starting, the same for every program: it has
loaded (and compiled) all that its work needs."""
ROUNDS = 3
GOAL_RATIO = 10.0
HERE = Path(__file__).resolve().parent
_BRIDGE = """
import sys
from pathlib import Path
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
bridge(CityFolder.init(Path(sys.argv[2]), name="bench", crs=sys.argv[3]), [Path(sys.argv[1])])
"""
_CJIO = "import sys; from cjio import cityjson; cityjson.reader(open(sys.argv[1]))"


@dataclass
class Program:
    """One program: what it does with how many buildings; `idle` does the same with TINY.

    beside: the program of ours that does the same work; "" for ours.
    """

    name: str
    command: list[str]
    idle: list[str]
    count: int = COUNT
    beside: str = ""
    absent: str = ""
    note: str = ""
    runs: list[Run] = field(default_factory=list)
    started: float = 0.0

    def net(self, number: int) -> float:
        """CPU seconds of one run without starting; ours say them themselves."""
        done = self.runs[number]
        if self.name.startswith("read"):
            return float(json.loads(done.output.splitlines()[-1])["own"])
        return max(done.cpu - self.started, 1e-3)


def measure(work: Path) -> dict[str, Any]:
    """Three rounds of all programs in turn; medians of the ratios of each round."""
    folder = work / "reading"
    folder.mkdir()
    programs, home = _programs(folder), installed(folder / "installed")
    calibrations = []
    for _ in range(ROUNDS):
        calibrations.append(calibrate())
        for program in programs:
            if not program.absent:
                _round(program, folder, home)
    return _report(programs, calibrations)


def installed(home: Path) -> Path:
    """A copy of ours with its bytecode beside it, as pip leaves a package and left the peers.

    Without it every process would compile all sources again where writing bytecode is off.
    """
    for name in ("cim_bridge", "bench"):
        hidden = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(HERE.parent / name, home / name, ignore=hidden)
    compileall.compile_dir(home, quiet=1)
    return home


@dataclass(frozen=True)
class _Inputs:
    """The same buildings in the forms that programs read."""

    gml: Path
    js: Path
    wkb: Path

    @classmethod
    def of(cls, folder: Path, count: int) -> _Inputs:
        town, name = make_town(count), f"town{count}"
        return cls(
            write_citygml(town, folder / f"{name}.gml"),
            write_cityjson(town, folder / f"{name}.city.json"), write_wkb(town, folder / name),
        )  # fmt: skip


def _programs(folder: Path) -> list[Program]:
    town, tiny = _Inputs.of(folder, COUNT), _Inputs.of(folder, TINY)
    small = write_cityjson(make_town(FEW), folder / "few.city.json")
    out, python = str(folder / "out"), sys.executable

    def child(name: str, source: Path) -> Program:
        return Program(name, [python, "-m", "bench.readchild", str(source)], [])

    def whole(name: str, source: Path, least: Path, count: int = COUNT) -> Program:
        command, idle = ([python, "-c", _BRIDGE, str(one), out, CRS] for one in (source, least))
        return Program(name, command, idle, count)

    ours = [child("read CityGML", town.gml), child("read CityJSON", town.js),
            whole("bridge CityGML", town.gml, tiny.gml),
            whole("bridge CityJSON", town.js, tiny.js),
            whole("bridge few", small, tiny.js, FEW)]  # fmt: skip
    return [*ours, *_peers(folder, town, small, tiny)]


def _peers(folder: Path, town: _Inputs, small: Path, tiny: _Inputs) -> list[Program]:
    python, out = sys.executable, str(folder / "out")
    package = HERE / "node_modules" / "citygml-to-3dtiles"
    node = shutil.which("node") or "node"
    script = str(package / "bin" / "citygml-to-3dtiles.mjs")
    cjio = str(Path(python).with_name("cjio"))
    ways: list[tuple[str, Callable[[Path], list[str]], Path, Path]] = [
        ("cjio load", lambda one: [python, "-c", _CJIO, str(one)], town.js, tiny.js),
        ("cjio export glb",
         lambda one: [cjio, str(one), "export", "glb", str(folder / "few.glb")], small, tiny.js),
        ("citygml-to-3dtiles", lambda one: [node, script, str(one), out], town.gml, tiny.gml),
        ("py3dtiles export",
         lambda one: [python, "-m", "py3dtiles.command_line", "export", "-d", str(one), "-s", out],
         town.wkb, tiny.wkb),
    ]  # fmt: skip
    beside = ("read CityJSON", "bridge few", "bridge CityGML", "bridge CityJSON")
    notes = (
        "keeps Python objects; no triangles, no units", "one GLB without tiles, ids or place",
        "one b3dm for the whole city", "of WKB, which needs no parsing; no ids, no place",
    )  # fmt: skip
    found = [
        Program(name, way(full), way(least), FEW if full == small else COUNT, ours, note=note)
        for (name, way, full, least), ours, note in zip(ways, beside, notes, strict=True)
    ]
    for program in found[:2]:
        program.absent = "" if find_spec("cjio") else "not installed"
    if not found[1].absent and not find_spec("triangle"):
        found[1].absent = "it needs the package `triangle`, which is not free for every use"
    found[2].absent = "" if shutil.which("node") and package.is_dir() else "not installed"
    found[3].absent = "" if find_spec("py3dtiles") else "not installed"
    return found


def _round(program: Program, folder: Path, home: Path) -> None:
    clean: Callable[[], None] = lambda: shutil.rmtree(folder / "out", ignore_errors=True)  # noqa: E731
    try:
        clean()
        if not program.runs and program.idle:
            run(program.idle, cwd=home)  # so that no round pays for reading from disk
            clean()
            program.started = run(program.idle, cwd=home).cpu
        clean()
        program.runs.append(run(program.command, cwd=home))
    except ChildFailed as exc:
        program.absent = f"failed: {str(exc).splitlines()[-1][:200]}"


def _report(programs: list[Program], calibrations: list[float]) -> dict[str, Any]:
    by_name = {program.name: program for program in programs}
    found: dict[str, Any] = {
        "buildings": COUNT, "rounds": ROUNDS, "goal_ratio": GOAL_RATIO,
        "calibration_spread": max(calibrations) / min(calibrations), "ours": {}, "peers": {},
    }  # fmt: skip
    for program in programs:
        if program.absent or not program.runs:
            found["peers"][program.name] = {"absent": program.absent}
            continue
        numbers = range(len(program.runs))
        rate = statistics.median(program.count / program.net(n) for n in numbers)
        told: dict[str, Any] = {
            "rate": rate, "peak_mb": max(r.peak_mb for r in program.runs),
            "whole_process_s": statistics.median(r.cpu for r in program.runs),
        }  # fmt: skip
        if not program.beside:
            found["ours"][program.name] = told
            continue
        mine = by_name[program.beside]
        net = [program.net(n) / mine.net(n) for n in numbers if n < len(mine.runs)]
        whole = [p.cpu / m.cpu for p, m in zip(program.runs, mine.runs, strict=False)]
        told |= {
            "beside": program.beside, "buildings": program.count, "note": program.note,
            "ratio_without_imports": statistics.median(net), "spread": [min(net), max(net)],
            "ratio_whole_process": statistics.median(whole),
            "start_share": program.started / told["whole_process_s"],
        }  # fmt: skip
        found["peers"][program.name] = told
    return found


def rows(found: dict[str, Any]) -> list[tuple[str, float | None, str]]:
    """Lines of the table: label, value, goal."""
    made: list[tuple[str, float | None, str]] = [
        (f"{name}, buildings per CPU-second", told["rate"], "")
        for name, told in found["ours"].items()
        if name != "bridge few"
    ]
    for name, peer in found["peers"].items():
        if "absent" in peer:
            made.append((f"  {name}: {peer['absent']}", None, ""))
            continue
        end_to_end = peer["beside"].startswith("bridge")
        goal = f">= {found['goal_ratio']:.0f}" if end_to_end else ""
        made += [
            (f"  {peer['beside']}: times faster than {name}", peer["ratio_without_imports"], goal),
            ("    the same, whole process", peer["ratio_whole_process"], ""),
            ("    share of its time that is starting it", peer["start_share"], ""),
            (f"    {peer['buildings']:,} buildings; {peer['note']}", None, ""),
        ]
    return made
