"""Problem lists 问题清单 that people deliver: who found what where, and how bad it is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicator_overlays.aliases import PROBLEMS
from indicator_overlays.delivery import Delivery, LoadReport, write_batch
from indicator_overlays.indicatorindex import IndicatorIndex
from indicator_overlays.records import (
    Records,
    as_json_list,
    duplicates_across,
    finish,
    read_records,
    short_id,
    whole,
)
from indicator_overlays.times import read_dates
from indicator_overlays.unitjoin import join_units
from indicator_overlays.values import PROBLEMS_SCHEMA

SEVERITIES = {
    "高": "high", "严重": "high", "重大": "high", "红色": "high", "中": "medium", "一般": "medium",
    "黄色": "medium", "中等": "medium", "低": "low", "轻微": "low", "蓝色": "low",
}  # fmt: skip
"""Words of severity → codes."""

STATES = {
    "候选": "candidate", "待核实": "candidate", "确认": "confirmed", "已确认": "confirmed",
    "驳回": "rejected", "不属实": "rejected", "已派发": "assigned", "已分派": "assigned",
    "整改中": "rectifying", "整治中": "rectifying", "已提交": "submitted", "待验收": "submitted",
    "销号": "verified", "已销号": "verified", "已验收": "verified", "已完成": "verified",
    "退回": "returned", "遗留": "carried_over", "延续": "carried_over",
}  # fmt: skip
"""Words of the state of a problem → codes."""


def load_problems(delivery: Delivery) -> LoadReport:
    """Load a problem list; rows with an unclear unit, date, state or id refuse the delivery."""
    index = IndicatorIndex(delivery.systems, delivery.folder.config.default_system)
    required = ("unit_id", "title_zh")
    frames = [
        _problems(records, delivery, index)
        for records in read_records(delivery, PROBLEMS, required, "problem_id")
    ]
    duplicates_across(frames, "problem_id", delivery)
    if not frames and not delivery.log.errors:
        delivery.log.add("EMPTY_FILE", file=delivery.files[0])
    delivery.log.raise_if_errors()
    table = finish([frame[frame["unit_id"] != ""] for frame in frames], PROBLEMS_SCHEMA)
    digest = write_batch(delivery.folder, delivery.manifest("problems", table.num_rows), table)
    return LoadReport(digest, table.num_rows, delivery.log, "problems")


def _problems(records: Records, delivery: Delivery, index: IndicatorIndex) -> pd.DataFrame:
    frame = records.frame
    position = join_units(
        frame["unit_id"], frame["level"], delivery, records.finder, records.letters, frame
    )
    units = delivery.units.ids(np.maximum(position, 0)).where(position >= 0, "")
    rule = frame["rule"].map(whole)
    year = records.number("year", delivery).fillna(float(delivery.year or 0))
    records.finder.report("YEAR_MISSING", (year == 0).to_numpy(bool))
    made = [
        short_id(*parts)
        for parts in zip(units, rule, frame["title_zh"], year.astype("str"), strict=True)
    ]
    ids = frame["problem_id"].where(frame["problem_id"] != "", pd.Series(made, dtype="str"))
    records.unique("problem_id")
    records.required("title_zh")
    return pd.DataFrame(
        {
            "problem_id": ids,
            "unit_id": units,
            "year": year.astype("int32"),
            "rule": rule,
            "indicator": _indicators(records, index),
            **{
                name: frame[name]
                for name in (
                    "title_zh",
                    "title_en",
                    "description_zh",
                    "description_en",
                    "department_zh",
                    "department_en",
                )
            },
            "severity": records.word("severity", SEVERITIES, "SEVERITY_UNKNOWN", "medium"),
            "state": records.word("state", STATES, "PROBLEM_STATE_UNKNOWN", "candidate"),
            "found_date": read_dates(
                frame["found_date"], records.finder, records.letters.get("found_date", "")
            ),
            "source": frame["source"].where(frame["source"] != "", delivery.source),
            "people": records.number("people", delivery),
            "evidence": frame["evidence"].map(as_json_list),
            "place": records.places(),
        }
    )


def _indicators(records: Records, index: IndicatorIndex) -> pd.Series[str]:
    words = records.frame["indicator"]
    codes = {word: index.find(word) for word in words.unique() if word}
    unknown = words.isin([word for word, item in codes.items() if item is None]).to_numpy(bool)
    records.finder.report(
        "INDICATOR_UNKNOWN",
        unknown,
        records.letters.get("indicator", ""),
        indicator=words,
        hint="",
        hint_zh="",
    )
    known = {word: item.code for word, item in codes.items() if item is not None}
    return words.map(lambda word: known.get(word, ""))
