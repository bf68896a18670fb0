"""Child process: one source through the whole bridge, or a batch of bad files; JSON lines out."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.matrix.catalogue import Entry
from bench.matrix.hashing import digest_of
from bench.matrix.source import examine_source

Row = dict[str, Any]
COLUMNS = ("read", "features", "ids", "units", "tiles", "attach", "round_trip")
"""Cells of a row; each holds a value, or `why` says why it has none."""


def main(data: Path, jobs: Path) -> None:
    """Examine every entry that is listed in a file; one line of JSON each."""
    for told in json.loads(jobs.read_text(encoding="utf-8")):
        entry = Entry(**told)
        examine = examine_bad if entry.kind == "bad" else examine_source
        print(json.dumps(guarded(examine, data, entry), ensure_ascii=False), flush=True)


def guarded(examine: Callable[[Path, Entry, Path, Row], None], data: Path, entry: Entry) -> Row:
    """A row even where something fails that must not: then `traceback` says what."""
    row: Row = {"path": entry.path, "kind": entry.kind, "note": entry.note, "codes": [], "why": {}}
    start, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="cimtwin-matrix-") as name:
        try:
            examine(data / entry.path, entry, Path(name), row)
        except Exception as exc:  # noqa: BLE001 - the matrix exists to show such faults
            row["traceback"] = f"{type(exc).__name__}: {exc}"[:300]
            print(traceback.format_exc(), file=sys.stderr)
    row["seconds"] = round(time.monotonic() - start, 2)
    row["cpu"] = round(time.process_time() - cpu, 2)
    return row


def examine_bad(path: Path, entry: Entry, work: Path, row: Row) -> None:
    """A bad file against a city that stands: findings, and not a byte of the city changed."""
    from cim_bridge.build import bridge
    from cim_bridge.check import check_tileset
    from cim_bridge.errors import InputRefused
    from cim_bridge.folder import CityFolder

    city = CityFolder.open(_standing(work))
    before = digest_of(city.path)
    tiles = entry.path.startswith("tiles")
    checked = [issue.code for issue in check_tileset(path)] if tiles else _read(path)
    try:
        report = bridge(city, [path], crs=None if tiles else "EPSG:28992", level=None)
        row["read"], found = "yes", [issue.code for issue in report.issues]
        row["features"] = report.features
    except InputRefused as exc:
        row["read"], found = "refused", [issue.code for issue in exc.log]
        row["unchanged"] = digest_of(city.path) == before
    row["codes"] = list(dict.fromkeys([*checked, *found]))
    reason = "refused: nothing was made of it"
    if row["read"] == "yes":
        reason = "a broken file that can be read in part: its findings are told"
    row["why"] = {name: reason for name in COLUMNS if name not in row}


def _read(path: Path) -> list[str]:
    """Findings of reading alone, before the place of the data is judged."""
    from cim_bridge.issues import IssueLog
    from cim_bridge.reader import Wish, find_reader

    log = IssueLog()
    reader = find_reader(path, log)
    if reader is not None:
        reader.read(path, Wish(), log)
    return [issue.code for issue in log]


def _standing(work: Path) -> Path:
    """A small city, made once a process and copied for each file."""
    from bench.town import CRS, make_town, write_cityjson
    from cim_bridge.build import bridge
    from cim_bridge.folder import CityFolder

    kept = _KEPT.get("city")
    if kept is None:
        kept = Path(tempfile.mkdtemp(prefix="cimtwin-matrix-city-"))
        source = write_cityjson(make_town(12), kept / "town.city.json")
        bridge(CityFolder.init(kept / "city", name="matrix", crs=CRS), [source])
        _KEPT["city"] = kept
    shutil.copytree(kept / "city", work / "city")
    return work / "city"


_KEPT: dict[str, Path] = {}


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    finally:
        for folder in _KEPT.values():
            shutil.rmtree(folder, ignore_errors=True)
