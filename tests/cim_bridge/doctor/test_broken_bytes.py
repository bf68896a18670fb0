"""Files cut off, with bytes turned or lost: a verdict and a page, never a traceback."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from cim_bridge.doctor.page import page
from cim_bridge.doctor.terminal import lines
from tests.cim_bridge.cityfiles import row_of_boxes, write_json
from tests.cim_bridge.doctor.looked import csv_file, doctor
from tests.cim_bridge.tilesin.made import b3dm, cubes, tileset, write, zipped


def tiles() -> dict[str, bytes]:
    data = b3dm(cubes(3, name="_BATCHID"), 3, {"id": ["x", "y", "z"]})
    return {"tileset.json": tileset({"content": {"uri": "a.b3dm"}}, "1.0"), "a.b3dm": data}


def made(folder: Path, name: str) -> Path:
    """A sound file of each kind that is read in this process."""
    path = folder / name
    if name.endswith(".3tz"):
        path.write_bytes(zipped(tiles()))
    elif name.endswith(".3dtiles"):
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE media (key TEXT PRIMARY KEY, content BLOB)")
            database.executemany("INSERT INTO media VALUES (?, ?)", tiles().items())
        database.close()
    elif name.endswith(".b3dm"):
        write(folder, tiles())
    elif name.endswith(".csv"):
        csv_file(path, [["编号", "经度", "纬度"], *([f"A{n}", 121.4, 37.5] for n in range(9))])
    else:
        write_json(path, row_of_boxes(4))
    return path


def damaged(data: bytes, kind: int, rng: random.Random) -> bytes:
    """Cut off, with eight bytes turned, or with some bytes lost."""
    if kind == 0:
        return data[: rng.randrange(len(data))]
    turned = bytearray(data)
    if kind == 1:
        for _ in range(8):
            turned[rng.randrange(len(turned))] = rng.randrange(256)
    else:
        at = rng.randrange(len(turned))
        del turned[at : at + rng.randrange(1, 60)]
    return bytes(turned)


@pytest.mark.parametrize("kind", range(3), ids=["cut", "turned", "lost"])
@pytest.mark.parametrize("name", ["a.city.json", "a.3tz", "a.3dtiles", "a.b3dm", "a.csv"])
def test_damaged_bytes_are_told_and_never_a_traceback(tmp_path: Path, name: str, kind: int) -> None:
    path = made(tmp_path, name)
    looked = tmp_path / "tileset.json" if name == "a.b3dm" else path
    data = path.read_bytes()
    rng = random.Random(f"{name}{kind}")
    for _ in range(6):
        path.write_bytes(damaged(data, kind, rng))
        report = doctor(looked)
        assert report.verdict.word in ("works", "works_after", "fails")
        assert report.verdict.word != "fails" or report.log.errors
        assert lines(report)
        assert page(report)
