"""Resident surveys: answers stay private, sums and counts of each unit become values.

A 5-point answer becomes 0, 25, 50, 75 or 100. Numerator = sum of scores, denominator = number of
answers, so a parent's satisfaction is Σsum/Σn and never a mean of means.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.release import open_model
from cim_bridge.sheets import column_letter
from cim_bridge.staging import file_digest, stage
from indicator_overlays.aliases import SURVEY
from indicator_overlays.delivery import Delivery, LoadReport, write_batch
from indicator_overlays.indicator import Indicator
from indicator_overlays.indicatorindex import IndicatorIndex
from indicator_overlays.period import Period, year_period
from indicator_overlays.records import Records, read_records
from indicator_overlays.times import read_dates
from indicator_overlays.unitjoin import join_units
from indicator_overlays.values import VALUES_SCHEMA

SATISFACTION = "resident_satisfaction"
"""Code of the indicator that an overall answer feeds."""

SMALL_SAMPLE = 30
"""Fewer answers than this in a unit are flagged as a small sample."""

GROUPS: tuple[str, ...] = ("age", "education", "income", "registration", "area_group")
"""Columns by which a sample is broken down."""

_WORDS = {
    "非常满意": 5.0, "很满意": 5.0, "满意": 4.0, "比较满意": 4.0, "一般": 3.0, "不满意": 2.0,
    "不太满意": 2.0, "非常不满意": 1.0, "很不满意": 1.0, "very satisfied": 5.0, "satisfied": 4.0,
    "neutral": 3.0, "dissatisfied": 2.0, "very dissatisfied": 1.0,
}  # fmt: skip


def load_survey(delivery: Delivery) -> LoadReport:
    """Load raw answers: rows into surveys/<digest>/, sums of each unit into a batch of values."""
    index = IndicatorIndex(delivery.systems, delivery.folder.config.default_system)
    answers = [
        _answers(records, delivery, index)
        for records in read_records(delivery, SURVEY, ("unit_id",), "unit_id")
    ]
    if not answers and not delivery.log.errors:
        delivery.log.add("EMPTY_FILE", file=delivery.files[0])
    delivery.log.raise_if_errors()
    frame = pd.concat(answers, ignore_index=True)
    period = _period(frame, delivery)
    delivery.log.raise_if_errors()
    digest = _keep_answers(frame, delivery)
    values = _aggregate(frame, period, delivery)
    table = pa.Table.from_pandas(values[VALUES_SCHEMA.names], VALUES_SCHEMA, preserve_index=False)
    table = table.replace_schema_metadata(None)
    manifest = delivery.manifest("survey", len(frame)) | {"survey": digest}
    batch = write_batch(delivery.folder, manifest, table)
    codes = tuple(sorted(frame["indicator"].unique()))
    return LoadReport(batch, table.num_rows, delivery.log, "survey", codes, (period.code,))


def _answers(records: Records, delivery: Delivery, index: IndicatorIndex) -> pd.DataFrame:
    """One row an answer to one question: position of the unit, indicator, score 0 to 100."""
    frame, letters = records.frame, records.letters
    position = join_units(
        frame["unit_id"], frame["level"], delivery, records.finder, letters, frame
    )
    dates = read_dates(frame["date"], records.finder, letters.get("date", ""))
    base = frame[["channel", *GROUPS]].assign(
        position=position, date=pd.Series(dates, dtype="object")
    )
    parts = []
    for at, item in _questions(records, delivery, index):
        cells = records.sheet.frame.iloc[:, at]
        score = _scores(cells, records, delivery, records.sheet.titles[at], at)
        parts.append(base.assign(score=score, indicator=item.code, system=item.system))
    if not parts:
        return base.iloc[:0].assign(score=0.0, indicator="", system="")
    found = pd.concat(parts, ignore_index=True)
    return found[found["score"].notna() & (found["position"] >= 0)]


def _questions(
    records: Records, delivery: Delivery, index: IndicatorIndex
) -> list[tuple[int, Indicator]]:
    """Columns that hold answers: the overall one, and any titled as an indicator."""
    found = []
    at = records.columns.get("satisfaction")
    if at is not None:
        item = index.find(SATISFACTION, delivery.mapping.system) or index.find(SATISFACTION)
        if item is None:
            delivery.log.add(
                "INDICATOR_UNKNOWN", file=records.sheet.file, indicator=SATISFACTION,
                hint="", hint_zh="",
            )  # fmt: skip
        else:
            found.append((at, item))
    for position, title in enumerate(records.sheet.titles):
        read = index.title(title, delivery.mapping.system) if title else None
        if read is not None and position not in records.columns.values():
            found.append((position, read.indicator))
    if not found and not delivery.log.errors:
        delivery.log.add(
            "HEADER_MISSING", file=records.sheet.file, column="satisfaction",
            found="、".join(filter(None, records.sheet.titles[:12])),
        )  # fmt: skip
    return found


def _scores(
    cells: pd.Series[str], records: Records, delivery: Delivery, title: str, at: int
) -> npt.NDArray[np.float64]:
    """Points 1 to 5 (`scale.max` in the mapping) or words → 0 to 100; NaN where not answered."""
    top = delivery.mapping.scale.get("max", 5.0)
    low = delivery.mapping.scale.get("min", 1.0)
    plain = cells.str.lower()
    points = plain.map(_WORDS).fillna(pd.to_numeric(cells, errors="coerce")).to_numpy(float)
    blank = (cells == "").to_numpy(bool) | cells.isin(delivery.mapping.nulls).to_numpy(bool)
    bad = ~blank & ~((points >= low) & (points <= top))
    records.finder.report(
        "ANSWER_OUT_OF_SCALE", bad, column_letter(at),
        text=cells, low=f"{low:g}", high=f"{top:g}", question=title,
    )  # fmt: skip
    return np.where(blank, np.nan, (points - low) / (top - low) * 100.0)


def _period(frame: pd.DataFrame, delivery: Delivery) -> Period:
    """The checkup year's calendar year; without one the window of the answers' dates."""
    asked = delivery.year if delivery.year is not None else delivery.mapping.year
    if asked is not None:
        return year_period(delivery.folder.config.cutoff(asked).year)
    days = [day for day in frame["date"] if day is not None]
    if not days:
        delivery.log.add("PERIOD_MISSING", file=delivery.files[0])
        return year_period(1)
    first, last = min(days), max(days)
    return Period.of(f"{first}..{last}", first, last)


def _keep_answers(frame: pd.DataFrame, delivery: Delivery) -> str:
    """Raw answers and counts by group, named by content; this folder is never served."""
    rows = frame.assign(unit_id=delivery.units.ids(frame["position"].to_numpy(np.int64)).to_numpy())
    rows = rows.drop(columns=["position"])
    groups = [
        rows[rows[name] != ""]
        .groupby(["system", "indicator", "unit_id", name], sort=True)["score"]
        .agg(["sum", "count"])
        .reset_index()
        .rename(columns={name: "class"})
        .assign(group=name)
        for name in GROUPS
        if (rows[name] != "").any()
    ]
    with stage(delivery.folder.surveys) as staging:
        pq.write_table(_plain(rows), staging.path / "answers.parquet", compression="zstd")
        if groups:
            shares = pd.concat(groups, ignore_index=True)
            pq.write_table(_plain(shares), staging.path / "groups.parquet", compression="zstd")
        return staging.commit(
            {
                "kind": "survey",
                "source": delivery.source,
                "year": delivery.year,
                "rows": len(rows),
                "files": [{"name": f.name, "sha256": file_digest(f)} for f in delivery.files],
            }
        )


def _plain(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def _aggregate(frame: pd.DataFrame, period: Period, delivery: Delivery) -> pd.DataFrame:
    """Sum and count of every unit that answered and of every unit above it."""
    units = open_model(delivery.folder).columns("id", *(f"parent_{p}" for p in PARENT_LEVELS))
    parents = units.to_pandas().set_index("id")
    own = delivery.units.ids(frame["position"].to_numpy(np.int64)).to_numpy(object)
    answers = frame[["system", "indicator", "score"]].reset_index(drop=True)
    above = parents.reindex(own).to_numpy(object)
    layers = [answers.assign(unit_id=own)]
    layers += [answers.assign(unit_id=above[:, column]) for column in range(above.shape[1])]
    every = pd.concat(layers, ignore_index=True).dropna(subset=["unit_id"])
    grouped = every.groupby(["unit_id", "system", "indicator"], sort=True)["score"]
    found = grouped.agg(["sum", "count"]).reset_index()
    count = found["count"].astype("str")
    note = ("n=" + count).where(found["count"] >= SMALL_SAMPLE, "n=" + count + "; small_sample")
    return pd.DataFrame(
        {
            **{name: found[name] for name in ("unit_id", "system", "indicator")},
            "level": found["unit_id"].str.split(":").str[0],
            "period": period.code,
            "period_start": period.start,
            "period_end": period.end,
            "value": found["sum"] / found["count"],
            "numerator": found["sum"],
            "denominator": found["count"].astype("float64"),
            "unit": "score 0-100",
            "state": "measured",
            "source": delivery.source,
            "source_kind": delivery.source_kind,
            "method": "survey",
            "method_version": "1",
            "cutoff_date": delivery.mapping.cutoff,
            "note": note,
            "place": delivery.files[0].name,
        }
    )
