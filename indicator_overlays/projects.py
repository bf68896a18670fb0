"""Renewal projects 更新项目: what is done where, by whom, until when, with which money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from indicator_overlays.aliases import PROJECTS
from indicator_overlays.delivery import Delivery, LoadReport, write_batch
from indicator_overlays.findings import Finder
from indicator_overlays.records import (
    Records,
    duplicates_across,
    finish,
    json_lists,
    read_records,
    split_words,
    whole,
)
from indicator_overlays.times import read_dates
from indicator_overlays.unitjoin import join_units
from indicator_overlays.values import PROJECTS_SCHEMA
from indicator_overlays.whatif.effects import EffectInvalid, effects_json, parse_effects

STATES = {
    "谋划": "planned", "储备": "planned", "计划": "planned", "立项": "approved", "前期": "approved",
    "已批复": "approved", "在建": "under_construction", "施工中": "under_construction",
    "建设中": "under_construction", "完工": "completed", "已完工": "completed",
    "竣工": "completed", "验收": "verified", "已验收": "verified", "销号": "verified",
    "运营": "verified", "暂停": "paused", "停工": "paused", "取消": "cancelled",
    "under construction": "under_construction",
}  # fmt: skip
"""Words of the state of a project → codes."""

_TEXTS = (
    "project_id", "name_zh", "name_en", "department_zh", "department_en", "fund_source",
    "description_zh", "description_en", "geometry_wkt",
)  # fmt: skip


def load_projects(delivery: Delivery) -> LoadReport:
    """Load a project list; unclear units, dates, states, ids or geometries refuse the delivery."""
    required = ("project_id", "name_zh")
    frames = [
        _projects(records, delivery)
        for records in read_records(delivery, PROJECTS, required, "project_id")
    ]
    duplicates_across(frames, "project_id", delivery)
    if not frames and not delivery.log.errors:
        delivery.log.add("EMPTY_FILE", file=delivery.files[0])
    delivery.log.raise_if_errors()
    table = finish(frames, PROJECTS_SCHEMA)
    manifest = delivery.manifest("projects", table.num_rows)
    digest = write_batch(delivery.folder, manifest, table)
    return LoadReport(digest, table.num_rows, delivery.log, "projects")


def _projects(records: Records, delivery: Delivery) -> pd.DataFrame:
    frame, letters, size = records.frame, records.letters, len(records.frame)
    for name in ("project_id", "name_zh"):
        records.required(name)
    records.unique("project_id")
    start = read_dates(frame["start"], records.finder, letters.get("start", ""))
    deadline = read_dates(frame["deadline"], records.finder, letters.get("deadline", ""))
    late = [bool(a and b and b < a) for a, b in zip(start, deadline, strict=True)]
    records.finder.report(
        "DEADLINE_BEFORE_START", np.array(late, bool), letters.get("deadline", ""),
        start=frame["start"], deadline=frame["deadline"],
    )  # fmt: skip
    progress = records.number("progress", delivery)
    outside = ((progress < 0) | (progress > 100)).to_numpy(bool)
    records.finder.report(
        "PROGRESS_OUT_OF_RANGE", outside, letters.get("progress", ""), value=frame["progress"]
    )
    return pd.DataFrame(
        {
            **{name: frame[name] for name in _TEXTS},
            "state": records.word("state", STATES, "PROJECT_STATE_UNKNOWN", "planned"),
            "deadline": deadline,
            "start": start,
            "investment_10k": _investment(records, delivery),
            "unit_ids": _units(records, delivery),
            "problem_ids": json_lists(split_words(frame["problem_ids"]), size),
            "rules": json_lists(split_words(frame["rules"]).map(whole), size),
            "progress": progress,
            "effects": _effects(records),
            "geometry_wkt": _geometry(records),
            "place": records.places(),
        }
    )


def _investment(records: Records, delivery: Delivery) -> pd.Series[float]:
    """In 万元; a column titled in 亿元 is converted, one in 元 too."""
    value = records.number("investment_10k", delivery)
    at = records.columns.get("investment_10k")
    title = records.sheet.titles[at] if at is not None else ""
    if "亿" in title:
        return value * 1e4
    return value / 1e4 if "元" in title and "万" not in title else value


def _units(records: Records, delivery: Delivery) -> list[str]:
    """JSON lists of public unit ids; a project may cover many units."""
    words = split_words(records.frame["unit_ids"])
    if words.empty:
        return ["[]"] * len(records.frame)
    rows = words.index.to_numpy(np.int64)
    ids = words.reset_index(drop=True)
    places = records.finder.places.iloc[rows].reset_index(drop=True)
    levels = records.frame["level"].iloc[rows].reset_index(drop=True)
    letters = {
        "unit_id": records.letters.get("unit_ids", ""),
        "level": records.letters.get("level", ""),
    }
    position = join_units(ids, levels, delivery, Finder(delivery.log, places, ids), letters)
    found = delivery.units.ids(np.maximum(position, 0))[position >= 0]
    found.index = pd.Index(rows[position >= 0])
    return json_lists(found, len(records.frame))


def _effects(records: Records) -> list[str]:
    """JSON lists of declared effects; text that is none is told, cell by cell."""
    written = records.frame["effects"]
    found, bad, reason = [], np.zeros(len(written), bool), np.full(len(written), "", object)
    for number, cell in enumerate(written):
        try:
            found.append(effects_json(parse_effects(str(cell))))
        except EffectInvalid as exc:
            bad[number], reason[number] = True, str(exc)
            found.append("[]")
    letter = records.letters.get("effects", "")
    records.finder.report("EFFECT_INVALID", bad, letter, part=pd.Series(reason, dtype="str"))
    return found


def _geometry(records: Records) -> pd.Series[str]:
    """WKT in the model CRS, checked; "" where there is none."""
    written = records.frame["geometry_wkt"]
    some = np.flatnonzero((written != "").to_numpy(bool))
    bad = np.zeros(len(written), bool)
    shapes = shapely.from_wkt(written.iloc[some].to_numpy(object), on_invalid="ignore")
    bad[some] = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    records.finder.report(
        "GEOMETRY_UNREADABLE", bad, records.letters.get("geometry_wkt", ""), text=written.str[:60]
    )
    return written
