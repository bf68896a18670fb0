"""Themes and relations as data: the shipped files and a city's own beside its systems."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cim_bridge.decoding import decode
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.texts import Text, as_text
from indicator_overlays.indicator import IndicatorSystem

SHIPPED = Path(__file__).parent
THEMES, RELATIONS = "themes.toml", "relations.csv"
"""Names of a city's own files in its systems folder."""

SIDES: tuple[str, ...] = ("same", "near", "opposite")
"""same: one matter, two lists; near: a matter beside it; opposite: its negative side."""


@dataclass(frozen=True)
class Theme:
    """A theme with the indicators it holds; area_kinds: special areas that stand for it."""

    code: str
    group: str
    label: Text
    provenance: str
    indicators: tuple[tuple[str, str], ...]
    area_kinds: tuple[str, ...] = ()
    origin: str = "shipped"

    def to_json(self) -> dict[str, Any]:
        """Return every field as the release and the API have it."""
        pairs = [{"system": system, "code": code} for system, code in self.indicators]
        return {
            "code": self.code, "group": self.group, "label": dict(self.label),
            "provenance": self.provenance, "origin": self.origin, "indicators": pairs,
            "area_kinds": list(self.area_kinds),
        }  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """Two indicators that are read together, in either direction."""

    code: str
    other: str
    kind: str
    provenance: str


def load_themes(
    folder: CityFolder | None, systems: Mapping[str, IndicatorSystem], log: IssueLog
) -> list[Theme]:
    """Shipped themes and the city's own; a city's theme of the same code replaces ours.

    An unreadable file is an error (THEME_UNREADABLE), an unknown indicator of a city's theme a
    warning (THEME_INDICATOR_UNKNOWN).
    """
    found = {theme.code: theme for theme in _themes(SHIPPED / THEMES, "shipped", systems, log)}
    if folder is not None and (folder.systems / THEMES).is_file():
        for theme in _themes(folder.systems / THEMES, "city", systems, log):
            found[theme.code] = theme
    return list(found.values())


def _themes(
    file: Path, origin: str, systems: Mapping[str, IndicatorSystem], log: IssueLog
) -> list[Theme]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8")).get("theme", [])
        return [_theme(table, file, origin, systems, log) for table in tables]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as exc:
        reason = f"missing key {exc}" if isinstance(exc, KeyError) else str(exc)
        log.add("THEME_UNREADABLE", file=file, reason=reason)
        return []


def _theme(
    table: dict[str, Any],
    file: Path,
    origin: str,
    systems: Mapping[str, IndicatorSystem],
    log: IssueLog,
) -> Theme:
    codes, categories = set(table.get("indicators", ())), set(table.get("categories", ()))
    pairs = tuple(
        (system.id, item.code)
        for system in systems.values()
        for item in system.indicators.values()
        if {item.code, f"{system.id}/{item.code}"} & codes or item.category.code in categories
    )
    known = {name for system, code in pairs for name in (code, f"{system}/{code}")}
    for name in sorted(codes - known) if origin == "city" else ():
        log.add("THEME_INDICATOR_UNKNOWN", file=file, id=name, theme=str(table["code"]))
    return Theme(
        code=str(table["code"]),
        group=str(table.get("group", "city")),
        label=as_text(table["label"]),
        provenance=str(table.get("provenance", "")),
        indicators=pairs,
        area_kinds=tuple(str(kind) for kind in table.get("area_kinds", ())),
        origin=origin,
    )


def load_relations(folder: CityFolder | None, log: IssueLog) -> list[Relation]:
    """Shipped relations and those of a city's relations.csv, each pair once, the city's first."""
    found: dict[frozenset[str], Relation] = {}
    if folder is not None and (folder.systems / RELATIONS).is_file():
        _add(found, _rows(folder.systems / RELATIONS, log))
    _add(found, _rows(SHIPPED / RELATIONS, log))
    return list(found.values())


def _add(found: dict[frozenset[str], Relation], rows: Iterable[Relation]) -> None:
    for row in rows:
        found.setdefault(frozenset((row.code, row.other)), row)


def _rows(file: Path, log: IssueLog) -> list[Relation]:
    try:
        table = csv.DictReader(io.StringIO(decode(file.read_bytes()).text, newline=""), restval="")
    except UnicodeDecodeError as exc:
        log.add("THEME_UNREADABLE", file=file, reason=str(exc))
        return []
    found = []
    for row in table:
        code, other = (row.get("code") or "").strip(), (row.get("other") or "").strip()
        kind = (row.get("kind") or "near").strip()
        if not code or not other or code == other or kind not in SIDES:
            reason = f"{code or '?'} - {other or '?'} ({kind})"
            log.add("THEME_UNREADABLE", file=file, row=table.line_num, reason=reason)
            continue
        found.append(Relation(code, other, kind, (row.get("provenance") or "").strip()))
    return found
