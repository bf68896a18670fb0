"""Examine every file of the reference data, print the table; exit 1 where something is wrong.

Each file has a child process of its own with a time limit; what was examined is kept, so that a
run that was stopped goes on where it was (`--fresh` starts anew, and so does changed code).
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.matrix.catalogue import Entry, catalogue
from bench.matrix.hashing import code_digest
from bench.matrix.report import NEEDS_NONE, Row, doubts, faults, lines

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "test-output" / "matrix.jsonl"
LIMIT = 420
"""Seconds that one file may take."""
BATCH = 12
"""Bad files that share a child process: each is quick, and starting Python is not."""


def main() -> int:
    """Parse the options, examine, print."""
    asked = _options()
    data = asked.data.resolve()
    entries = [one for one in catalogue(data) if _chosen(one.path, asked.only)]
    if asked.fresh:
        asked.kept.unlink(missing_ok=True)
    known = _known(asked.kept)
    todo = [e for e in entries if e.kind not in (*NEEDS_NONE, "unknown") and e.path not in known]
    for row in examined(data, todo, asked.jobs, asked.kept, quiet=asked.quiet):
        known[row["path"]] = row
    rows = [known[one.path] for one in entries if one.path in known]
    wrong, doubtful = faults(rows, entries), doubts(rows)
    if asked.json:
        told = {"rows": rows, "sidecars": [e.to_json() for e in entries if e.kind in NEEDS_NONE],
                "faults": wrong, "doubts": doubtful}  # fmt: skip
        asked.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if asked.markdown:
        text = "\n".join(["# What the bridge makes of the reference data",
                          *lines(rows, entries, markdown=True)])  # fmt: skip
        asked.markdown.write_text(text + "\n", encoding="utf-8")
    print("\n".join(lines(rows, entries, markdown=False)))
    for title, found in (("Not whole", doubtful), ("Wrong", wrong)):
        print(f"\n{title} ({len(found)})", *(f"  {one}" for one in found), sep="\n")
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.matrix", description=__doc__)
    shared = Path(os.environ.get("CIM_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--data", type=Path, default=shared / "data")
    parser.add_argument("--only", action="append", metavar="GLOB", help="paths below the data")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--kept", type=Path, default=KEPT, help="rows that were made before")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


def _chosen(path: str, globs: list[str] | None) -> bool:
    return globs is None or any(fnmatch.fnmatch(path, glob) for glob in globs)


def _known(kept: Path) -> dict[str, Row]:
    """Rows that this code made before; a last line that was cut off is left."""
    code = code_digest(ROOT)
    found: dict[str, Row] = {}
    for line in kept.read_text(encoding="utf-8").splitlines() if kept.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("code") == code:
            found[row["path"]] = row
    return found


def examined(data: Path, todo: list[Entry], jobs: int, kept: Path, *, quiet: bool) -> Iterator[Row]:
    """Rows as they come, each kept at once."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    bad = [one for one in todo if one.kind == "bad"]
    batches = [[one] for one in todo if one.kind != "bad"]
    batches += [bad[n : n + BATCH] for n in range(0, len(bad), BATCH)]
    start, done, code = time.monotonic(), 0, code_digest(ROOT)
    with ThreadPoolExecutor(jobs) as pool, kept.open("a", encoding="utf-8") as out:
        for rows in pool.map(lambda batch: _child(data, batch), batches):
            for row in rows:
                done += 1
                row["code"] = code
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                yield row
            out.flush()
            if not quiet and rows:
                left = (time.monotonic() - start) / done * (len(todo) - done)
                print(f"{done}/{len(todo)} {rows[-1]['path']} ({left:.0f} s left)", file=sys.stderr)


def _child(data: Path, batch: list[Entry]) -> list[Row]:
    """Rows of a batch; a child that dies or hangs is told of in the rows that it owes."""
    with tempfile.TemporaryDirectory(prefix="cimtwin-matrix-") as name:
        jobs = Path(name) / "jobs.json"
        jobs.write_text(json.dumps([one.to_json() for one in batch]), encoding="utf-8")
        out = Path(name) / "rows.jsonl"
        with out.open("w") as handle:
            command = [sys.executable, "-m", "bench.matrix.examine", str(data), str(jobs)]
            try:
                done = subprocess.run(
                    command, cwd=ROOT, stdout=handle, stderr=subprocess.PIPE, timeout=LIMIT,
                    text=True, check=False,
                )  # fmt: skip
                ended = f"child ended with {done.returncode}: {done.stderr[-200:]}"
            except subprocess.TimeoutExpired:
                ended = f"not done in {LIMIT} s"
        rows: list[Row] = [json.loads(line) for line in out.read_text().splitlines()]
    owed = batch[len(rows) :]
    lost = [{"path": e.path, "kind": e.kind, "codes": [], "why": {}, "seconds": 0.0} for e in owed]
    return rows + [{**row, "traceback": ended} for row in lost]


if __name__ == "__main__":
    raise SystemExit(main())
