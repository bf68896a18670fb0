"""How the memory of `bridge` grows with the city, beside others that read the same buildings.

The whole process tree counts: the peak of the sum of the resident sizes of `bridge` and its
children. Slope is (peak(4n) - peak(n)) / 3n, at a fixed size of tiles.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import ChildFailed, Run, run
from bench.town import (
    CRS,
    Town,
    make_town,
    write_citygml,
    write_cityjson,
    write_cityjsonseq,
    write_gpkg,
    write_wkb,
)

SMALL = 20_000
GOAL = 100.0
HERE = Path(__file__).resolve().parent

_BRIDGE = """
import sys
from pathlib import Path
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
folder = CityFolder.init(Path(sys.argv[2]), name="bench", crs=sys.argv[3])
bridge(folder, [Path(sys.argv[1])])
"""

_CJIO = """
import sys
from cjio import cityjson
with open(sys.argv[1]) as file:
    city = cityjson.reader(file)
city.get_info()
"""


@dataclass(frozen=True)
class Program:
    """One program under measurement: how its input is written and how it is called.

    small: buildings of the smaller run; peers get fewer, or they would not end.
    """

    name: str
    write: Callable[[Town, Path], Path]
    ending: str
    command: Callable[[Path, Path], list[str]]
    small: int = 5_000


def programs() -> list[Program]:
    """Ours for each format, then the peers that are installed."""
    ours = [
        _ours("CityJSONSeq", write_cityjsonseq, ".city.jsonl"),
        _ours("GeoPackage", write_gpkg, ".gpkg"),
        _ours("CityGML", _citygml, ".gml"),
        _ours("CityJSON", write_cityjson, ".city.json"),
    ]
    return [*ours, *_peers()]


def _ours(name: str, write: Callable[[Town, Path], Path], ending: str) -> Program:
    return Program(
        f"cimtwin bridge, {name}", write, ending,
        lambda source, out: [sys.executable, "-c", _BRIDGE, str(source), str(out), CRS], SMALL,
    )  # fmt: skip


def _peers() -> list[Program]:
    found = []
    if Path(sys.executable).with_name("cjio").exists():
        found.append(
            Program(
                "cjio (reads only)", write_cityjson, ".city.json",
                lambda source, out: [sys.executable, "-c", _CJIO, str(source)],
            )
        )  # fmt: skip
    if Path(sys.executable).with_name("py3dtiles").exists():
        export = [sys.executable, "-m", "py3dtiles.command_line", "export", "-d"]
        found.append(
            Program(
                "py3dtiles export", write_wkb, ".wkb",
                lambda source, out: [*export, str(source), "-s", str(out)],
            )
        )  # fmt: skip
    package = HERE / "node_modules" / "citygml-to-3dtiles" / "bin" / "citygml-to-3dtiles.mjs"
    node = shutil.which("node")
    if node is not None and package.is_file():
        found.append(
            Program(
                "citygml-to-3dtiles", _citygml, ".gml",
                lambda source, out: [node, str(package), str(source), str(out)],
            )
        )  # fmt: skip
    return found


def _citygml(town: Town, path: Path) -> Path:
    write_citygml(town, path)
    return path


def measure(
    work: Path, *, times: float = 1.0, only: Callable[[Program], bool] = lambda program: True
) -> dict[str, Any]:
    """Peak memory of each program's process tree at n and 4n buildings; the slope between them."""
    found: dict[str, Any] = {"goal": GOAL, "programs": {}}
    for program in filter(only, programs()):
        counts = [round(program.small * times), round(4 * program.small * times)]
        try:
            runs = [_run(program, count, work) for count in counts]
        except ChildFailed as exc:
            found["programs"][program.name] = {"failed": str(exc).splitlines()[0][:200]}
            continue
        peaks = [done.peak_mb for done in runs]
        found["programs"][program.name] = {
            "buildings": counts,
            "peak_mb": peaks,
            "bytes_per_building": (peaks[1] - peaks[0]) * 2**20 / (counts[1] - counts[0]),
            "rate_cpu": [count / done.cpu for count, done in zip(counts, runs, strict=True)],
        }
    return found


def _run(program: Program, count: int, work: Path) -> Run:
    source = program.write(make_town(count), work / f"memory-{count}{program.ending}")
    out = work / f"memory-{count}-out"
    try:
        return run(program.command(source, out), cwd=HERE.parent, tree=True)
    finally:
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(source) if source.is_dir() else source.unlink()


def main() -> None:
    """Print the table alone: `python -m bench.memory [WORD]`, programs whose name holds WORD."""
    word = sys.argv[1].lower() if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory(prefix="cimtwin-memory-") as name:
        found = measure(Path(name), only=lambda program: word in program.name.lower())
    for line in table(found):
        print(line)


def table(found: dict[str, Any]) -> list[str]:
    """One line a program."""
    lines = []
    for name, told in found["programs"].items():
        if "failed" in told:
            lines.append(f"{name:<28} {told['failed']}")
            continue
        small, large = (f"{count:,}: {mb:,.0f} MB" for count, mb in
                        zip(told["buildings"], told["peak_mb"], strict=True))  # fmt: skip
        slope = f"{told['bytes_per_building']:>10,.0f} bytes a building"
        lines.append(f"{name:<28} {slope}   {small}, {large}")
    return lines


if __name__ == "__main__":
    main()
