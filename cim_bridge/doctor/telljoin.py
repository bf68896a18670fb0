"""Joins, shifts and tables in words."""

from __future__ import annotations

from typing import Any

from cim_bridge.doctor.join import Join, Row
from cim_bridge.doctor.report import Mark, Section
from cim_bridge.doctor.shift import Offset
from cim_bridge.doctor.table import Table, TableSheet
from cim_bridge.doctor.tell import candidate_text, damage_text
from cim_bridge.doctor.words import both, listed, say, some
from cim_bridge.levels import LABELS
from cim_bridge.texts import Text

_GOOD, _FAIR = 0.95, 0.5


def tell_table(table: Table) -> tuple[list[Section], list[dict[str, Any]]]:
    """(sections, data) of the sheets of a table; data of a sheet that was joined says how."""
    sections, data = [], []
    for one in table.sheets:
        section = Section("table", both(one.title))
        told = _data(table, one)
        _tell_sheet(table, one, section)
        if one.join is not None:
            tell_join(one.join, section)
            told |= one.join.to_json()
        sections.append(section)
        data.append(told)
    return sections, data


def _data(table: Table, one: TableSheet) -> dict[str, Any]:
    return {
        "file": one.sheet.file,
        "sheet": one.sheet.name,
        "encoding": table.encoding or None,
        "columns": list(one.columns),
        "rows": len(one.sheet.frame),
        "key": one.key or None,
        "keys": [item.to_json() for item in one.keys[:5]],
        "place": list(one.place) if one.place else None,
    }


def _tell_sheet(table: Table, one: TableSheet, section: Section) -> None:
    kind = say("table.workbook") if table.workbook else both(table.encoding.upper())
    parts = [say("table.size", rows=len(one.sheet.frame), columns=len(one.columns)), kind]
    section.add("table", listed(parts), "warn" if table.guessed else "")
    section.add("columns", some(list(one.columns), 10), detail=True)
    if one.place:
        section.add("place", ", ".join(one.place), detail=True)
    if table.compared and one.join is None:
        section.add("join", say("join.none"), "bad")
    if not one.key and one.keys:
        section.add("key", candidate_text(one.keys[0]), "ok" if one.keys[0].sound else "warn")
        for item in one.keys[0].damage:
            section.add("damage", damage_text(item.kind, item.count, item.examples), "warn")


def tell_join(one: Join, section: Section) -> None:
    """Add how a table joins."""
    told = one.report
    rate = told["rate"]
    mark: Mark = "ok" if rate >= _GOOD else "warn" if rate >= _FAIR else "bad"
    key = "join.rate_found" if one.found_key else "join.rate"
    section.add("join", say(key, matched=told["matched"], rows=told["rows"], rate=rate,
                            key=one.key), mark)  # fmt: skip
    shown = [
        say("join.way", way=say(f"way.{way}"), n=found["matched"], doubt=found["ambiguous"])
        for way, found in one.ways.items()
        if found["matched"] or found["ambiguous"]
    ]
    if shown:
        section.add("ways", listed(shown))
    if one.alike:
        section.add("level", say("join.alike", level=LABELS[one.level],
                                 shown=", ".join([one.level, *one.alike])), "warn")  # fmt: skip
    aside = [say(f"aside.{name}", n=n) for name, n in told["set_aside"].items()]
    if aside:
        section.add("aside", listed(aside), "warn")
    if one.mends:
        gains = [say("join.gain", step=say(f"mend.{step}"), n=n) for step, n in one.mends.items()]
        section.add("mends", listed(gains), "warn")
    if told["unmatched"]:
        section.add("unmatched", _rows("join.unmatched", told["unmatched"], one.unmatched), "warn")
    if told["ambiguous"]:
        section.add("ambiguous", _rows("join.ambiguous", told["ambiguous"], one.ambiguous), "warn")
    if one.duplicates:
        again = ", ".join(f"{word} × {n}" for word, n in list(one.duplicates.items())[:3])
        section.add("duplicates", say("join.duplicates", n=len(one.duplicates), shown=again))
    if one.empty:
        section.add("empty", say("join.empty", n=one.empty), "warn")
    if one.orphans:
        names = some(one.orphan_examples, 4)
        section.add("orphans", say("join.orphans", n=one.orphans, units=one.units, shown=names))
    for item in one.damage:
        section.add("damage", damage_text(item.kind, item.count, item.examples), "warn")


def _rows(key: str, count: int, rows: list[Row]) -> Text:
    shown = []
    for row in rows[:3]:
        meant = " / ".join(row.units[:2])
        shown.append(f"{row.key}" + (f" ({meant}?)" if meant else ""))
    return say(key, n=count, shown=", ".join(shown))


def tell_shift(one: Offset, source: str, option: str) -> tuple[Section, dict[str, Any]]:
    """(section, data) of a comparison of places."""
    section = Section("shift", say("shift.title", source=source, reference=one.reference))
    section.add("shift", one.text, "warn" if one.flat else "ok")
    if one.rise == one.rise:
        key = "shift.raised" if one.raised else "shift.level"
        section.add("rise", say(key, rise=one.rise), "warn" if one.raised else "ok")
    if one.taller == one.taller and abs(one.taller) > 1.0:
        section.add("taller", say("shift.taller", taller=one.taller))
    if option:
        section.add("option", option)
    return section, {"source": source, **one.to_json(), "option": option or None}
