"""Task table 任务分解表: which department delivers which indicator until when."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicator_overlays.aliases import TASKS
from indicator_overlays.delivery import Delivery, LoadReport, write_batch
from indicator_overlays.findings import Finder
from indicator_overlays.indicatorindex import IndicatorIndex
from indicator_overlays.records import Records, duplicates_across, finish, read_records
from indicator_overlays.times import read_dates
from indicator_overlays.unitjoin import join_units
from indicator_overlays.values import TASKS_SCHEMA


def load_tasks(delivery: Delivery) -> LoadReport:
    """Load a task table; unknown indicators or units and unreadable dates refuse it.

    A row without a unit asks for the indicator of the whole city. One (indicator, unit, year) is
    one task: a later table replaces it.
    """
    index = IndicatorIndex(delivery.systems, delivery.folder.config.default_system)
    frames = [
        _tasks(records, delivery, index)
        for records in read_records(delivery, TASKS, ("indicator", "department_zh"), "indicator")
    ]
    duplicates_across(frames, "task_id", delivery)
    if not frames and not delivery.log.errors:
        delivery.log.add("EMPTY_FILE", file=delivery.files[0])
    delivery.log.raise_if_errors()
    table = finish(frames, TASKS_SCHEMA)
    digest = write_batch(delivery.folder, delivery.manifest("tasks", table.num_rows), table)
    return LoadReport(digest, table.num_rows, delivery.log, "tasks")


def _tasks(records: Records, delivery: Delivery, index: IndicatorIndex) -> pd.DataFrame:
    frame, letters = records.frame, records.letters
    for name in ("indicator", "department_zh"):
        records.required(name)
    found = [index.find(word, delivery.mapping.system) for word in frame["indicator"]]
    unknown = np.array([item is None for item in found]) & (frame["indicator"] != "").to_numpy(bool)
    near = pd.Series([index.nearest(word) if bad else "" for word, bad in
                      zip(frame["indicator"], unknown, strict=True)], dtype="str")  # fmt: skip
    records.finder.report(
        "INDICATOR_UNKNOWN", unknown, letters.get("indicator", ""), indicator=frame["indicator"],
        hint=("; the nearest is " + near).where(near != "", ""),
        hint_zh=("；最接近的是 " + near).where(near != "", ""),
    )  # fmt: skip
    deadline = read_dates(frame["deadline"], records.finder, letters.get("deadline", ""))
    year = records.number("year", delivery)
    year = year.fillna(float(delivery.year)) if delivery.year is not None else year
    records.finder.report("YEAR_MISSING", year.isna().to_numpy(bool), letters.get("year", ""))
    units = _units(records, delivery)
    code = [item.code if item else "" for item in found]
    numbers = year.fillna(0).astype(int)
    ids = [f"{c}|{u}|{y}" for c, u, y in zip(code, units, numbers, strict=True)]
    told = pd.Series(ids, dtype="str")
    records.finder.report(
        "DUPLICATE_ID", told.duplicated().to_numpy(bool), letters.get("indicator", ""), value=told
    )
    return pd.DataFrame(
        {
            "task_id": ids,
            "system": [item.system if item else "" for item in found],
            "indicator": code,
            "unit_id": units,
            "year": numbers,
            "department_zh": frame["department_zh"],
            "department_en": frame["department_en"],
            "deadline": deadline,
            "note": frame["note"],
            "place": records.places(),
        }
    )


def _units(records: Records, delivery: Delivery) -> list[str]:
    """Public unit ids; "" where the task is the whole city's."""
    frame = records.frame
    some = np.flatnonzero((frame["unit_id"] != "").to_numpy(bool))
    ids = np.full(len(frame), "", object)
    if len(some):
        part = frame.iloc[some].reset_index(drop=True)
        finder = Finder(
            delivery.log, records.finder.places.iloc[some].reset_index(drop=True), part["unit_id"]
        )
        position = join_units(part["unit_id"], part["level"], delivery, finder, records.letters)
        names = delivery.units.ids(np.maximum(position, 0)).to_numpy(object)
        ids[some] = np.where(position >= 0, names, "")
    return [str(name) for name in ids]
