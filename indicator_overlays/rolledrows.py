"""Rolled-up numbers written as rows of values: ids, texts, notes, each word made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.levels import LEVELS
from indicator_overlays.hierarchy import Hierarchy
from indicator_overlays.origins import Origins
from indicator_overlays.values import ADOPTED_SCHEMA, SEVERAL, TEXT

SERIES = ("system", "indicator", "period", "period_start", "period_end")
"""What the values of one series have in common."""

MADE = (
    "series", "at", "level", "child", "children", "value", "numerator", "denominator", "number",
    "source", "batch", "cutoff", "seq", "coverage", "own",
)  # fmt: skip
"""Columns of rolled-up rows: numbers and codes only."""

NARROW = dict.fromkeys(("series", "at", "children", "source", "batch", "cutoff"), np.int32) | (
    dict.fromkeys(("level", "child"), np.int8)
)
"""Those that fit into fewer bytes."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """What all values of one indicator and period have in common, one row each."""

    batches: Origins
    table: pd.DataFrame
    """SERIES columns, unit, ratio (bool), scale, shift, wanted (levels it rolls up to), finest
    (number of the finest level it has values at)."""

    def wanted(self, level: str) -> npt.NDArray[np.bool_]:
        """Which series are rolled up to a level."""
        return np.array([level in levels for levels in self.table["wanted"]], bool)

    @property
    def rolled(self) -> npt.NDArray[np.bool_]:
        """Which series are rolled up at all."""
        return np.array([bool(levels) for levels in self.table["wanted"]], bool)


def rows_of(
    rows: pd.DataFrame, units: Hierarchy, series: Series, sources: list[str]
) -> tuple[pa.Table, npt.NDArray[np.float64]]:
    """Rows (columns MADE) as values (ADOPTED_SCHEMA) by unit id; how much of its unit each covers.

    sources: the words that `source` numbers, -1 for several of them.
    """
    if rows.empty:
        return ADOPTED_SCHEMA.empty_table(), np.zeros(0)
    names = np.asarray(units.ids, object)
    place = np.zeros(len(names), np.int64)
    place[np.argsort(names, kind="stable")] = np.arange(len(names))
    at, of = rows["at"].to_numpy(np.int64), rows["series"].to_numpy(np.int64)
    order = np.lexsort((of, place[at]))
    rows, at, of = rows.iloc[order], at[order], of[order]
    batch, several = np.unique(rows["batch"].to_numpy(np.int64), return_inverse=True)
    number = rows["number"].to_numpy(bool).astype(np.int64)
    columns: dict[str, Any] = {
        "unit_id": _worded(at, names),
        "level": _worded(rows["level"].to_numpy(np.int64), LEVELS),
        **{name: _about(series.table[name], of, name) for name in (*SERIES, "unit")},
        **{name: rows[name].to_numpy() for name in ("value", "numerator", "denominator", "seq")},
        "state": _worded(number, ("not_computable", "computed")),
        "source": _worded(rows["source"].to_numpy(np.int64), (*sources, SEVERAL)),
        "source_kind": "computed",
        "method": "rollup",
        "method_version": "1",
        "cutoff_date": _days(rows["cutoff"].to_numpy(np.int64)),
        "note": _notes(rows),
        "place": "",
        "batch": _worded(several.astype(np.int64), series.batches.words(batch)),
        "adopted": True,
        "n_sources": 1,
        "conflict": False,
        "spread": None,
    }
    arrays = [_array(columns[field.name], field.type, len(rows)) for field in ADOPTED_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=ADOPTED_SCHEMA), rows["coverage"].to_numpy(float)


def _array(column: Any, kind: pa.DataType, size: int) -> Any:
    if isinstance(column, pa.Array):
        return column.cast(kind)
    if isinstance(column, np.ndarray):
        return pa.array(column, kind, from_pandas=True)
    one: Any = pa.scalar(column, kind)
    return pa.repeat(one, size)


def _worded(codes: Ints, words: Any) -> Any:
    """Words by number, each kept once; -1 is the last word."""
    texts = pa.array([str(word) for word in words], pa.string())
    numbers = np.where(codes < 0, len(texts) - 1, codes).astype(np.int32)
    return pa.DictionaryArray.from_arrays(numbers, texts).cast(TEXT)


def _about(column: pd.Series[Any], of: Ints, name: str) -> Any:
    """A column of the series for every row; texts that several series share are kept once."""
    if name in ("period_start", "period_end"):
        days: Any = pa.array(column.to_list(), pa.date32())
        return days.take(of)
    texts: Any = pa.array(column.to_list(), pa.string(), from_pandas=True)
    return texts.dictionary_encode().take(of)


def _days(days: Ints) -> Any:
    """Days from 1970-01-01; before it there is none."""
    return pa.array(days.astype(np.int32), pa.int32(), mask=days < 0).cast(pa.date32())


def _notes(rows: pd.DataFrame) -> Any:
    """`from block (12)`, with `coverage 0.83; ` before it where units below lack a value."""
    told = rows[["child", "children", "coverage"]].copy()
    told["coverage"] = told["coverage"].clip(upper=1.0)
    number = told.groupby(list(told.columns), sort=False, dropna=False).ngroup()
    codes = number.to_numpy(np.int64)
    first = np.unique(codes, return_index=True)[1]
    texts = [
        f"from {LEVELS[int(child)]} ({int(children)})"
        if share >= 1.0
        else f"coverage {share:.2f}; from {LEVELS[int(child)]} ({int(children)})"
        for child, children, share in told.iloc[first].itertuples(index=False)
    ]
    short, words = pd.factorize(np.array(texts, object))
    return _worded(np.asarray(short, np.int64)[codes], words)
