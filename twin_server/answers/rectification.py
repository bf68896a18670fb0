"""Last year's rectification 上年度整治: of the problems of a year, how many were mended."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from cim_bridge.texts import text
from twin_server.pinned import Pinned
from twin_server.twin import Twin

DONE = frozenset({"verified"})
OUTSIDE = frozenset({"rejected", "candidate"})
"""States of findings that are on no rectification list: nobody confirmed them, or they are not."""


def rectification_answer(twin: Twin, pinned: Pinned, year: int | None) -> dict[str, Any]:
    """Counts of the year before by rule and department, of the findings that someone confirmed.

    A finding counts as mended only when someone verified it. `not_found_again` are those open ones
    whose rule no longer fires at the unit this year: a hint, not a closure.
    """
    now = twin.year(year)
    before = [item for item in twin.years if now is not None and item < now][-1:]
    if not before:
        return {"year": now, "of": None, "total": 0, "verified": 0, "rate": None, "candidates": 0,
                "not_found_again": 0, "states": {}, "rules": [], "departments": []}  # fmt: skip
    table = twin.problems.problems
    rows = table.where(year=before[0])
    names = ("problem_id", "rule", "unit_id", "state", "department_zh", "department_en", "title_zh",
             "title_en")  # fmt: skip
    found = table.records(rows, names)
    for row in found:
        row["state"] = pinned.problem_states.get(row["problem_id"], row["state"] or "candidate")
    counted = [row for row in found if row["state"] not in OUTSIDE]
    again = _pairs(twin, now)
    open_ = [row for row in counted if row["state"] not in DONE and row["rule"]]
    gone = sum((row["rule"], row["unit_id"]) not in again for row in open_)
    done = sum(row["state"] in DONE for row in counted)
    return {
        "year": now,
        "of": before[0],
        "total": len(counted),
        "verified": done,
        "rate": done / len(counted) if counted else None,
        "candidates": sum(row["state"] == "candidate" for row in found),
        "not_found_again": gone,
        "states": dict(Counter(row["state"] for row in found)),
        "rules": _groups(counted, "rule", "title"),
        "departments": _groups(counted, "department_zh", "department"),
    }


def _pairs(twin: Twin, year: int | None) -> set[tuple[str, str]]:
    table = twin.problems.problems
    rows = table.where(year=year) if year is not None else np.zeros(0, np.int64)
    return {(row["rule"], row["unit_id"]) for row in table.records(rows, ("rule", "unit_id"))}


def _groups(rows: list[dict[str, Any]], key: str, words: str) -> list[dict[str, Any]]:
    """Counts by a key, most first."""
    total = Counter(str(row[key] or "") for row in rows)
    done = Counter(str(row[key] or "") for row in rows if row["state"] in DONE)
    first = {str(row[key] or ""): row for row in reversed(rows)}
    return [
        {
            "code": code,
            "label": text(first[code][f"{words}_zh"] or "", first[code][f"{words}_en"] or ""),
            "total": number,
            "verified": done[code],
            "rate": done[code] / number,
        }
        for code, number in sorted(total.items(), key=lambda item: (-item[1], item[0]))
    ]
