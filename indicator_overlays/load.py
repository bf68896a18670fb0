"""`cimtwin load`: tables in, one immutable batch out, or every reason why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.sheets import normal, read_sheets
from indicator_overlays.aliases import VALUES, known_words
from indicator_overlays.amounts import read_amounts
from indicator_overlays.delivery import Delivery, LoadReport, write_batch
from indicator_overlays.entries import Entries, read_entries
from indicator_overlays.findings import Finder
from indicator_overlays.gates import check_values
from indicator_overlays.indicator import Indicator
from indicator_overlays.indicatorindex import IndicatorIndex
from indicator_overlays.links import load_links
from indicator_overlays.mapping import NO_MAPPING, Mapping, read_mapping
from indicator_overlays.matchcolumns import match_titles
from indicator_overlays.problems import load_problems
from indicator_overlays.projects import load_projects
from indicator_overlays.remarks import load_remarks
from indicator_overlays.store import ValueStore
from indicator_overlays.survey import load_survey
from indicator_overlays.tasks import load_tasks
from indicator_overlays.times import read_dates, read_periods
from indicator_overlays.unitjoin import join_units
from indicator_overlays.unitmatch import report_lines
from indicator_overlays.values import VALUES_SCHEMA, in_plain_text


def load(
    folder: CityFolder,
    files: Sequence[Path],
    *,
    source: str,
    kind: str = "values",
    year: int | None = None,
    level: str = "",
    key: str = "",
    mapping: Mapping | Path | None = None,
    progress: Progress = SILENT,
) -> LoadReport:
    """Load one delivery; InputRefused when anything in it is wrong, and then nothing is written.

    `year` is the checkup year, `level` the level of the ids, `key` the column that holds them;
    `mapping` a --map file or what was read from one.
    """
    known = read_mapping(mapping) if isinstance(mapping, Path) else mapping or NO_MAPPING
    delivery = Delivery(
        folder=folder,
        files=tuple(Path(file) for file in files),
        source=source,
        kind=kind,
        year=year,
        level=level,
        key=key,
        mapping=known,
        progress=progress,
    )
    loaders: dict[str, Callable[[Delivery], LoadReport]] = {
        "values": load_values,
        "survey": load_survey,
        "problems": load_problems,
        "projects": load_projects,
        "links": load_links,
        "tasks": load_tasks,
        "remarks": load_remarks,
    }
    try:
        report = loaders[kind](delivery)
    finally:
        write_review(delivery)
    return with_match(report, delivery)


def write_review(delivery: Delivery) -> None:
    """Write the review list of a delivery that matched names, refused or not: it is work to do."""
    if delivery.matched is not None:
        delivery.matched.review.write()


def with_match(report: LoadReport, delivery: Delivery) -> LoadReport:
    """The report with what was matched, where the map has `[match]`."""
    if delivery.matched is None:
        return report
    told = delivery.matched.report()
    lines = report_lines(told, delivery.matched.review)
    return replace(report, match=told, match_lines=tuple(lines))


def load_values(delivery: Delivery) -> LoadReport:
    """Load a table of values, long or wide."""
    kept = checked_values(delivery)
    log = delivery.log
    written = pa.Table.from_pandas(kept[VALUES_SCHEMA.names], VALUES_SCHEMA, preserve_index=False)
    systems, indicators, periods = (
        tuple(sorted(kept[name].unique())) for name in ("system", "indicator", "period")
    )
    manifest = delivery.manifest("values", len(kept), systems[0] if len(systems) == 1 else "")
    digest = write_batch(delivery.folder, manifest, written.replace_schema_metadata(None))
    return LoadReport(digest, len(kept), log, "values", indicators, periods)


def checked_values(delivery: Delivery) -> pd.DataFrame:
    """Typed values that would be loaded; InputRefused with every finding, and nothing is written.

    Findings that do not refuse the delivery stand in its log.
    """
    log = delivery.log
    delivery.need_model()
    parts = _read(delivery)
    if not parts and not log.errors:
        log.add("EMPTY_FILE", file=delivery.files[0] if delivery.files else "")
    if not parts:
        log.raise_if_errors()
    table = pd.concat(parts, ignore_index=True)
    _check(table, delivery, log)
    kept = table[table["unit_id"] != ""]
    if kept.empty and not log.errors:
        log.add("NOTHING_TAKEN", file=delivery.files[0], count=len(table))
    log.raise_if_errors()
    return kept


def _read(delivery: Delivery) -> list[pd.DataFrame]:
    """Every sheet of every file as typed values; faults go to the log."""
    index = IndicatorIndex(delivery.systems, delivery.folder.config.default_system)
    more = (delivery.key, delivery.mapping.key, *match_titles(delivery.mapping))
    words = known_words(VALUES, delivery.mapping, more)

    def is_known(cell: str) -> bool:
        return normal(cell) in words or index.title(cell) is not None

    parts: list[pd.DataFrame] = []
    delivery.progress.stage("read", len(delivery.files))
    for file in delivery.files:
        for sheet in read_sheets(file, delivery.mapping, is_known, delivery.log):
            entries = read_entries(sheet, delivery, index, delivery.log)
            if entries is not None and len(entries.frame):
                parts.append(_values(entries, delivery, index))
        delivery.progress.advance()
    delivery.progress.done()
    return parts


def _values(entries: Entries, delivery: Delivery, index: IndicatorIndex) -> pd.DataFrame:
    """Text entries of one sheet → typed values; faults go to the log, their rows stay in place."""
    finder = entries.finder(delivery.log)
    indicators, which = _indicators(entries, delivery, index)
    known = pd.Series(which >= 0)
    if not known.all():
        entries, which = entries.only(known), which[known.to_numpy()]
        finder = entries.finder(delivery.log)
    frame = entries.frame
    position = join_units(
        frame["unit_id"], frame["level"], delivery, finder, entries.letters, frame
    )
    found = position >= 0
    periods = read_periods(entries, delivery, finder)
    amounts = read_amounts(entries, indicators, which, delivery, finder)
    safe = np.maximum(position, 0)
    ids, levels = delivery.units.ids(safe), delivery.units.levels(safe)
    cutoffs = read_dates(frame["cutoff_date"], finder, entries.letters.get("cutoff_date", ""))
    numbers = frame["row"].astype("str")
    sheet = frame["file"] + "!" + frame["sheet"].where(frame["sheet"] == "", frame["sheet"] + "!")
    table = pd.DataFrame(
        {
            "unit_id": ids.where(found, ""),
            "level": levels.where(found, ""),
            "system": np.array([item.system for item in indicators], object)[which],
            "indicator": np.array([item.code for item in indicators], object)[which],
            **{name: periods[name] for name in periods},
            **{name: amounts[name] for name in amounts},
            "source": delivery.source,
            "source_kind": delivery.source_kind,
            "method": frame["method"].where(frame["method"] != "", delivery.mapping.method),
            "method_version": frame["method_version"],
            "cutoff_date": [day or delivery.mapping.cutoff for day in cutoffs],
            "note": _notes(frame, delivery),
            "place": sheet + frame["letter"].astype("str") + numbers,
        }
    )
    places = frame[["file", "sheet", "row", "letter"]]
    told = frame[["unit_id", "confirmed"]]
    return pd.concat([table, places.add_prefix("at_"), told.add_prefix("at_")], axis=1)


def _notes(frame: pd.DataFrame, delivery: Delivery) -> pd.Series[str]:
    """The row's note and what it was confirmed with; a value that several units share carries
    `shared=<group>` in it."""
    shared = frame["shared"]
    column = delivery.mapping.shared_column
    groups = {unit: group for group, ids in delivery.mapping.shared_groups.items() for unit in ids}
    if groups:
        shared = frame["unit_id"].map(groups).astype("object").fillna(shared).astype("str")
    if column and (shared == "").all():
        delivery.log.add(
            "HEADER_MISSING", file=str(frame["file"].iloc[0]), column=column, found="shared"
        )
    sure = ("confirmed: " + frame["confirmed"]).where(frame["confirmed"] != "", "")
    mark = ("shared=" + shared).where(shared != "", "")
    return _joined(_joined(frame["note"], sure), mark)


def _joined(first: pd.Series[str], second: pd.Series[str]) -> pd.Series[str]:
    both = (first != "") & (second != "")
    return first + pd.Series("; ", index=first.index, dtype="str").where(both, "") + second


def _indicators(
    entries: Entries, delivery: Delivery, index: IndicatorIndex
) -> tuple[list[Indicator], npt.NDArray[np.int64]]:
    """The indicators of a sheet and which of them each row is; -1 where unknown (told)."""
    frame = entries.frame
    asked = delivery.mapping.system
    pairs = frame["indicator"] + "\x1f" + frame["system"]
    codes, words = pd.factorize(pairs)
    known: list[Indicator] = []
    numbers, faults, hints = [], [], []
    back = {theirs: ours for ours, theirs in delivery.mapping.columns.items()}
    for pair in words:
        word, system = str(pair).split("\x1f")
        word = back.get(word, word)
        item = index.find(word, system or asked)
        numbers.append(len(known) if item is not None else -1)
        several = [] if system or asked else index.where(word)
        faults.append("" if item else "INDICATOR_AMBIGUOUS" if several else "INDICATOR_UNKNOWN")
        near = "" if item else index.nearest(word, system or asked)
        hints.append((", ".join(several), near))
        if item is not None:
            known.append(item)
    fault = np.array(faults, object)[codes]
    letter = entries.letters.get("indicator", "")
    finder = entries.finder(delivery.log)
    told = pd.Series([f"; the nearest is {near!r}" if near else "" for _, near in hints])
    finder.report(
        "INDICATOR_UNKNOWN", fault == "INDICATOR_UNKNOWN", letter,
        indicator=frame["indicator"], hint=told.iloc[codes], hint_zh=pd.Series(
            [f"；最接近的是 {near}" if near else "" for _, near in hints]
        ).iloc[codes],
    )  # fmt: skip
    finder.report(
        "INDICATOR_AMBIGUOUS", fault == "INDICATOR_AMBIGUOUS", letter,
        indicator=frame["indicator"], systems=pd.Series([names for names, _ in hints]).iloc[codes],
    )  # fmt: skip
    return known, np.array(numbers, np.int64)[codes]


def _earlier(delivery: Delivery, codes: list[str]) -> pd.DataFrame:
    return in_plain_text(ValueStore(delivery.folder).of(codes)).to_pandas()


def _check(table: pd.DataFrame, delivery: Delivery, log: IssueLog) -> None:
    """Checks that need the whole delivery, and what is stored already."""
    places = pd.DataFrame(
        {name: table[f"at_{name}"] for name in ("file", "sheet", "row", "letter")}
    )
    finder = Finder(log, places, table["at_unit_id"])
    codes, words = pd.factorize(table["system"] + "\x1f" + table["indicator"])
    pairs = [str(word).split("\x1f") for word in words]
    indicators = [delivery.systems[system].indicators[code] for system, code in pairs]
    earlier = _earlier(delivery, [code for _, code in pairs])
    check_values(table, indicators, codes.astype(np.int64), earlier, delivery, finder)
