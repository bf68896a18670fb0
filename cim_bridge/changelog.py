"""The changes a model brought, kept beside the release they led to.

changes.json and changes.parquet are notes of a comparison, not content: the same model may be
reached from different ones, so they are no part of the release's digest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from cim_bridge.changes import KINDS, Changes, compare
from cim_bridge.release import ModelRelease
from cim_bridge.staging import CHANGES_JSON, CHANGES_TABLE

LISTED = 1000
"""Ids of each kind and level that changes.json lists; changes.parquet holds all."""


def note_changes(old: ModelRelease, new: ModelRelease) -> dict[str, Any]:
    """Compare, keep the comparison beside the new release, and return its summary."""
    import pyarrow.parquet as pq

    found = compare(old, new)
    told = summary(found)
    temporary = new.path / f".{CHANGES_TABLE}"
    pq.write_table(found.table, temporary, compression="zstd")
    temporary.replace(new.path / CHANGES_TABLE)
    _write(new.path / CHANGES_JSON, orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return told


def known_changes(old: ModelRelease, new: ModelRelease) -> dict[str, Any]:
    """Summary of the changes between two releases: the kept one where it is of this pair."""
    file = new.path / CHANGES_JSON
    if file.is_file():
        told: dict[str, Any] = orjson.loads(file.read_bytes())
        if told["from"] == old.digest:
            return told
    return summary(compare(old, new))


def summary(changes: Changes) -> dict[str, Any]:
    """Counts and the first ids of each level and kind, and how often each field changed."""
    counts = changes.counts()
    return {
        "from": changes.old,
        "to": changes.new,
        "levels": counts,
        "total": {kind: sum(level[kind] for level in counts.values()) for kind in KINDS},
        "fields": _fields(changes),
        "ids": {
            level: {kind: changes.ids(kind, level)[:LISTED] for kind in KINDS if of[kind]}
            for level, of in counts.items()
        },
    }


def _fields(changes: Changes) -> dict[str, int]:
    import pyarrow.compute as pc

    table: Any = changes.table.filter(pc.field("change") == "changed")
    each: Any = pc.value_counts(pc.list_flatten(table["fields"])).to_pylist()
    return {item["values"]: item["counts"] for item in sorted(each, key=lambda i: i["values"])}


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(content)
    temporary.replace(path)
