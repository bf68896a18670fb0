"""A whole city folder: releases against their hashes, tables against each other, tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from cim_bridge.brotlied import packed_path, read_plain
from cim_bridge.check.findings import Findings
from cim_bridge.check.tileset import check_tileset
from cim_bridge.check.units import check_units
from cim_bridge.errors import Damaged, NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.staging import file_digest, read_manifest, verify

_BYTES = {"u8": 1, "u16": 2, "u32": 4, "f32": 4}


def check_city(folder: CityFolder) -> IssueLog:
    """Check every release of a city, and the tiles of the newest model."""
    log = IssueLog()
    head = folder.head_model()
    if head is not None and not (folder.models / head).is_dir():
        log.add("CHECK_RELEASE_MISSING", file=folder.path / "models", name=head)
    for parent in (folder.models, folder.batches, folder.results, folder.bindings):
        for release in sorted(parent.glob("[0-9a-f]*")) if parent.is_dir() else []:
            manifest = _intact(release, log)
            if manifest is None:
                continue
            if parent == folder.models:
                check_model(release, manifest, log, tiles=release.name == head)
            elif parent == folder.results:
                _check_results(folder, release, manifest, log)
    return log


def _intact(release: Path, log: IssueLog) -> dict[str, Any] | None:
    try:
        verify(release)
        return read_manifest(release)
    except (Damaged, NotFound) as exc:
        log.add("CHECK_RELEASE_DAMAGED", file=release, name=release.name, reason=exc)
        return None


def check_model(
    release: Path, manifest: dict[str, Any], log: IssueLog, *, tiles: bool = True
) -> None:
    """Check a model release: dense rows, parents of the right length, tiles with every unit."""
    found = Findings(log, f"models/{release.name}")
    rows = _rows(release)
    for level, ids in rows.items():
        numbers = np.array(sorted(row for row, _ in ids.values()), np.int64)
        if not np.array_equal(numbers, np.arange(len(numbers))):
            found.add("CHECK_ROWS", "", level=level)
        declared = manifest.get("levels", {}).get(level, {}).get("rows")
        if declared != len(numbers):
            found.add("CHECK_COUNT", "", level=level, expected=declared, got=len(numbers))
    _check_parents(release, manifest, rows, found)
    for name, entry in manifest.get("tilesets", {}).items() if tiles else ():
        _check_tiles(release, name, entry, rows, log)


Rows = dict[str, dict[str, tuple[int, bool]]]
"""Level to source id to (row, removed)."""


def _rows(release: Path) -> Rows:
    table = pq.read_table(
        release / "units.parquet", columns=["level", "source_id", "row", "removed"]
    )
    rows: Rows = {}
    columns = (table.column(name).to_pylist() for name in table.column_names)
    for level, source_id, row, removed in zip(*columns, strict=True):
        rows.setdefault(level, {})[source_id] = (int(row), bool(removed))
    return rows


def _check_parents(release: Path, manifest: dict[str, Any], rows: Rows, found: Findings) -> None:
    count = len(rows.get("building", {}))
    for level, entry in manifest.get("parents", {}).items():
        file = release / entry["uri"]
        if not file.is_file():
            found.add("CHECK_FILE_MISSING", "", uri=entry["uri"])
            continue
        parents = np.fromfile(file, "<u4")
        if len(parents) != count or entry.get("length") != count:
            found.add("CHECK_COUNT", "", level=level, expected=count, got=len(parents))
        known = parents[parents != 0xFFFFFFFF]
        if len(known) and known.max() >= len(rows.get(level, {})):
            found.add("CHECK_PARENT_UNKNOWN", "", level=level, value=int(known.max()))
        if entry.get("sha256") not in (None, file_digest(file)):
            found.add("CHECK_RELEASE_DAMAGED", "", name=entry["uri"], reason="sha256")


def _check_tiles(
    release: Path, name: str, entry: dict[str, Any], rows: Rows, log: IssueLog
) -> None:
    tileset = release / entry["uri"]
    log.extend(check_tileset(tileset, root=release / "tiles", strict=True))
    if not tileset.is_file():
        return
    found = Findings(log, f"tiles/{name}")
    level = entry.get("level", "object")
    ids = {i: row for i, (row, removed) in rows.get(level, {}).items() if not removed}
    if name == "ground":
        ids = {}
    if entry.get("kind") == "points":
        return
    drawn_all = entry.get("kind") == "units"
    check_units(tileset, ids, found, complete=drawn_all)


def _check_results(
    folder: CityFolder, release: Path, manifest: dict[str, Any], log: IssueLog
) -> None:
    found = Findings(log, f"results/{release.name}")
    model = manifest.get("model")
    if not (folder.models / str(model)).is_dir():
        found.add("CHECK_RELEASE_MISSING", "", name=model)
        return
    levels = read_manifest(folder.models / str(model)).get("levels", {})
    for column in manifest.get("columns", []):
        size = _BYTES.get(column["dtype"], 0) * column["length"]
        if "uri" in column and _size(release / column["uri"]) != size:
            found.add("CHECK_COLUMN_LENGTH", "", uri=column["uri"], expected=size)
        rows = levels.get(column["level"], {}).get("rows")
        if rows != column["length"]:
            found.add("CHECK_COUNT", "", level=column["level"], expected=rows, got=column["length"])


def _size(column: Path) -> int:
    """Bytes of a column, plain or packed; -1 where it is not there or broken."""
    try:
        return len(read_plain(column)) if packed_path(column).is_file() else column.stat().st_size
    except (OSError, Damaged):
        return -1
