"""Run every measurement, print the table, write test-output/bench.json."""

from __future__ import annotations

import json
import platform
import tempfile
from pathlib import Path
from typing import Any

from bench import analysis, firstview, memory, reading, serving, stills, switch, tiling, wire
from bench.measure import load

OUT = Path("test-output") / "bench.json"
_BUSY = 2.0


def main() -> None:
    """Measure, print, store."""
    start = load()
    print(f"load average {start:.2f}" + ("  (busy: ratios hold, rates do not)" * (start > _BUSY)))
    with tempfile.TemporaryDirectory(prefix="cimtwin-bench-") as name:
        work = Path(name)
        found: dict[str, Any] = {"tiling": tiling.measure(work)}
        found["wire"] = wire.measure(work)
        found["switch"] = switch.measure(work)
        found["first view"] = firstview.measure(work)
        found["memory"] = memory.measure(work)
        found["reading"] = reading.measure(work)
        found["analysis"] = analysis.measure(work)
        found["serving"] = serving.measure(work)
        found["stills"] = stills.measure(work)
    found["machine"] = {
        "python": platform.python_version(), "load_start": start, "load_end": load(),
    }  # fmt: skip
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for line in _table(found):
        print(line)
    print(f"load average {load():.2f}; written to {OUT}")


def _table(found: dict[str, Any]) -> list[str]:
    tiles, bytes_, switched = found["tiling"], found["wire"], found["switch"]
    rows = [
        *(
            (f"tiling from arrays, {name}, buildings per CPU-second", rate,
             f">= {tiles['goal_rate']:,.0f}")
            for name, rate in tiles["from_arrays"].items()
        ),
        ("file to tiles, buildings per CPU-second, without imports",
         tiles["rate"]["without imports"], ""),
        ("file to tiles, buildings per CPU-second, whole process",
         tiles["rate"]["whole process"], ""),
    ]  # fmt: skip
    for name, peer in tiles["peers"].items():
        if "absent" in peer:
            rows.append((f"  {name}: {peer['absent']}", None, ""))
            continue
        rows += [
            (f"  times faster than {name}, without imports", peer["ratio_without_imports"],
             f">= {tiles['goal_ratio']:.0f}"),
            (f"  times faster than {name}, whole process", peer["ratio_whole_process"], ""),
            (f"    its defects: {peer['defects']}", None, ""),
        ]  # fmt: skip
    rows += [
        *(
            row
            for name, one in bytes_.items()
            for row in (
                (f"wire bytes a building, {name}, geometry and row", one["geometry_and_row"],
                 f"<= {one['goal']:.0f}"),
                ("  with all columns of its table", one["with_ids_and_group"], ""),
                ("  unpacked by brotli", one["uncompressed"], ""),
            )
        ),
        ("switch, 1 M rows, 250 levels: MB", switched["bytes"]["smooth.u8"] / 1e6,
         f"<= {switched['goal_bytes'] / 1e6}"),
        ("switch, the same street by street: MB", switched["bytes"]["by_street.u8"] / 1e6, ""),
        ("switch, 1 M rows, five classes: MB", switched["bytes"]["classes.u8"] / 1e6, ""),
        ("switch, 1 M rows, JSON by id: MB", switched["bytes"]["values.json"] / 1e6, ""),
    ]  # fmt: skip
    client = switched["client"]
    if "absent" in client:
        rows.append((f"switch, client: {client['absent']}", None, ""))
    else:
        rows += [
            ("switch, client CPU ms", client["own_ms"], f"<= {switched['goal_ms']:.0f}"),
            ("switch, client CPU ms, through blocks", client["through_blocks_ms"], ""),
            ("  times less than JSON + Map + style", client["ratio"], ""),
        ]
    rows += firstview.rows(found["first view"])
    rows += reading.rows(found["reading"])
    rows += analysis.rows(found["analysis"])
    rows += serving.rows(found["serving"])
    rows += stills.rows(found["stills"])
    return [
        f"{label:<58}" + ("" if value is None else f"{value:>12,.2f}") + f"  {goal}"
        for label, value, goal in rows
    ] + [f"memory slope, {line}" for line in memory.table(found["memory"])]


if __name__ == "__main__":
    main()
