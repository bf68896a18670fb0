"""What publishing a new year of the sample city writes beside results: no byte of geometry."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cim_bridge.folder import CityFolder
from cim_bridge.progress import SILENT
from indicator_overlays.delivery import write_batch
from twin_server.demo import Demo
from twin_server.verbs.demo import call_verb

BUILDINGS = 1_000


def measure(work: Path) -> dict[str, Any]:
    """Publish the sample city, deliver another year by copying the newest, publish again."""
    made = Demo(work / "newyear", buildings=BUILDINGS)
    made.run(call_verb, SILENT)
    folder = CityFolder.open(made.city)
    before, releases = _geometry(folder), _releases(folder)
    year = _another_year(folder)
    call_verb(["publish", "--city", str(made.city)])
    after = _geometry(folder)
    touched = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    new = _releases(folder) - releases
    written = sum(
        file.stat().st_size for name in new for file in (folder.results / name).rglob("*.*")
    )
    return {
        "year": year, "geometry_files": len(before), "geometry_touched": len(touched),
        "geometry_mb": sum(size for size, _, _ in before.values()) / 1e6,
        "new_results": len(new), "results_mb": written / 1e6,
    }  # fmt: skip


def _another_year(folder: CityFolder) -> int:
    """Deliver the newest period of the largest batch again, a year later; return that year."""
    batches = [item for item in folder.list_batches() if item[1].get("of") == "values"]
    digest, manifest = max(batches, key=lambda item: int(item[1].get("rows", 0)))
    table = pq.read_table(folder.batches / digest / "values.parquet")
    newest = pc.max(table["period_end"]).as_py()
    table = table.filter(pc.equal(table["period_end"], pa.scalar(newest)))
    year = newest.year + 1
    for name, day in (
        ("period_start", (1, 1)),
        ("period_end", (12, 31)),
        ("cutoff_date", (12, 31)),
    ):
        date = pa.scalar(newest.replace(year=year, month=day[0], day=day[1]), pa.date32())
        table = _set(table, name, pa.repeat(date, table.num_rows))
    table = _set(table, "period", pa.repeat(str(year), table.num_rows))
    head = {key: value for key, value in manifest.items() if key not in ("digest", "seq")}
    write_batch(folder, head | {"year": year, "rows": table.num_rows}, table)
    return int(year)


def _set(table: pa.Table, name: str, column: Any) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _geometry(folder: CityFolder) -> dict[str, tuple[int, int, str]]:
    """Bytes, time of change and SHA-256 of every file of every model release."""
    return {
        str(file.relative_to(folder.path)): (
            file.stat().st_size, file.stat().st_mtime_ns,
            hashlib.sha256(file.read_bytes()).hexdigest(),
        )
        for file in sorted(folder.models.rglob("*"))
        if file.is_file()
    }  # fmt: skip


def _releases(folder: CityFolder) -> set[str]:
    return {item.name for item in folder.results.iterdir() if item.is_dir()}


if __name__ == "__main__":
    import json

    print(json.dumps(measure(Path(sys.argv[1]))))
