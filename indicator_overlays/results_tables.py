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

from indicator_overlays.ranks import UNRANKED
from indicator_overlays.yearly import Group

ROW_GROUP = 4_096
"""Rows in a row group of values.parquet: one unit's file reads one or two of them."""


def write_values(
    path: Path, table: pa.Table, rows: npt.NDArray[np.int64], marks: npt.NDArray[np.uint32]
) -> None:
    """values.parquet: every adopted or rolled-up value of every year, sorted by unit id."""
    rank = pa.array(marks[:, 1], mask=marks[:, 1] == UNRANKED)
    full = (
        table.append_column("row", pa.array(rows.astype(np.uint32)))
        .append_column("class_code", pa.array(marks[:, 0].astype(np.uint8)))
        .append_column("rank", rank)
        .append_column("of", pa.array(marks[:, 2]))
    )
    write_table(path / "values.parquet", _by_unit(full), row_group=ROW_GROUP)


def write_candidates(path: Path, candidates: pa.Table) -> None:
    """candidates.parquet: what every source said, sorted by unit id."""
    write_table(path / "candidates.parquet", _by_unit(candidates), row_group=ROW_GROUP)


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
    plain = table.replace_schema_metadata(None).combine_chunks()
    pq.write_table(plain, path, compression="zstd", row_group_size=row_group)


def _by_unit(table: pa.Table) -> pa.Table:
    keys = ["unit_id", "system", "indicator", "year", "period", "seq", "source"]
    present = [name for name in keys if name in table.column_names]
    coded = pa.table({name: _order_codes(table[name]) for name in present})
    order = pc.sort_indices(coded, sort_keys=[(name, "ascending") for name in present])
    return table.take(order)


def _order_codes(column: Any) -> Any:
    """Numbers that sort as the texts do: sorting a million texts is slow, a million numbers not."""
    if not pa.types.is_string(column.type):
        return column.combine_chunks()
    encoded = column.combine_chunks().dictionary_encode()
    words = np.array([word or "" for word in encoded.dictionary.to_pylist()], object)
    place = np.argsort(np.argsort(words)) if len(words) else np.zeros(0, np.int64)
    indices = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return pa.array(place[indices] if len(words) else np.zeros(len(indices), np.int64))


def _sorted_dictionary(source: Any) -> Any:
    words = sorted({word for word in pc.unique(source).to_pylist() if word is not None})
    indices = pc.index_in(source.combine_chunks(), pa.array(words, pa.string()))
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def _joined(parts: list[npt.NDArray[np.generic]], dtype: type) -> npt.NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)
