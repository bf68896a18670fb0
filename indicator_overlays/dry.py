"""What a table of values holds, before it is loaded: indicators, units, marks, text in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.sheets import Sheet, column_letter
from indicator_overlays.aliases import VALUES, find_columns, known_words
from indicator_overlays.cells import NOT_A_NUMBER, read_numbers
from indicator_overlays.delivery import Delivery
from indicator_overlays.indicator import Indicator
from indicator_overlays.indicatorindex import IndicatorIndex
from indicator_overlays.load import checked_values
from indicator_overlays.mapping import NO_MAPPING
from indicator_overlays.unitofmeasure import same_unit

_EXAMPLES = 3


@dataclass(frozen=True)
class DryColumn:
    """Values of one indicator in one sheet.

    title: of the column (wide) or the word of the indicator (long). written: unit in the title, ""
    none. nulls: mark → cells. texts: addresses of cells that are no number. fraction: a percentage
    whose every value lies in 0 to 1.
    """

    title: str
    indicator: Indicator
    written: str
    numbers: int
    empty: int
    nulls: dict[str, int]
    bad: int
    texts: tuple[str, ...]
    fraction: bool

    @property
    def converts(self) -> bool:
        """Whether the unit in the title is not the indicator's own."""
        return bool(self.written) and not same_unit(self.written, self.indicator.unit)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "title": self.title,
            "system": self.indicator.system,
            "code": self.indicator.code,
            "name": dict(self.indicator.name),
            "unit": self.indicator.unit,
            "unit_written": self.written or None,
            "numbers": self.numbers,
            "empty": self.empty,
            "null_marks": self.nulls,
            "text_cells": self.bad,
            "text_examples": list(self.texts),
            "percent_as_fraction": self.fraction,
        }


@dataclass
class DrySheet:
    """What one sheet is. form: long, wide or none. near: title → code that it is close to."""

    form: str
    columns: list[DryColumn] = field(default_factory=list)
    near: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    has_period: bool = False
    has_level: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "form": self.form,
            "indicators": [column.to_json() for column in self.columns],
            "near": self.near,
            "ignored": self.ignored,
            "has_period": self.has_period,
        }


def is_word(index: IndicatorIndex, key: str = "") -> Any:
    """A test for words of a table's header: known column names and indicators."""
    words = known_words(VALUES, NO_MAPPING, (key,))

    def known(cell: str) -> bool:
        from cim_bridge.sheets import normal

        return normal(cell) in words or index.title(cell) is not None

    return known


def look_at_sheet(sheet: Sheet, index: IndicatorIndex, key: str) -> DrySheet:
    """Tell what a sheet holds; needs no model and no city."""
    at = find_columns(sheet.titles, VALUES, NO_MAPPING, key)
    found = DrySheet("none", has_period=bool({"period", "year", "period_start"} & set(at)))
    found.has_level = "level" in at
    if {"indicator", "value"} <= set(at):
        found.form = "long"
        found.columns = _long(sheet, at, index)
        return found
    for position, title in enumerate(sheet.titles):
        if not title or position in at.values():
            continue
        read = index.title(title)
        if read is None:
            near = index.nearest(title)
            if near:
                found.near[title] = near
            else:
                found.ignored.append(title)
        elif read.part == "value":
            cells = sheet.frame.iloc[:, position].reset_index(drop=True)
            letters = column_letter(position) + pd.Series(sheet.rows).astype("str")
            found.columns.append(_column(title, read.indicator, read.unit, cells, letters))
    if found.columns:
        found.form = "wide"
    return found


def _long(sheet: Sheet, at: dict[str, int], index: IndicatorIndex) -> list[DryColumn]:
    words = sheet.frame.iloc[:, at["indicator"]].reset_index(drop=True)
    cells = sheet.frame.iloc[:, at["value"]].reset_index(drop=True)
    letters = column_letter(at["value"]) + pd.Series(sheet.rows).astype("str")
    units = sheet.frame.iloc[:, at["unit"]].reset_index(drop=True) if "unit" in at else None
    found = []
    for word in dict.fromkeys(words.tolist()):
        indicator = index.find(str(word))
        if indicator is None:
            continue
        mine = (words == word).to_numpy(bool)
        written = str(units[mine].iloc[0]) if units is not None else ""
        found.append(_column(str(word), indicator, written, cells[mine], letters[mine]))
    return found


def _column(
    title: str, indicator: Indicator, written: str, cells: pd.Series[str], letters: pd.Series[str]
) -> DryColumn:
    cells, letters = cells.reset_index(drop=True), letters.reset_index(drop=True)
    read = read_numbers(cells, NO_MAPPING.nulls)
    number = np.isfinite(read.value)
    marked = (read.state != "") & ~number
    bad = read.outcome >= NOT_A_NUMBER
    values = read.value[number & (read.unit != "%")]
    fraction = bool(
        indicator.is_percent and written != "fraction" and len(values) and (values > 0).any()
        and values.max() <= 1.0 and values.min() >= 0.0
    )  # fmt: skip
    shown = [f"{letters[n]} {cells[n]}" for n in np.flatnonzero(bad)[:_EXAMPLES].tolist()]
    return DryColumn(
        title, indicator, written, int(number.sum()), int((cells == "").sum()),
        dict(Counter(cells[marked].tolist())), int(bad.sum()), tuple(shown), fraction,
    )  # fmt: skip


def dry_load(delivery: Delivery) -> tuple[int, IssueLog]:
    """(values that would be loaded, findings) of `cimtwin load`; nothing is written."""
    try:
        return len(checked_values(delivery)), delivery.log
    except InputRefused as exc:
        return 0, exc.log
