"""The tables of a results release, written so that one unit or one overlay is read quickly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from indicator_overlays.keycodes import coded, in_one_piece, key_codes, words_of
from indicator_overlays.ranks import UNRANKED
from indicator_overlays.values import in_plain_text
from indicator_overlays.yearly import Group

ROW_GROUP = 4_096
"""Rows in a row group of values.parquet: one unit's file reads one or two of them."""
SLICE = 64 * ROW_GROUP
"""Rows written at once."""


def write_values(
    path: Path, table: pa.Table, rows: npt.NDArray[np.int64], marks: npt.NDArray[np.uint32]
) -> None:
    """values.parquet: every adopted or rolled-up value of every year, sorted by unit id."""
    rank = pa.array(marks[:, 1], mask=marks[:, 1] == UNRANKED)
    full: pa.Table = (
        table.append_column("row", pa.array(rows.astype(np.uint32)))
        .append_column("class_code", pa.array(marks[:, 0].astype(np.uint8)))
        .append_column("rank", rank)
        .append_column("of", pa.array(marks[:, 2]))
    )
    _write_ordered(path / "values.parquet", full)


def write_candidates(path: Path, candidates: pa.Table) -> None:
    """candidates.parquet: what every source said, sorted by unit id."""
    _write_ordered(path / "candidates.parquet", candidates)


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


def _write_ordered(path: Path, table: pa.Table) -> None:
    """Write rows by unit id, a slice at a time: texts are written out for no more than that."""
    whole = in_one_piece(table.replace_schema_metadata(None))
    order = _by_unit(whole)
    schema = in_plain_text(whole.slice(0, 0)).schema
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, max(len(order), 1), SLICE):
            part = in_plain_text(whole.take(order[start : start + SLICE]))
            writer.write_table(part.combine_chunks(), row_group_size=ROW_GROUP)


def _by_unit(table: pa.Table) -> npt.NDArray[np.int64]:
    """Lines of a table in the order in which they are written."""
    keys = ["unit_id", "system", "indicator", "year", "period", "seq", "source"]
    present = [name for name in keys if name in table.column_names]
    order: npt.NDArray[np.int64] = np.lexsort([_order_codes(table, n) for n in reversed(present)])
    return order


def _order_codes(table: pa.Table, name: str) -> npt.NDArray[np.int32]:
    """Numbers that sort as the texts do: sorting a million texts is slow, a million numbers not."""
    if name in _NUMBERS:
        return table[name].to_numpy().astype(np.int32)
    words = np.array([*words_of(table, name), ""], object)
    place = np.argsort(np.argsort(words, kind="stable"), kind="stable").astype(np.int32)
    found: npt.NDArray[np.int32] = place[key_codes(table, name)]
    return found


_NUMBERS = ("year", "seq")


def _sorted_dictionary(source: Any) -> Any:
    words = sorted({word for word in pc.unique(source).to_pylist() if word is not None})
    indices = pc.index_in(coded(source).cast(pa.string()), pa.array(words, pa.string()))
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def _joined(parts: list[npt.NDArray[np.generic]], dtype: type) -> npt.NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)
