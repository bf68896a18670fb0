"""The tables of a results release, written so that one unit or one overlay is read quickly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from cim_bridge.mapped import trim
from indicator_overlays.keycodes import Columned, coded, key_codes, words_of
from indicator_overlays.lines import Lines, Rows
from indicator_overlays.ranks import UNRANKED
from indicator_overlays.values import in_plain_text
from indicator_overlays.yearly import Group

ROW_GROUP = 4_096
"""Rows in a row group of values.parquet: one unit's file reads one or two of them."""
SLICE = 64 * ROW_GROUP
"""Rows written at once."""


def write_values(path: Path, table: Lines, rows: Rows, marks: npt.NDArray[np.uint32]) -> None:
    """values.parquet: every adopted or rolled-up value of every year, sorted by unit id."""

    def part(at: npt.NDArray[np.int64]) -> pa.Table:
        rank = marks[at, 1]
        return (
            table.take(at)
            .table()
            .append_column("row", pa.array(rows[at].astype(np.uint32)))
            .append_column("class_code", pa.array(marks[at, 0].astype(np.uint8)))
            .append_column("rank", pa.array(rank, mask=rank == UNRANKED))
            .append_column("of", pa.array(marks[at, 2]))
        )

    _write_ordered(path / "values.parquet", _by_unit(table), part)


def write_candidates(path: Path, candidates: Lines) -> None:
    """candidates.parquet: what every source said, sorted by unit id."""

    def part(at: npt.NDArray[np.int64]) -> pa.Table:
        return candidates.take(at).table()

    _write_ordered(path / "candidates.parquet", _by_unit(candidates), part)


def write_cells(
    path: Path,
    groups: Sequence[Group],
    marks: npt.NDArray[np.uint32],
    source: Any,
) -> None:
    """cells.arrow: exact values in overlay order, to be memory-mapped; the manifest has offsets.

    Columns: row u32, value f64 (NaN none), state u8 (0 a number), code u8, rank u32 (0 none),
    source (dictionary).
    """
    cells = [group.cells for group in groups]
    columns: dict[str, Any] = {
        "row": _joined([c.row for c in cells], np.uint32),
        "value": _joined([c.value for c in cells], np.float64),
        "state": _joined([c.state for c in cells], np.uint8),
        "code": marks[:, 0].astype(np.uint8),
        "rank": marks[:, 1],
        "source": _sorted_dictionary(source),
    }
    table = pa.table(columns)
    with (
        pa.OSFile(str(path / "cells.arrow"), "wb") as sink,
        pyarrow.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table, max_chunksize=max(1, table.num_rows))


def write_table(path: Path, table: pa.Table, *, row_group: int = 65_536) -> None:
    """Write a Parquet file whose bytes depend on the rows alone."""
    plain = in_plain_text(table.replace_schema_metadata(None)).combine_chunks()
    pq.write_table(plain, path, compression="zstd", row_group_size=row_group)


def _write_ordered(
    path: Path,
    order: npt.NDArray[np.int64],
    part: Callable[[npt.NDArray[np.int64]], pa.Table],
) -> None:
    """Write rows in an order, a slice at a time: texts are written out for no more than that."""
    schema = in_plain_text(part(order[:0])).schema
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, max(len(order), 1), SLICE):
            rows = in_plain_text(part(order[start : start + SLICE]))
            writer.write_table(rows.combine_chunks(), row_group_size=ROW_GROUP)
            del rows
            trim()


def _by_unit(table: Lines) -> npt.NDArray[np.int64]:
    """Lines of a table in the order in which they are written."""
    keys = ["unit_id", "system", "indicator", "year", "period", "seq", "source"]
    present = [name for name in keys if name in table.column_names]
    whole, size = np.zeros(table.num_rows, np.int64), 1
    for name in present:
        codes = _order_codes(table, name)
        low = int(codes.min(initial=0))
        span = int(codes.max(initial=0)) - low + 1
        if size * span > _WIDEST:  # keys so far as their ranks: equal ones stay equal
            whole = np.unique(whole, return_inverse=True)[1].astype(np.int64)
            size = int(whole.max(initial=0)) + 1
        whole *= span
        whole += codes
        whole -= low
        size *= span
    return np.argsort(whole, kind="stable")


def _order_codes(table: Columned, name: str) -> npt.NDArray[np.int32]:
    """Numbers that sort as the texts do: sorting a million texts is slow, a million numbers not."""
    if name in _NUMBERS:
        return np.asarray(table.column(name).to_numpy(), np.int32)
    words = np.array([*words_of(table, name), ""], object)
    place = np.argsort(np.argsort(words, kind="stable"), kind="stable").astype(np.int32)
    found: npt.NDArray[np.int32] = place[key_codes(table, name)]
    return found


_NUMBERS = ("year", "seq")
_WIDEST = 2**62
"""Numbers of keys that one integer can hold side by side."""


def _sorted_dictionary(source: Any) -> Any:
    table = pa.table({"source": source})
    known, codes = coded(table["source"]).dictionary.to_pylist(), key_codes(table, "source")
    used = np.unique(codes[codes >= 0])
    words = sorted({str(known[at]) for at in used.tolist()})
    number = {word: at for at, word in enumerate(words)}
    place = np.full(len(known) + 1, -1, np.int32)
    place[used] = [number[str(known[at])] for at in used.tolist()]
    numbers: Any = pa.array(place[codes], mask=codes < 0)
    return pa.DictionaryArray.from_arrays(numbers, pa.array(words, pa.string()))


def _joined(parts: list[npt.NDArray[np.generic]], dtype: type) -> npt.NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)
