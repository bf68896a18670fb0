"""The analysis of a million buildings in 2,601 blocks beside named peers, and its limits."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.measure import ChildFailed, run

HERE = Path(__file__).resolve().parent
PARTS = ("join", "sums", "walk", "diagnosis", "publish", "newyear")
GOALS = {"join": 3.0, "sums": 5.0, "walk": 15.0, "diagnosis": 3.0, "publish": 5.0, "mb": 85.0}

Row = tuple[str, float | None, str]


def measure(work: Path) -> dict[str, Any]:
    """Every part in a process of its own."""
    found: dict[str, Any] = {}
    for part in PARTS:
        folder = work / f"analysis-{part}"
        folder.mkdir()
        try:
            done = run(_command(part, folder), cwd=HERE.parent)
        except ChildFailed as exc:
            found[part] = {"absent": str(exc)[-300:]}
            continue
        found[part] = json.loads(done.output.splitlines()[-1]) | {"peak_mb": done.peak_mb}
    return found


def _command(part: str, folder: Path) -> list[str]:
    named = ["bench.newyear"] if part == "newyear" else ["bench.analysischild", part]
    return [sys.executable, "-m", *named, str(folder)]


def rows(found: dict[str, Any]) -> list[Row]:
    """Lines of the table: label, value, goal."""
    made: list[Row] = []
    for part in PARTS:
        if "absent" in found[part]:
            made.append((f"{part}: {found[part]['absent']}", None, ""))
        else:
            made += _ROWS[part](found[part])
            made.append(("  peak memory, MB", found[part]["peak_mb"], "<= 8,000"))
    return [(label, value, _judged(value, goal)) for label, value, goal in made]


def _judged(value: float | None, goal: str) -> str:
    """The goal with whether it is met: `>= 3  met`, `<= 5  MISSED`."""
    if value is None or not goal:
        return goal
    sign, _, limit = goal.partition(" ")
    wanted = float(limit.replace(",", ""))
    met = bool({">=": value >= wanted, "<=": value <= wanted, "=": value == wanted}[sign])
    return f"{goal:<10}{'met' if met else 'MISSED'}"


def _ratio(pair: dict[str, Any]) -> float:
    each = [float(p) / float(o) for p, o in zip(pair["peer"], pair["own"], strict=True)]
    return statistics.median(each)


def _join(found: dict[str, Any]) -> list[Row]:
    return [
        row
        for name in ("intersects", "within")
        for row in (
            (f"1 M places to blocks: times geopandas.sjoin, {name}", _ratio(found[name]),
             f">= {GOALS['join']:.0f}"),
            ("  places that differ", found[name]["differ"], "= 0"),
        )
    ]  # fmt: skip


def _sums(found: dict[str, Any]) -> list[Row]:
    return [
        ("82 amounts of 1 M buildings, six levels: times pandas", _ratio(found),
         f">= {GOALS['sums']:.0f}"),
        ("  largest relative difference", found["differ"], "<= 1e-12"),
        ("  once a city: who lies where, s", found["prepare_s"], ""),
    ]  # fmt: skip


def _walk(found: dict[str, Any]) -> list[Row]:
    return [
        (f"walks, {found['nodes']:,} nodes, one kind: times networkx", _ratio(found),
         f">= {GOALS['walk']:.0f}"),
        ("  largest difference, m", found["differ"], "<= 0.001"),
        ("  nodes reached by one alone", found["reached_differs"], "= 0"),
        ("  once a city: cut streets into a network, s", found["network_s"], ""),
        ("  once a city: nearest street of 1 M homes, s", found["snap_s"], ""),
        ("  a kind: from nodes to 1 M homes, s", found["homes_s"], ""),
    ]  # fmt: skip


def _diagnosis(found: dict[str, Any]) -> list[Row]:
    return [
        (f"diagnosis, {found['rules']} rules, CPU s", statistics.median(found["own"]),
         f"<= {GOALS['diagnosis']:.0f}"),
        ("  problems found, each with its evidence", found["problems"], ""),
    ]  # fmt: skip


def _publish(found: dict[str, Any]) -> list[Row]:
    few, made = f"{found['whole_of']} x {82 / found['whole_of']:.1f}", found["on_demand"]
    return [
        ("a year's 82 columns of 1 M: classify, pack, write, CPU s", found["classes_s"],
         f"<= {GOALS['publish']:.0f}"),
        ("  MB on the disk, and as sent (br)", sum(found["classes_mb"].values()),
         f"<= {GOALS['mb']:.0f}"),
        (f"  with breaks made anew and ranks, CPU s ({few})", found["whole_s"], ""),
        (f"  the same, MB ({few})", sum(found["whole_mb"].values()), ""),
        ("  on demand: unpack one for a client without br, ms", made["unpack_ms"], ""),
        ("  on demand: make a u16 column of 1 M, ms", made["u16_ms"], ""),
        ("  on demand: make a f32 column of 1 M, ms", made["f32_ms"], ""),
    ]  # fmt: skip


def _newyear(found: dict[str, Any]) -> list[Row]:
    return [
        ("sample city, one more year published: geometry files touched",
         found["geometry_touched"], "= 0"),
        ("  of files, tiles and tables of its model", found["geometry_files"], ""),
    ]  # fmt: skip


_ROWS = {
    "join": _join, "sums": _sums, "walk": _walk, "diagnosis": _diagnosis, "publish": _publish,
    "newyear": _newyear,
}  # fmt: skip


def main() -> None:
    """This part of `make bench` alone: `python -m bench.analysis`."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    for label, value, goal in rows(found):
        print(f"{label:<62}" + ("" if value is None else f"{value:>14,.2f}") + f"  {goal}")


if __name__ == "__main__":
    main()
