"""The doctor with what only the server knows: indicators in tables, and a dry run of `load`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cim_bridge.doctor.examine import Examination, examine
from cim_bridge.doctor.report import Report, Section
from cim_bridge.doctor.table import Table, TableSheet
from cim_bridge.doctor.words import both, listed, say, some
from cim_bridge.issues import Issue
from cim_bridge.matching.how import How
from indicator_overlays.delivery import Delivery
from indicator_overlays.dry import DrySheet, dry_load, is_word, look_at_sheet
from indicator_overlays.indicatorindex import IndicatorIndex
from indicator_overlays.mapping import NO_MAPPING, Mapping
from indicator_overlays.system import load_systems

if TYPE_CHECKING:
    from cim_bridge.doctor.city import City
    from cim_bridge.progress import Progress
    from cim_bridge.reader import Wish

_DEFAULT = "MOHURD-2022"
_KNOWN_ALREADY = {"UNIT_UNKNOWN", "UNIT_UNKNOWN_SKIPPED", "UNIT_AMBIGUOUS", "UNIT_BY_LABEL",
                  "UNIT_BY_EXTERNAL_ID", "ENCODING_GBK", "PERIOD_MISSING", "NOTHING_TAKEN",
                  "SHEET_IGNORED", "COLUMN_IGNORED", "SHEET_HIDDEN", "MATCH_UNMATCHED",
                  "MATCH_AMBIGUOUS", "MATCH_NAMES"}  # fmt: skip
"""What the join tells, or what an option of the real command settles."""


def diagnose(
    sources: Sequence[Path], tables: Sequence[Path], wish: Wish, city: City | None,
    key: str | None, progress: Progress, *, address: str = "", findings: Iterable[Issue] = (),
) -> Report:  # fmt: skip
    """Look at everything and tell it.

    address: where the sources were fetched from; findings: what fetching found.
    """
    folder = city.folder if city else None
    default = folder.config.default_system if folder else _DEFAULT
    index = IndicatorIndex(load_systems(folder), default)
    found = examine(
        sources, tables, wish, city, key=key, is_word=is_word(index, key or ""), address=address,
        progress=progress,
    )  # fmt: skip
    for source in found.sources[:1]:
        source.log.extend(findings)
    for table in found.tables:
        for one in table.sheets:
            dry = look_at_sheet(one.sheet, index, one.key)
            one.dated, one.plain = dry.has_period, dry.form == "none"
            section = Section("values", both(one.title))
            _tell(dry, section)
            found.extra[one.title] = [section]
            found.extra_data[one.title] = {"values": dry.to_json()}
        _dry_run(found, table, city)
    return found.report()


def _tell(dry: DrySheet, section: Section) -> None:
    """Add what the sheet holds of indicators."""
    if dry.form == "none":
        section.add("layout", say("table.none"), "warn")
    else:
        section.add("layout", say(f"table.{dry.form}"))
    if dry.columns:
        shown = [
            say("table.known" if one.title == one.indicator.code else "table.indicator",
                title=one.title, code=one.indicator.code, name=one.indicator.name,
                unit=one.indicator.unit or "—")
            for one in dry.columns
        ]  # fmt: skip
        section.add("indicators", listed(shown[:4] + ([both("…")] if len(shown) > 4 else [])))
    _tell_cells(dry, section)
    near = [say("table.near", title=title, code=code) for title, code in dry.near.items()]
    if near:
        section.add("near", listed(near[:4]), "warn")
    if dry.ignored and dry.form == "wide":
        section.add("ignored", some(dry.ignored, 8), detail=True)


def _tell_cells(dry: DrySheet, section: Section) -> None:
    nulls: Counter[str] = Counter()
    for one in dry.columns:
        nulls.update(one.nulls)
    parts = [say("table.numbers", n=sum(one.numbers for one in dry.columns))]
    empty = sum(one.empty for one in dry.columns)
    if empty:
        parts.append(say("table.blank", n=empty))
    if nulls:
        shown = ", ".join(f"{mark} × {n}" for mark, n in nulls.most_common(4))
        parts.append(say("table.nulls", shown=shown))
    converted = [one.title for one in dry.columns if one.converts]
    if converted:
        parts.append(say("table.converted", shown=some(converted, 3)))
    if dry.columns:
        section.add("values", listed(parts))
    bad = sum(one.bad for one in dry.columns)
    if bad:
        texts = [text for one in dry.columns for text in one.texts]
        section.add("values", say("table.texts", n=bad, shown=some(texts, 4)), "bad")
    fractions = [one.title for one in dry.columns if one.fraction]
    if fractions:
        section.add("values", say("table.fraction", shown=some(fractions, 3)), "warn")


def _dry_run(found: Examination, table: Table, city: City | None) -> None:
    """Try `load` on the city's model; what it would refuse is told."""
    values = [one for one in table.sheets if one.join is not None and _is_values(found, one)]
    if city is None or city.model is None or found.sources or not values:
        return
    first = values[0]
    dated = any(found.extra_data[one.title]["values"]["has_period"] for one in values)
    delivery = Delivery(
        folder=city.folder,
        files=(table.path,),
        source="doctor",
        year=None if dated else _year(city),
        level=first.join.level if first.join else "",
        key=first.key,
        mapping=_mapping(first),
    )
    count, log = dry_load(delivery)
    told = [issue for issue in log if issue.code not in _KNOWN_ALREADY]
    wrong = [issue for issue in told if issue.severity == "error"]
    section = found.extra[first.title][0]
    if wrong:
        shown = ", ".join(f"{code} × {n}" for code, n in _counted(wrong).most_common(4))
        section.add("dry_run", say("table.dry_errors", shown=shown), "bad")
    elif count:
        section.add("dry_run", say("table.dry_fine", n=count), "ok")
    seen = {(issue.code, issue.place) for issue in table.log}
    table.refused.extend([issue for issue in told if (issue.code, issue.place) not in seen])


def _mapping(one: TableSheet) -> Mapping:
    """The map that the verdict names: how units are found."""
    if one.join is None or not one.join.needs_map:
        return NO_MAPPING
    east, north = one.place if one.place and "point" in one.join.by else ("", "")
    return replace(NO_MAPPING, match=How(by=one.join.by, x=east, y=north))


def _is_values(found: Examination, one: TableSheet) -> bool:
    told: dict[str, Any] = found.extra_data[one.title]["values"]
    return str(told["form"]) != "none"


def _counted(issues: list[Issue]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for issue in issues:
        counts[issue.code] += issue.count
    return counts


def _year(city: City) -> int:
    """A year to try with: the newest that the city names, else this year's."""
    known = city.folder.config.cutoffs
    return max(known) if known else city.folder.config.day().year
