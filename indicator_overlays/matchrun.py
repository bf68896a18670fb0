"""`cimtwin match`: what would find its place, before anything is loaded; writes the review list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.matching.how import How
from cim_bridge.progress import SILENT, Progress
from indicator_overlays.aliases import PROBLEMS, SURVEY, VALUES
from indicator_overlays.delivery import Delivery
from indicator_overlays.entries import are_totals
from indicator_overlays.mapping import NO_MAPPING, read_mapping
from indicator_overlays.records import read_records
from indicator_overlays.unitjoin import join_units
from indicator_overlays.unitmatch import report_lines

KINDS = {"values": VALUES, "survey": SURVEY, "problems": PROBLEMS}
"""Kinds of tables of which each row has one place."""


@dataclass(frozen=True)
class MatchReport:
    """What matched; `review` is the list that was written, `open_rows` its undecided rows."""

    match: dict[str, Any]
    lines: tuple[str, ...]
    review: Path
    open_rows: int
    log: IssueLog


def match_tables(
    folder: CityFolder, files: Sequence[Path], *, source: str, kind: str = "values",
    level: str = "", key: str = "", mapping: Path | None = None, progress: Progress = SILENT,
) -> MatchReport:  # fmt: skip
    """Match the names of tables as `load` would; nothing but the review list is written.

    A map without `[match]`, or none, means ids and external ids only. Raises InputRefused when a
    table or the review list cannot be read.
    """
    known = read_mapping(mapping) if mapping is not None else NO_MAPPING
    known = replace(known, match=known.match or How())
    delivery = Delivery(
        folder, tuple(files), source, kind, level=level, key=key, mapping=known, progress=progress
    )
    matcher = delivery.matcher
    assert matcher is not None  # noqa: S101 - the mapping has [match]
    asked = {name: KINDS[kind][name] for name in ("unit_id", "level")}
    read = 0
    progress.stage("match", len(files))
    for records in read_records(delivery, asked, ("unit_id",), "unit_id"):
        keep = ~are_totals(records.frame["unit_id"])
        frame = records.frame[keep].reset_index(drop=True)
        finder = replace(
            records.finder, ids=frame["unit_id"],
            places=records.finder.places[keep.to_numpy()].reset_index(drop=True),
        )  # fmt: skip
        join_units(frame["unit_id"], frame["level"], delivery, finder, records.letters, frame)
        read += len(frame)
    if not read and not delivery.log.errors:
        delivery.log.add("EMPTY_FILE", file=files[0])
    undecided = [issue for issue in delivery.log.errors if issue.code != "MATCH_UNDECIDED"]
    if undecided:
        delivery.log.raise_if_errors()
    matcher.review.write()
    progress.done()
    told = matcher.report()
    lines = tuple(report_lines(told, matcher.review))
    return MatchReport(told, lines, matcher.review.path, matcher.review.open_rows, delivery.log)
