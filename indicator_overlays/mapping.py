"""--map FILE: how somebody else's table is to be read; one TOML file per kind of delivery."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.matching.how import How
from indicator_overlays.values import SOURCE_KINDS, STATES

DEFAULT_NULLS: dict[str, str] = {
    **dict.fromkeys(
        ("-", "—", "–", "－", "——", "--", "…", "/", "N/A", "n/a", "NA", "null", "NULL"), "missing"
    ),
    **dict.fromkeys(("无数据", "暂无", "缺", "缺失", "未统计"), "missing"),
    **dict.fromkeys(("不适用", "不涉及"), "not_applicable"),
    **dict.fromkeys(("***", "保密", "不公开"), "withheld"),
}
"""Marks that stand for "no number", with the state they mean. A zero is never one of them."""

_KEYS = {
    "columns",
    "null",
    "units",
    "system",
    "ids",
    "unknown_units",
    "source_kind",
    "cutoff",
    "header_rows",
    "header_row",
    "sheet",
    "encoding",
    "delimiter",
    "confirm",
    "shared",
    "scale",
    "year",
    "level",
    "key",
    "method",
    "match",
}


@dataclass(frozen=True)
class Mapping:
    """The content of a --map file, checked; every part is optional."""

    columns: dict[str, str] = field(default_factory=dict)
    """Our column name or an indicator code → the name in the table."""
    nulls: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_NULLS))
    units: dict[str, str] = field(default_factory=dict)
    system: str = ""
    lookup: Path | None = None
    lookup_from: str = ""
    lookup_to: str = ""
    unknown_units: str = "refuse"
    source_kind: str = ""
    cutoff: dt.date | None = None
    header_rows: int | None = None
    header_row: int | None = None
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    confirm: frozenset[str] = frozenset()
    shared_column: str = ""
    shared_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scale: dict[str, float] = field(default_factory=dict)
    """Points of the survey scale (`scale.max`, default 5)."""
    year: int | None = None
    level: str = ""
    key: str = ""
    method: str = ""
    match: How | None = None
    """`[match]`: names of places are matched, and what is not clear goes to a review list."""


NO_MAPPING = Mapping()


def read_mapping(path: Path) -> Mapping:
    """Read a --map file; anything wrong in it is an Issue MAP_INVALID (InputRefused)."""
    log = IssueLog()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return _parse(raw, path, log)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, ValueError, TypeError) as exc:
        log.add("MAP_INVALID", file=path, reason=str(exc))
        raise InputRefused(log) from exc


def _parse(raw: dict[str, Any], path: Path, log: IssueLog) -> Mapping:
    unknown = set(raw) - _KEYS
    if unknown:
        raise ValueError(f"unknown key(s) {', '.join(sorted(unknown))}; known: {sorted(_KEYS)}")
    ids: dict[str, Any] = raw.get("ids", {})
    shared = raw.get("shared", "")
    groups = shared if isinstance(shared, dict) else {}
    return Mapping(
        columns={str(ours): str(theirs) for ours, theirs in raw.get("columns", {}).items()},
        nulls=_nulls(raw.get("null", {})),
        units={str(theirs): str(ours) for theirs, ours in raw.get("units", {}).items()},
        system=str(raw.get("system", "")),
        lookup=(path.parent / str(ids["lookup"])) if "lookup" in ids else None,
        lookup_from=str(ids.get("from", "")),
        lookup_to=str(ids.get("to", "")),
        unknown_units=_one_of(raw.get("unknown_units", "refuse"), ("refuse", "warn")),
        source_kind=_one_of(raw.get("source_kind", ""), ("", *SOURCE_KINDS)),
        cutoff=_date(raw["cutoff"]) if "cutoff" in raw else None,
        header_rows=raw.get("header_rows"),
        header_row=raw.get("header_row"),
        sheet=str(raw.get("sheet", "")),
        encoding=str(raw.get("encoding", "")),
        delimiter=str(raw.get("delimiter", "")),
        confirm=frozenset(str(code) for code in raw.get("confirm", ())),
        shared_column="" if groups else str(shared),
        shared_groups={str(name): tuple(map(str, ids_)) for name, ids_ in groups.items()},
        scale={str(k): float(v) for k, v in raw.get("scale", {}).items()},
        year=raw.get("year"),
        level=str(raw.get("level", "")),
        key=str(raw.get("key", "")),
        method=str(raw.get("method", "")),
        match=How.read(raw["match"]) if "match" in raw else None,
    )


def _nulls(table: dict[str, Any]) -> dict[str, str]:
    """Marks of the file itself come on top of the usual ones."""
    found = dict(DEFAULT_NULLS)
    for state, marks in table.items():
        _one_of(state, tuple(s for s in STATES if s not in {"measured", "computed", "adjusted"}))
        found.update({str(mark).strip(): state for mark in marks if str(mark).strip()})
    return found


def _one_of(value: object, known: tuple[str, ...]) -> str:
    if str(value) not in known:
        raise ValueError(f"{value!r} is not one of {', '.join(filter(None, known))}")
    return str(value)


def _date(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
