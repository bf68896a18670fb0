"""A sheet → entries: one row a value as it is written, long and wide tables alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cim_bridge.issues import IssueLog
from cim_bridge.sheets import Sheet, column_letter, normal
from indicator_overlays.aliases import VALUES, find_columns
from indicator_overlays.delivery import Delivery
from indicator_overlays.findings import Finder
from indicator_overlays.indicatorindex import IndicatorIndex, Title
from indicator_overlays.matchcolumns import match_frame, match_positions, with_key

Texts = dict[str, "pd.Series[str]"]

_TOTALS = frozenset(
    ("合计", "总计", "小计", "汇总", "合 计", "总 计", "total", "totals", "sum", "grand total")
)
_TEXTS = (
    "unit_id",
    "level",
    "system",
    "period",
    "period_start",
    "period_end",
    "year",
    "unit",
    "state",
    "cutoff_date",
    "note",
    "confirmed",
    "shared",
    "method",
    "method_version",
)


@dataclass(frozen=True)
class Entries:
    """Values of one sheet as text, with the place of each.

    frame: columns of aliases.VALUES as text ("" where the table has none) plus file, sheet, row
    (1-based) and letter (column of the value). letters: where the other columns stand.
    """

    frame: pd.DataFrame
    letters: dict[str, str] = field(default_factory=dict)

    def finder(self, log: IssueLog) -> Finder:
        """Reporter of faults in these rows."""
        return Finder(log, self.frame[["file", "sheet", "row", "letter"]], self.frame["unit_id"])

    def only(self, keep: pd.Series[bool]) -> Entries:
        """Some of the rows."""
        return Entries(self.frame[keep].reset_index(drop=True), self.letters)


def read_entries(
    sheet: Sheet, delivery: Delivery, index: IndicatorIndex, log: IssueLog
) -> Entries | None:
    """Read one sheet; None (with Issues) when it is no table of values."""
    mapping = delivery.mapping
    key = delivery.key or mapping.key
    known = match_positions(sheet, mapping)
    columns = with_key(find_columns(sheet.titles, VALUES, mapping, key), known)
    if "unit_id" not in columns:
        if not {"indicator", "value"} <= set(columns) and not _titles(sheet, delivery, index, {}):
            log.add("SHEET_IGNORED", file=sheet.file, layer=sheet.name, sheet=sheet.name or "1")
            return None
        _missing(sheet, log, key or "unit_id")
        return None
    if {"indicator", "value"} <= set(columns):
        entries = _long(sheet, columns, match_frame(sheet, mapping, log))
    else:
        wide = _titles(sheet, delivery, index, columns)
        if not wide:
            _missing(sheet, log, "value" if "indicator" in columns else "indicator, value")
            return None
        _tell_ignored(sheet, [*columns.values(), *known.values()], wide, index, log)
        entries = _wide(sheet, columns, wide, match_frame(sheet, mapping, log))
    return _without_empty(_without_totals(entries, log))


def _missing(sheet: Sheet, log: IssueLog, column: str) -> None:
    log.add(
        "HEADER_MISSING",
        file=sheet.file,
        layer=sheet.name,
        column=column,
        found="、".join(filter(None, sheet.titles[:12])),
    )


def _titles(
    sheet: Sheet, delivery: Delivery, index: IndicatorIndex, columns: dict[str, int]
) -> dict[int, Title]:
    """Columns of a wide table that hold an indicator, by position."""
    system = delivery.mapping.system
    mapped = {normal(theirs): ours for ours, theirs in delivery.mapping.columns.items()}
    found: dict[int, Title] = {}
    for position, title in enumerate(sheet.titles):
        if position in columns.values() or not title:
            continue
        read = index.title(mapped.get(normal(title), title), system)
        if read is not None:
            found[position] = read
    return found


def _tell_ignored(
    sheet: Sheet,
    known: list[int],
    wide: dict[int, Title],
    index: IndicatorIndex,
    log: IssueLog,
) -> None:
    for position, title in enumerate(sheet.titles):
        if not title or position in wide or position in known:
            continue
        near = index.nearest(title)
        log.add(
            "COLUMN_LOOKS_LIKE_INDICATOR" if near else "COLUMN_IGNORED",
            file=sheet.file,
            layer=sheet.name,
            cell=column_letter(position),
            column=title,
            nearest=near,
        )


def _base(sheet: Sheet, columns: dict[str, int], more: Texts) -> pd.DataFrame:
    """Text columns that every value of a row shares; `more` are those of `[match]`."""
    empty = pd.Series("", index=sheet.frame.index, dtype="str")
    base = {
        name: sheet.frame.iloc[:, columns[name]] if name in columns else empty for name in _TEXTS
    }
    frame = pd.DataFrame(base | more)
    frame["row"] = sheet.rows
    frame["file"], frame["sheet"] = sheet.file, sheet.name
    return frame


def _long(sheet: Sheet, columns: dict[str, int], more: Texts) -> Entries:
    frame = _base(sheet, columns, more)
    for name in ("indicator", "value", "numerator", "denominator"):
        if name in columns:
            frame[name] = sheet.frame.iloc[:, columns[name]]
        else:
            frame[name] = pd.Series("", index=frame.index, dtype="str")
    frame["letter"] = column_letter(columns["value"])
    return Entries(frame, {name: column_letter(at) for name, at in columns.items()})


def _wide(sheet: Sheet, columns: dict[str, int], wide: dict[int, Title], more: Texts) -> Entries:
    base = _base(sheet, columns, more)
    parts = []
    values = {at: title for at, title in wide.items() if title.part == "value"}
    extra = {(t.indicator.code, t.part): at for at, t in wide.items() if t.part != "value"}
    for code in dict.fromkeys(code for code, _ in extra):
        if code not in {title.indicator.code for title in values.values()}:
            at = next(at for (name, _), at in extra.items() if name == code)
            values[at] = wide[at]
    for at, title in values.items():
        part = base.copy()
        blank = pd.Series("", index=base.index, dtype="str")
        part["indicator"] = title.indicator.code
        part["system"] = part["system"].where(part["system"] != "", title.indicator.system)
        part["value"] = sheet.frame.iloc[:, at] if title.part == "value" else blank
        for name in ("numerator", "denominator"):
            found = extra.get((title.indicator.code, name))
            part[name] = sheet.frame.iloc[:, found] if found is not None else blank
        if title.unit:
            part["unit"] = title.unit
        part["letter"] = column_letter(at)
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    return Entries(frame, {name: column_letter(at) for name, at in columns.items()})


def are_totals(names: pd.Series[str]) -> pd.Series[bool]:
    """Which names are of a totals row: 合计, total, ..."""
    return names.str.lower().isin(_TOTALS)


def _without_totals(entries: Entries, log: IssueLog) -> Entries:
    """Rows of totals are no units; they are told, never loaded as one."""
    total = are_totals(entries.frame["unit_id"])
    if not total.any():
        return entries
    rows = entries.frame[total].drop_duplicates("row")
    places = rows[["file", "sheet", "row"]].reset_index(drop=True)
    Finder(log, places, rows["unit_id"].reset_index(drop=True)).report(
        "TOTALS_ROW_SKIPPED", np.ones(len(rows), bool), entries.letters.get("unit_id", "")
    )
    return entries.only(~total)


def _without_empty(entries: Entries) -> Entries:
    """An empty cell is no value; a state, a numerator or a denominator says something."""
    says = entries.frame[["value", "state", "numerator", "denominator"]] != ""
    return entries.only(says.any(axis=1))
