"""Indicator systems as data: the shipped national lists, a city's own, and rows a city appends."""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_bridge.decoding import decode
from cim_bridge.errors import InputRefused, NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.texts import Text, as_text, text
from indicator_overlays.catalogue import ListRow, read_indicator
from indicator_overlays.indicator import Category, Indicator, IndicatorSystem, Standard

__all__ = [
    "SHIPPED",
    "Category",
    "Indicator",
    "IndicatorSystem",
    "Standard",
    "find_indicator",
    "load_systems",
    "read_links",
]

SHIPPED = Path(__file__).parent / "systems"
"""The lists that come with the package; `<id>.toml` says what a CSV of rows is."""

_LINKS = SHIPPED / "links"

_OTHERS = frozenset({"themes.toml", "relations.csv"})
"""Files of a city's systems folder that are no lists (see themes)."""


@dataclass
class _Draft:
    """One system while its files are read."""

    id: str
    head: dict[str, Any] = field(default_factory=dict)
    head_file: str = ""
    rows: list[ListRow] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)


def load_systems(folder: CityFolder | Path | None = None) -> dict[str, IndicatorSystem]:
    """Read every shipped system and the city's own; refuse (InputRefused) any broken list.

    A city's rows that name a shipped system are appended to it as local rows.
    """
    log = IssueLog()
    drafts: dict[str, _Draft] = {}
    _read_folder(SHIPPED, drafts, log)
    shipped = set(drafts)
    if folder is not None:
        own = folder.systems if isinstance(folder, CityFolder) else folder / "systems"
        _read_folder(own, drafts, log, shipped=shipped)
    ordered = sorted(drafts.values(), key=lambda draft: int(draft.head.get("order", 50)))
    systems = {draft.id: _finish(draft, log) for draft in ordered}
    log.raise_if_errors()
    return systems


def find_indicator(systems: dict[str, IndicatorSystem], system: str, code: str) -> Indicator:
    """Return one indicator; NotFound names what is there instead."""
    if system not in systems:
        raise NotFound(f"no indicator system {system!r}; there are {', '.join(systems)}")
    if code not in systems[system].indicators:
        raise NotFound(f"{system} has no indicator {code!r}")
    return systems[system].indicators[code]


def read_links() -> list[tuple[str, str, str, str, str]]:
    """Which indicator of one list continues which of another.

    Rows of (system, code, other system, other code or "" when dropped, relation).
    """
    found: list[tuple[str, str, str, str, str]] = []
    for file in sorted(_LINKS.glob("*.csv")):
        old, new = file.stem.split("__")
        table = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
        first, second, relation = table.fieldnames or ("", "", "")
        found += [(old, row[first], new, row[second], row[relation]) for row in table]
    return found


def _read_folder(
    folder: Path, drafts: dict[str, _Draft], log: IssueLog, shipped: Iterable[str] = ()
) -> None:
    files = [file for file in sorted(folder.glob("*")) if file.name not in _OTHERS]
    heads = {file.stem: _read_toml(file, log) for file in files if file.suffix == ".toml"}
    for stem, document in heads.items():
        head = document.get("system", {})
        draft = drafts.setdefault(str(head.get("id", stem)), _Draft(str(head.get("id", stem))))
        if draft.id not in shipped:
            draft.head, draft.head_file = head, f"{stem}.toml"
        _note_file(draft, folder / f"{stem}.toml")
        draft.rows += _toml_rows(f"{stem}.toml", document, local=draft.id in shipped)
    for file in (item for item in files if item.suffix == ".csv"):
        named = str(heads.get(file.stem, {}).get("system", {}).get("id", file.stem))
        for system, rows in _csv_rows(file, named, set(shipped), log).items():
            draft = drafts.setdefault(system, _Draft(system))
            draft.rows += rows
            _note_file(draft, file)


def _note_file(draft: _Draft, file: Path) -> None:
    draft.files.append((file.name, hashlib.sha256(file.read_bytes()).hexdigest()))


def _read_toml(file: Path, log: IssueLog) -> dict[str, Any]:
    try:
        return _checked(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as exc:
        log.add("SYSTEM_UNREADABLE", file=file, reason=str(exc))
        raise InputRefused(log) from exc


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document, if it has the form of a list of indicators; ValueError says what is wrong."""
    head, rows = document.get("system", {}), document.get("indicator", [])
    if not isinstance(head, dict):
        raise ValueError("`system` is no table: write [system]")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("`indicator` is no list of tables: write [[indicator]]")
    for name in ("order", "rows"):
        if name in head and type(head[name]) is not int:
            raise ValueError(f"{name} = {head[name]!r} is no whole number")
    return document


def _toml_rows(name: str, document: dict[str, Any], *, local: bool) -> list[ListRow]:
    """[[indicator]] tables: text values may be {zh, en}; a standard may be a table."""
    rows = []
    for number, table in enumerate(document.get("indicator", []), start=1):
        cells: dict[str, str] = {"indicator_type": "local"} if local else {}
        for key, value in table.items():
            if isinstance(value, dict) and key == "standard":
                cells.update({f"standard_{part}": str(item) for part, item in value.items()})
            elif isinstance(value, dict):
                cells.update({f"{key}_{part}": str(item) for part, item in value.items()})
            elif isinstance(value, list):
                cells[key] = ";".join(str(item) for item in value)
            else:
                cells[key] = str(value)
        rows.append(ListRow(name, number, cells))
    return rows


def _csv_rows(file: Path, named: str, shipped: set[str], log: IssueLog) -> dict[str, list[ListRow]]:
    try:
        content = decode(file.read_bytes()).text
    except UnicodeDecodeError as exc:
        log.add("SYSTEM_UNREADABLE", file=file, reason=str(exc))
        return {}
    found: dict[str, list[ListRow]] = defaultdict(list)
    table = csv.DictReader(io.StringIO(content, newline=""), restval="")
    if "code" not in [str(name).strip() for name in table.fieldnames or ()]:
        log.add("SYSTEM_UNREADABLE", file=file, reason="no column `code`")
        return {}
    try:
        lines = [(table.line_num, row) for row in table]
    except csv.Error as exc:
        log.add("SYSTEM_UNREADABLE", file=file, reason=str(exc))
        return {}
    for number, row in lines:
        cells = {k.strip(): (v or "").strip() for k, v in row.items() if isinstance(k, str)}
        if not any(cells.values()):
            continue
        system = cells.get("system") or named
        if system in shipped and not cells.get("indicator_type"):
            cells["indicator_type"] = "local"
        found[system].append(ListRow(file.name, number, cells))
    return found


def _finish(draft: _Draft, log: IssueLog) -> IndicatorSystem:
    head = draft.head
    by_level = head.get("dimension_from") == "natural_level"
    indicators: dict[str, Indicator] = {}
    for number, row in enumerate(draft.rows, start=1):
        made = read_indicator(row, draft.id, number, log, dimension_from_level=by_level)
        if made is None:
            continue
        if made.code in indicators:
            log.add(
                "SYSTEM_CODE_TWICE",
                file=row.file,
                row=row.row,
                cell="code",
                id=made.code,
                system=draft.id,
            )
            continue
        indicators[made.code] = made
    _check_count(draft, log)
    label = as_text(head["label"]) if "label" in head else text(draft.id, draft.id)
    return IndicatorSystem(
        id=draft.id,
        label=label,
        version=str(head.get("version", "1")),
        note=as_text(head.get("note", "")),
        dimensions=_axis(item.dimension for item in indicators.values()),
        categories=tuple(
            {item.category.code: item.category for item in indicators.values()}.values()
        ),
        indicators=indicators,
        files=tuple(draft.files),
        sha256=hashlib.sha256(repr(sorted(draft.files)).encode()).hexdigest(),
    )


def _check_count(draft: _Draft, log: IssueLog) -> None:
    """A head may say how many rows its list has (`rows = 69`); local rows come on top."""
    said = draft.head.get("rows")
    if said is None:
        return
    own = [row for row in draft.rows if row.get("indicator_type", "type") not in {"local", "特色"}]
    if len(own) != int(said):
        log.add(
            "SYSTEM_ROW_COUNT",
            file=draft.head_file,
            id=draft.id,
            said=said,
            found=len(own),
            system=draft.id,
        )


def _axis(labels: Iterable[Text | None]) -> tuple[Category, ...]:
    found: dict[str, Category] = {}
    for label in labels:
        if label is not None:
            found.setdefault(label["zh"], Category(label["en"], label))
    return tuple(found.values())
