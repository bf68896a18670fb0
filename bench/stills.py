"""A still of 100,000 buildings beside plain PyVista with the same triangles, and the sample city.

Both draw one picture of the same size in a process of their own; ours also reads the results,
drapes the ground, hatches what has no number and writes legend, names and sources.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from bench.measure import ChildFailed, run

BUILDINGS, ROUNDS, SIZE = 100_000, 3, (1600, 900)
SMALL, LARGE = 20_000, 100_000
GOALS = {"seconds": 60.0, "mb": 4_000.0}
HERE = Path(__file__).resolve().parent.parent
VALUES = ("MOHURD-2023", "structural_hazard", "building", 2024)
Row = tuple[str, float | None, str]

_PLAIN = """
import os
import sys
os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"
import numpy as np
import pyvista
folder, out = sys.argv[1:]
points, faces = np.load(f"{folder}/points.npy"), np.load(f"{folder}/faces.npy")
city = pyvista.PolyData.from_regular_faces(points, faces)
plotter = pyvista.Plotter(off_screen=True, window_size=[1600, 900])
plotter.add_mesh(city)
plotter.screenshot(out)
"""
_SAMPLE = """
import sys
from pathlib import Path
from scenes.sample import make_sample
make_sample(Path(sys.argv[1]), buildings=int(sys.argv[2]))
"""


def measure(work: Path) -> dict[str, Any]:
    """Rounds of ours and of the peer follow each other; the middle of their ratios counts."""
    try:
        city = _city(work / "stills")
        return {"still": _stills(city, work / "stills"), "sample": _sample(work / "sample")}
    except ChildFailed as exc:
        return {"absent": str(exc)[-300:]}


def rows(found: dict[str, Any]) -> list[Row]:
    """Lines of the table: label, value, goal."""
    if "absent" in found:
        return [(f"stills: {found['absent']}", None, "")]
    still, sample = found["still"], found["sample"]
    return [
        (f"still of {BUILDINGS:,} buildings, seconds", still["wall"], f"<= {GOALS['seconds']:.0f}"),
        ("  CPU-seconds", still["cpu"], ""),
        ("  peak memory of both its processes, MB", still["mb"], f"<= {GOALS['mb']:,.0f}"),
        (f"  times plain PyVista ({still['plain_cpu']:.1f} CPU-seconds)", still["ratio"], ""),
        (f"sample city of {LARGE:,}, CPU-seconds", sample["cpu"], ""),
        ("  peak memory, MB", sample["mb"], ""),
        (f"  KB a building beyond {SMALL:,}", sample["kb_a_building"], ""),
    ]


def _city(home: Path) -> Path:
    """A town with a value of every building, by the verbs that a user has."""
    from bench.town import CRS, make_town, write_cityjsonseq
    from twin_server.verbs.demo import call_verb

    home.mkdir()
    source, city = write_cityjsonseq(make_town(BUILDINGS), home / "town.city.jsonl"), home / "city"
    system, indicator, level, year = VALUES
    lines = ["unit_id,level,system,indicator,period,value,state"]
    lines += [
        f"building-{k:06d},{level},{system},{indicator},{year},{k % 7 == 0:d},measured"
        for k in range(BUILDINGS)
    ]
    (home / "values.csv").write_text("\n".join(lines), encoding="utf-8")
    here = ("--city", str(city))
    call_verb(["init", str(city), "--name", "Bench", "--crs", CRS])
    call_verb(["bridge", str(source), *here, "--level", "building"])
    call_verb(["load", str(home / "values.csv"), *here, "--source", "bench"])
    call_verb(["publish", *here])
    scene = {
        "name": "bench", "title": "bench",
        "overlay": dict(zip(("system", "indicator", "level", "year"), VALUES, strict=True)),
    }  # fmt: skip
    (city / "scenes").mkdir(exist_ok=True)
    (city / "scenes" / "bench.json").write_text(json.dumps(scene), encoding="utf-8")
    return city


def _stills(city: Path, home: Path) -> dict[str, float]:
    import numpy as np

    from cim_bridge.folder import CityFolder
    from cim_bridge.release import open_model

    mesh = open_model(CityFolder.open(city)).mesh()
    points = np.asarray(mesh.vertices)
    np.save(home / "points.npy", (points - points.min(axis=0)).astype(np.float32))
    np.save(home / "faces.npy", np.asarray(mesh.triangles).astype(np.int64))
    own = [sys.executable, "-m", "twin_server", "scene", "still", "bench", "--city", str(city),
           "--out", str(home / "own.png")]  # fmt: skip
    plain = [sys.executable, "-c", _PLAIN, str(home), str(home / "plain.png")]
    pairs = [(run(own, tree=True), run(plain, tree=True)) for _ in range(ROUNDS)]
    return {
        "wall": statistics.median(ours.wall for ours, _ in pairs),
        "cpu": statistics.median(ours.cpu for ours, _ in pairs),
        "mb": max(ours.peak_mb for ours, _ in pairs),
        "plain_cpu": statistics.median(peer.cpu for _, peer in pairs),
        "ratio": statistics.median(ours.cpu / peer.cpu for ours, peer in pairs),
    }


def _sample(home: Path) -> dict[str, float]:
    """The generator alone: what it costs, and what a further building costs in memory."""
    done = {
        count: run([sys.executable, "-c", _SAMPLE, str(home), str(count)], cwd=HERE)
        for count in (SMALL, LARGE)
    }
    more = done[LARGE].peak_mb - done[SMALL].peak_mb
    return {
        "cpu": done[LARGE].cpu,
        "mb": done[LARGE].peak_mb,
        "kb_a_building": 1024 * more / (LARGE - SMALL),
    }
