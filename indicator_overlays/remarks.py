"""Qualitative grades and remarks beside numbers 定性结论: what each source says in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from indicator_overlays.delivery import Delivery, LoadReport, write_batch
from indicator_overlays.indicatorindex import IndicatorIndex
from indicator_overlays.records import Records, duplicates_across, finish, read_records
from indicator_overlays.times import read_dates, read_periods
from indicator_overlays.unitjoin import join_units

REMARKS: dict[str, tuple[str, ...]] = {
    "unit_id": ("unit id", "unit", "id", "单元编码", "单元编号", "单元", "编码", "编号"),
    "level": ("level", "层级", "单元层级"),
    "system": ("system", "指标体系", "体系"),
    "indicator": ("indicator", "code", "指标编码", "指标", "指标名称"),
    "period": ("period", "统计期", "时期", "年份"),
    "period_start": ("period start", "起始日期"),
    "period_end": ("period end", "截止日期"),
    "year": ("year", "checkup year", "体检年份", "年度"),
    "grade_zh": ("grade zh", "grade", "等级", "评级", "定性等级"),
    "grade_en": ("grade en",),
    "remark_zh": ("remark zh", "remark", "定性说明", "定性结论", "评语", "说明"),
    "remark_en": ("remark en",),
    "reviewer": ("reviewer", "评定人", "评审人"),
    "date": ("date", "日期", "评定日期"),
    "source": ("source", "来源"),
}
"""Columns of a table of remarks; a table of values that has them may be given as it is."""

_REMARKS: dict[str, pa.DataType] = {
    "remark_id": pa.string(),
    "unit_id": pa.string(),
    "level": pa.string(),
    "system": pa.string(),
    "indicator": pa.string(),
    "period": pa.string(),
    "source": pa.string(),
    "grade_zh": pa.string(),
    "grade_en": pa.string(),
    "remark_zh": pa.string(),
    "remark_en": pa.string(),
    "reviewer": pa.string(),
    "date": pa.date32(),
    "place": pa.string(),
}
REMARKS_SCHEMA = pa.schema(_REMARKS)
"""remarks.parquet: one row for each value and source that something was said of."""

GRADES: dict[str, str] = {
    "很好": "very good", "较好": "good", "一般": "fair", "较差": "poor", "无标准": "no standard",
    "优秀": "excellent", "优": "excellent", "良好": "good", "良": "good", "中": "fair",
    "差": "poor", "达标": "meets the standard", "基本达标": "nearly meets the standard",
    "不达标": "does not meet the standard", "正常": "normal", "关注": "to be watched",
    "预警": "warning", "风险": "at risk",
}  # fmt: skip
"""Grades seen in the field, zh → en; any other word is kept as it is written."""

_IN_CHINESE = {english: chinese for chinese, english in reversed(GRADES.items())}


def load_remarks(delivery: Delivery) -> LoadReport:
    """Load grades and remarks; unclear units, indicators, periods or dates refuse the delivery.

    A row without both says nothing and is left out; the count of those taken is in the report.
    """
    index = IndicatorIndex(delivery.systems, delivery.folder.config.default_system)
    frames = [
        _remarks(records, delivery, index)
        for records in read_records(delivery, REMARKS, ("unit_id", "indicator"), "unit_id")
    ]
    duplicates_across(frames, "remark_id", delivery)
    if not frames and not delivery.log.errors:
        delivery.log.add("EMPTY_FILE", file=delivery.files[0])
    taken = [frame[(frame["grade_zh"] != "") | (frame["remark_zh"] != "")] for frame in frames]
    if frames and not sum(map(len, taken)) and not delivery.log.errors:
        count = sum(map(len, frames))
        delivery.log.add("NOTHING_TAKEN", file=delivery.files[0], count=count)
    delivery.log.raise_if_errors()
    table = finish(taken, REMARKS_SCHEMA)
    digest = write_batch(delivery.folder, delivery.manifest("remarks", table.num_rows), table)
    return LoadReport(digest, table.num_rows, delivery.log, "remarks")


def _remarks(records: Records, delivery: Delivery, index: IndicatorIndex) -> pd.DataFrame:
    frame, letters, finder = records.frame, records.letters, records.finder
    position = join_units(frame["unit_id"], frame["level"], delivery, finder, letters, frame)
    units = delivery.units.ids(np.maximum(position, 0)).where(position >= 0, "")
    asked = frame["system"].where(frame["system"] != "", delivery.mapping.system or "")
    found = [
        index.find(word, str(system)) or index.find(word)
        for word, system in zip(frame["indicator"], asked, strict=True)
    ]
    finder.report(
        "INDICATOR_UNKNOWN", np.array([item is None for item in found], bool),
        letters.get("indicator", ""), indicator=frame["indicator"], hint="", hint_zh="",
    )  # fmt: skip
    period = read_periods(records, delivery, finder)["period"]
    code = [item.code if item else "" for item in found]
    system = [item.system if item else "" for item in found]
    source = frame["source"].where(frame["source"] != "", delivery.source)
    parts = zip(units, system, code, period, source, strict=True)
    ids = pd.Series(["|".join(map(str, part)) for part in parts], dtype="str")
    finder.report("DUPLICATE_ID", ids.duplicated().to_numpy(bool), "", value=ids)
    grades = _both(frame["grade_zh"], frame["grade_en"], GRADES, _IN_CHINESE)
    remarks = _both(frame["remark_zh"], frame["remark_en"], {}, {})
    return pd.DataFrame(
        {
            "remark_id": ids,
            "unit_id": units,
            "level": units.str.split(":").str[0],
            "system": system,
            "indicator": code,
            "period": period,
            "source": source,
            "grade_zh": grades[0],
            "grade_en": grades[1],
            "remark_zh": remarks[0],
            "remark_en": remarks[1],
            "reviewer": frame["reviewer"],
            "date": read_dates(frame["date"], finder, letters.get("date", "")),
            "place": records.places(),
        }
    )


def _both(
    zh: pd.Series[str], en: pd.Series[str], to_en: dict[str, str], to_zh: dict[str, str]
) -> tuple[pd.Series[str], pd.Series[str]]:
    """Both languages; a missing one is known from the other or repeats it."""
    first = zh.where(zh != "", en)
    chinese = first.map(lambda word: to_zh.get(word, word))
    told = chinese.map(lambda word: to_en.get(word, word))
    return chinese, en.where(en != "", told)
