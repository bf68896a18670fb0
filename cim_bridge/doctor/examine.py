"""The doctor's round, from top to bottom: sources, their shift, tables, joins, verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.crs import Placement, measures_true
from cim_bridge.crsspell import spelling
from cim_bridge.doctor.attempt import quoted
from cim_bridge.doctor.city import City
from cim_bridge.doctor.drawing import drawing
from cim_bridge.doctor.report import Report, Section
from cim_bridge.doctor.shift import FEWEST, Bodies, Offset, offset
from cim_bridge.doctor.source import Source, look
from cim_bridge.doctor.table import Table, join_table, look_at_table
from cim_bridge.doctor.targets import targets_of
from cim_bridge.doctor.tell import tell
from cim_bridge.doctor.telljoin import tell_shift, tell_table
from cim_bridge.doctor.verdict import unsettled, verdict
from cim_bridge.doctor.words import say
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS
from cim_bridge.matching.targets import Targets
from cim_bridge.progress import SILENT, Progress
from cim_bridge.reader import Units, Wish

_ALONE = 0.95
"""Share of values of an attribute that must stand once for it to be an id."""
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls")
_NO_SOURCE = {"FORMAT_UNKNOWN", "TABLE_WITHOUT_PLACE"}

Words = Callable[[str], bool]


@dataclass
class Examination:
    """Everything looked at, before it is told. The server adds what it knows of indicators."""

    sources: list[Source] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    offsets: list[tuple[Source, Offset, str]] = field(default_factory=list)
    city: City | None = None
    extra: dict[str, list[Section]] = field(default_factory=dict)
    extra_data: dict[str, dict[str, Any]] = field(default_factory=dict)

    def report(self) -> Report:
        """Tell it: sections for people, data for machines, the verdict."""
        log = IssueLog()
        sections: list[Section] = []
        data: dict[str, Any] = {"sources": [], "shifts": []}
        height = self.city.folder.config.height_offset if self.city else None
        for source in self.sources:
            mine = [one for other, one, _ in self.offsets if other is source]
            agreed = any(one.rise == one.rise and not one.raised for one in mine)
            section, told = tell(source, height, agreed=agreed)
            sections.append(section)
            data["sources"].append(told)
            log.extend(source.log)
        for source, one, option in self.offsets:
            section, told = tell_shift(one, source.name, option)
            sections.append(section)
            data["shifts"].append(told)
        for table in self.tables:
            parts, told_tables = tell_table(table)
            for part, told in zip(parts, told_tables, strict=True):
                key = part.title["en"]
                for more in self.extra.get(key, ()):
                    part.facts += more.facts
                told |= self.extra_data.get(key, {})
            sections += parts
            data.setdefault("tables", []).extend(told_tables)
            log.extend([*table.log, *table.refused])
        errors = [issue for source in self.sources for issue in unsettled(source)]
        errors += [issue for table in self.tables for issue in table.log.errors]
        judged = verdict(self.sources, self.tables, self.city, errors)
        return Report(judged, sections, data, log, partial(drawing, self))


def examine(
    sources: Sequence[Path], tables: Sequence[Path], wish: Wish, city: City | None, *,
    key: str | None = None, is_word: Words = lambda _: False, address: str = "",
    progress: Progress = SILENT,
) -> Examination:  # fmt: skip
    """Look at sources and tables; a source that is only a table counts as one.

    key: the column of the tables that names units. is_word: tells words of a table's header.
    address: of the platform that the sources were fetched from.
    """
    found = Examination(city=city)
    where, centre = (city.ground, city.centre) if city else (None, None)
    later = list(tables)
    for path in sources:
        source = look(path, wish, where, centre, progress, city.bind if city else None)
        source.address = address
        codes = {issue.code for issue in source.log.errors}
        if source.reading is None and codes & _NO_SOURCE and _is_table(path):
            later.append(path)
            continue
        found.sources.append(source)
        _taken(source, city)
    _compare(found, progress)
    for path in later:
        progress.stage(f"join {path.name}")
        table = look_at_table(path, key, is_word)
        found.tables.append(table)
        _join(found, table, key)
        progress.done()
    return found


def _is_table(path: Path) -> bool:
    """Whether a file that is no source is a table: by its ending, a text by its delimiters too."""
    ending = path.suffix.lower()
    if ending != ".txt":
        return ending in _TABLES
    with path.open("rb") as handle:
        first = handle.readline(4096)
    return any(mark in first for mark in (b"\t", b",", b";", b"|"))


def _taken(source: Source, city: City | None) -> None:
    """Ids that units of another source of the city have already, as `bridge` would refuse them."""
    if city is None or source.tileset is not None:
        return
    name = source.path.name.split(".")[0]
    for units in source.reading.units if source.reading else ():
        if units.level == "object":
            continue
        mine = set(units.ids.astype(str))
        for other, ids in city.owners(units.level).items():
            both = sorted(mine & ids)
            if other != name and both:
                shown = ", ".join(both[:5])
                source.log.add("ID_TAKEN", file=source.path, id=both[0], count=len(both),
                               other=other, ids=shown)  # fmt: skip
                if source.attempt is not None:
                    why = say("need.taken", other=other)
                    source.attempt.needs.append((f"--name {other}", why))
                return


def _compare(found: Examination, progress: Progress) -> None:
    """Each source against the city's model; without one, later sources against the first."""
    first: tuple[Source, Units] | None = None
    for source in found.sources:
        units = source.main
        if source.ready is None or units is None or not source.metres:
            continue
        one: Offset | None = None
        if found.city is not None and found.city.model is not None:
            known = found.city.bodies(units.level)
            crs = str(found.city.model.manifest["crs"])
            if known is not None:
                one = offset(
                    Bodies.of(units, source.metres, crs), known, found.city.folder.path.name
                )
        elif first is not None and first[1].level == units.level:
            metres = first[0].metres
            known = Bodies.of(first[1], metres, metres)
            one = offset(Bodies.of(units, source.metres, metres), known, first[0].name)
        elif found.city is None and first is None:
            first = (source, units)
        if one is not None and one.pairs >= FEWEST:
            found.offsets.append((source, one, _remedy(source, one)))


def _remedy(source: Source, one: Offset) -> str:
    """Options that bring the source onto the reference; asked for when ids prove the shift."""
    options = []
    crs = source.position.crs if source.position else None
    if one.flat and crs is not None and measures_true(crs) and spelling(crs).plain:
        same = Placement(crs, source.metres).same
        if same:
            options.append(f"--crs {crs}:4p={one.east:.2f},{one.north:.2f},1,0")
    if one.raised:
        options.append(f"--height-offset {one.rise:+.2f}")
    if options and one.how == "id":
        if one.flat:
            source.log.add(
                "DOCTOR_SHIFTED", file=source.path, reference=one.reference, count=one.pairs,
                east=f"{one.east:+.1f}", north=f"{one.north:+.1f}",
            )  # fmt: skip
        if one.raised:
            source.log.add(
                "DOCTOR_RAISED", file=source.path, reference=one.reference, count=one.pairs,
                rise=f"{one.rise:+.1f}", option=options[-1],
            )  # fmt: skip
        if source.attempt is not None and one.raised:
            source.attempt.needs.append((options[-1], say("need.raised", rise=one.rise)))
    return " ".join(options)


def _join(found: Examination, table: Table, key: str | None) -> None:
    """Join a table with the units of the sources; where there are none, with the city's."""
    parts = [units for source in found.sources for units in _units(source)]
    targets: Targets
    metres = ""
    if parts:
        targets, metres = _targets(found)
    elif found.city is not None and found.city.model is not None:
        targets = Targets.of(found.city.model, "")
        metres = str(found.city.model.manifest["crs"])
    else:
        return
    join_table(table, key, targets, metres)
    if parts and _rekeyed(found, table):
        targets, metres = _targets(found)
        join_table(table, key, targets, metres)


def _targets(found: Examination) -> tuple[Targets, str]:
    """Units of the sources to match rows to, and the system of their shapes."""
    parts = [units for source in found.sources for units in _units(source)]
    systems = {source.metres for source in found.sources if source.reading is not None}
    return targets_of(parts), systems.pop() if len(systems) == 1 else ""


def _rekeyed(found: Examination, table: Table) -> bool:
    """Look again with another id column, where a table's ids stand in an attribute of a source."""
    for source in found.sources:
        column = _attribute(source, table)
        if not column or source.attempt is None or source.tileset is not None:
            continue
        wish = replace(source.wish, key=column)
        where, centre = (found.city.ground, found.city.centre) if found.city else (None, None)
        again = look(source.path, wish, where, centre)
        if again.attempt is None or again.stuck:
            continue
        needs = [*source.attempt.needs, *again.attempt.needs]
        needs.append((f"--key {quoted(column)}", say("need.joined", column=column)))
        again.attempt.needs = list({option: (option, why) for option, why in needs}.values())
        found.sources[found.sources.index(source)] = again
        return True
    return False


def _attribute(source: Source, table: Table) -> str:
    """The attribute in which clearly more of a table's ids stand than are joined; "" none."""
    best, most = "", 0
    own = source.main.ids.astype(str) if source.main is not None else np.zeros(0, str)
    for one in table.sheets:
        names = [one.key] if one.key else [item.column for item in one.keys[:5]]
        joined = one.join.report["matched"] if one.join else 0
        for ids in (one.columns[name] for name in names):
            given = ids[ids != ""].astype(str)
            most = max(most, int(np.isin(given, own).sum()))
            for item in source.keys:
                hits = int(np.isin(given, source.columns[item.column].astype(str)).sum())
                clear = hits > max(most, 1.5 * joined, 0.3 * len(given))
                if clear and item.unique > _ALONE and item.column != source.wish.key:
                    best, most = item.column, hits
    return best


def _units(source: Source) -> list[Units]:
    """Units with their ids, placed where that could be."""
    reading = source.ready or source.reading
    if reading is None or source.stuck:
        return []
    return [units for units in reading.units if units.level in LEVELS]
