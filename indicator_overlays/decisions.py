"""People's decisions on values: which source is adopted, what is corrected by hand, and why.

A decision speaks about one address (unit, system, indicator, period). It never removes what a
source said: every candidate stays, the decision says which one stands, with its reason and who.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from indicator_overlays.delivery import write_batch
from indicator_overlays.keycodes import is_one_of, key_codes, words_of
from indicator_overlays.values import NUMBER_STATES

BY_HAND = "人工调整 / adjusted by hand"
"""Source of a value that a person corrected."""

_DECISIONS: dict[str, pa.DataType] = {
    "unit_id": pa.string(),
    "system": pa.string(),
    "indicator": pa.string(),
    "period": pa.string(),
    "kind": pa.string(),
    "source": pa.string(),
    "value": pa.float64(),
    "reason": pa.string(),
    "actor": pa.string(),
    "time": pa.string(),
}
DECISIONS_SCHEMA = pa.schema(_DECISIONS)
"""decisions.parquet: kind `adopt` (source stands) or `adjust` (value stands)."""

_KEY = ("unit_id", "system", "indicator", "period")


@dataclass(frozen=True)
class Decision:
    """One decision; `source` for adopt, `value` for adjust."""

    unit_id: str
    system: str
    indicator: str
    period: str
    kind: str
    reason: str
    actor: str
    time: str
    source: str = ""
    value: float | None = None


def write_decisions(folder: CityFolder, decisions: Sequence[Decision]) -> str:
    """Copy decisions into a batch, so that a release pins them by hash; returns its digest."""
    rows = sorted((d.__dict__ for d in decisions), key=lambda row: [row[name] for name in _KEY])
    table = pa.Table.from_pylist(rows, schema=DECISIONS_SCHEMA)
    manifest: dict[str, Any] = {
        "kind": "batch", "of": "decisions", "source": "decisions", "source_kind": "department",
        "files": [], "rows": len(rows), "system": "", "year": None, "issues": [],
    }  # fmt: skip
    return write_batch(folder, manifest, table)


def decide(candidates: pa.Table, decisions: pa.Table, log: IssueLog) -> pa.Table:
    """Candidates (ADOPTED_SCHEMA) with decisions carried out; the others stay as they are.

    A decision whose source or value is no longer there is reported (DECISION_WITHOUT_VALUE) and
    changes nothing. A decided value is no conflict any more; its note says who decided and why.
    """
    if decisions.num_rows == 0 or candidates.num_rows == 0:
        return candidates
    rows = _rows_of(candidates, decisions)
    adopted = candidates["adopted"].to_numpy().copy()
    conflict = candidates["conflict"].to_numpy().copy()
    notes: dict[int, str] = {}
    extra: list[dict[str, Any]] = []
    for number, decision in enumerate(decisions.to_pylist()):
        mine = rows.get(number, np.zeros(0, np.int64))
        chosen = _chosen(candidates, mine, decision)
        if chosen is None:
            log.add(
                "DECISION_WITHOUT_VALUE", id=decision["unit_id"], indicator=decision["indicator"],
                period=decision["period"], source=decision["source"] or BY_HAND,
            )  # fmt: skip
            continue
        adopted[mine], conflict[mine] = False, False
        why = f"{decision['actor']} {decision['time'][:10]}: {decision['reason']}"
        if decision["kind"] == "adopt":
            adopted[chosen] = True
            notes[chosen] = f"adopted by {why}"
        else:
            extra.append(_adjusted(candidates.slice(chosen, 1).to_pylist()[0], decision, why))
    found = _with(candidates, "adopted", pa.array(adopted))
    found = _with(found, "conflict", pa.array(conflict))
    if notes:
        found = _with(found, "note", _noted(found, notes))
    if extra:
        found = pa.concat_tables([found, pa.Table.from_pylist(extra, schema=found.schema)])
    return found


def _noted(table: pa.Table, notes: dict[int, str]) -> Any:
    """The column of notes with more to say in some rows; the words of the others stay."""
    words, codes = words_of(table, "note"), key_codes(table, "note").copy()
    place = {word: number for number, word in enumerate(words)}
    for row, note in notes.items():
        before = words[codes[row]] if codes[row] >= 0 else ""
        told = "; ".join(part for part in (before, note) if part)
        codes[row] = place.setdefault(told, len(place))
    texts = pa.array(list(place), pa.string())
    numbers: Any = pa.array(codes, mask=codes < 0)
    column = pa.DictionaryArray.from_arrays(numbers, texts)
    return column.cast(table.schema.field("note").type)


def _rows_of(candidates: pa.Table, decisions: pa.Table) -> dict[int, np.ndarray[Any, Any]]:
    """Candidate rows of each decision; only rows of decided units are looked at."""
    units = {str(unit) for unit in decisions["unit_id"].to_pylist()}
    near = np.flatnonzero(is_one_of(candidates, "unit_id", units))
    part = candidates.select(list(_KEY)).take(near).to_pylist()
    wanted = {
        tuple(row[name] for name in _KEY): n
        for n, row in enumerate(decisions.select(list(_KEY)).to_pylist())
    }
    found: dict[int, list[int]] = {}
    for row, place in zip(part, near.tolist(), strict=True):
        number = wanted.get(tuple(row[name] for name in _KEY))
        if number is not None:
            found.setdefault(number, []).append(place)
    return {number: np.array(places, np.int64) for number, places in found.items()}


def _chosen(
    candidates: pa.Table, mine: np.ndarray[Any, Any], decision: dict[str, Any]
) -> int | None:
    """The candidate that stands: of the named source, or the one adopted so far."""
    if len(mine) == 0:
        return None
    part = candidates.select(["source", "adopted", "seq"]).take(mine).to_pylist()
    if decision["kind"] == "adopt":
        fitting = [n for n, row in enumerate(part) if row["source"] == decision["source"]]
        return int(mine[max(fitting, key=lambda n: part[n]["seq"])]) if fitting else None
    return int(mine[next((n for n, row in enumerate(part) if row["adopted"]), 0)])


def _adjusted(row: dict[str, Any], decision: dict[str, Any], why: str) -> dict[str, Any]:
    """A corrected value beside what it corrects; a ratio's numerator moves with it."""
    old, new = row["value"], decision["value"]
    known = row["state"] in NUMBER_STATES and old not in (None, 0)
    parts = row["numerator"] is not None and row["denominator"] is not None
    before = f"{old:g}" if old is not None else row["state"]
    return row | {
        "value": new,
        "numerator": row["numerator"] * new / old if known and parts else None,
        "denominator": row["denominator"] if known and parts else None,
        "state": "adjusted",
        "source": BY_HAND,
        "method": "adjusted",
        "method_version": "1",
        "note": f"was {before} ({row['source']}); {why}",
        "place": "",
        "adopted": True,
        "conflict": False,
    }


def _with(table: pa.Table, name: str, column: Any) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)
