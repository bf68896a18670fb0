"""The child's work: `python -m ... scan|tile JOB` (the only place that runs py3dtiles' tiler).

scan: count, bounds and CRS of one file. tile: every file's points, moved to east-north-up metres
about the middle of them all, written as LAS and cut into tiles by py3dtiles.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.child import confine
from cim_bridge.points.chunks import chunks, las_crs

FAILED = 3
_MILLIMETRE = 0.001
_CACHE = 500
"""Megabytes py3dtiles may keep."""


def main(task: str, job: Path) -> int:
    """Do one task; what is wrong with the input goes to stderr."""
    confine()
    told = orjson.loads((job / "told.json").read_bytes())
    try:
        answer = _scan(told) if task == "scan" else _tile(told, job)
    except Exception as exc:  # noqa: BLE001 - the libraries raise what they like; the parent is told
        sys.stderr.write(f"{type(exc).__name__}: {exc}\n")
        return FAILED
    (job / "answer.json").write_bytes(orjson.dumps(answer))
    return 0


def _scan(told: dict[str, Any]) -> dict[str, Any]:
    path, kind = Path(told["path"]), told["kind"]
    low, high, count, bad = np.full(3, np.inf), np.full(3, -np.inf), 0, 0
    for points, _ in chunks(path, kind):
        bad += int((~np.isfinite(points)).any(axis=1).sum())
        if len(points):
            low, high = np.fmin(low, np.nanmin(points, 0)), np.fmax(high, np.nanmax(points, 0))
        count += len(points)
    crs = las_crs(path) if kind == "las" else None
    return {"count": count, "bad": bad, "bounds": [*low.tolist(), *high.tolist()], "crs": crs}


def _tile(told: dict[str, Any], job: Path) -> dict[str, Any]:
    matrix = np.array(told["frame"])
    whole = job / "cloud.las"
    count = _gather(told, np.linalg.inv(matrix), whole)
    np.random.seed(0)  # py3dtiles draws the points of its preview: the same every time
    tiler = import_module("py3dtiles.convert")
    tiler.convert(
        whole, job / "tiles", overwrite=True, jobs=1, cache_size=_CACHE, use_process_pool=False,
        spec_version=tiler.SpecVersion.V1_1,
    )  # fmt: skip
    return {"count": count}


def _gather(told: dict[str, Any], inverse: Any, out: Path) -> int:
    """Write all points in the local frame as one LAS of millimetres; returns how many."""
    from cim_bridge.crs import Placement
    from cim_bridge.tiles.globe import Globe

    laspy: Any = import_module("laspy")
    header = laspy.LasHeader(point_format=2 if told["colored"] else 0, version="1.2")
    header.scales = np.full(3, _MILLIMETRE)
    header.offsets = np.zeros(3)
    globe = Globe.of(told["crs"], told["height_offset"])
    count = 0
    with laspy.open(str(out), mode="w", header=header) as file:
        for item in told["clouds"]:
            step = Placement(item["crs"], told["crs"])
            for points, rgb in chunks(Path(item["path"]), item["kind"]):
                if not len(points):
                    continue
                earth = globe.ecef(step.points(points) + np.array([0.0, 0.0, item["lift"]]))
                local = earth @ inverse[:3, :3].T + inverse[:3, 3]
                record = laspy.ScaleAwarePointRecord.zeros(len(local), header=header)
                record.x, record.y, record.z = local.T
                if told["colored"]:
                    shown = rgb if rgb is not None else np.full((len(local), 3), 65535, np.uint16)
                    record.red, record.green, record.blue = shown.T
                file.write_points(record)
                count += len(local)
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
