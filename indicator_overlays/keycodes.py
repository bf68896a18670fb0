"""Columns of text or days as small integers, so that joining keys costs no text comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

_WIDEST = 2**62
"""Numbers of keys that one integer can hold side by side."""


class Columned(Protocol):
    """What has columns by name: a table, or lines of one."""

    @property
    def num_rows(self) -> int:
        """How many rows it has."""

    @property
    def schema(self) -> pa.Schema:
        """Its columns."""

    def column(self, name: Any, /) -> Any:
        """One column."""


def coded(column: Any) -> Any:
    """A text column, plain or coded, as one dictionary array whose words differ."""
    if not pa.types.is_dictionary(column.type):
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        return whole.dictionary_encode()
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else _of_one_list(column)


def in_one_piece(table: pa.Table) -> pa.Table:
    """The same rows, each column in one piece with one list of words.

    As `combine_chunks`, but words that several pieces share are compared once, not once a piece.
    """
    columns: list[Any] = [
        coded(column) if pa.types.is_dictionary(column.type) else _whole(column)
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _whole(column: Any) -> Any:
    """A column in one piece; one that is needs no copy."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _of_one_list(column: Any) -> Any:
    """Pieces of a coded column as one; pieces often have the very same list of words."""
    lists: dict[tuple[int, ...], tuple[int, Any]] = {}
    of = []
    for chunk in column.chunks:
        words = chunk.dictionary
        places = (buffer.address if buffer else 0 for buffer in words.buffers())
        of.append(lists.setdefault((words.offset, len(words), *places), (len(lists), words))[0])
    every: list[Any] = [words for _, words in lists.values()]
    numbers: list[Any] = [chunk.indices for chunk in column.chunks]
    if len(every) > 1:
        both = pa.concat_arrays(every).dictionary_encode()
        starts = np.cumsum([0, *(len(words) for words in every)])
        numbers = [
            both.indices.slice(starts[n], len(every[n])).take(chunk)
            for n, chunk in zip(of, numbers, strict=True)
        ]
        every = [both.dictionary]
    if not every:
        return pa.array([], column.type)
    return pa.DictionaryArray.from_arrays(pa.concat_arrays(numbers), every[0])


def key_codes(table: Columned, name: str) -> npt.NDArray[np.int32]:
    """Equal values get equal numbers; days count from 1970-01-01, a missing one is -1."""
    column: Any = table.column(name)
    kind = table.schema.field(name).type
    if kind == pa.string() or pa.types.is_dictionary(kind):
        encoded = coded(column).indices
        return np.asarray(encoded.fill_null(-1).to_numpy(zero_copy_only=False), np.int32)
    return np.asarray(column.cast(pa.int32()).fill_null(-1).to_numpy(), np.int32)


def words_of(table: Columned, name: str) -> list[str]:
    """The words that `key_codes` of a text column number; a missing one is ""."""
    return [str(word or "") for word in coded(table.column(name)).dictionary.to_pylist()]


def groups_of(table: Columned, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Number of each row's group of equal keys, in the order in which groups first appear."""
    return np.asarray(pd.factorize(_one(table, names))[0], np.int64)


def last_of(table: Columned, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which rows are the last of their key."""
    order, opens = _sorted(_one(table, names))
    found = np.zeros(len(order), bool)
    found[order[np.append(opens[1:], np.ones(min(len(order), 1), bool))]] = True
    return found


def count_of(table: Columned, names: Sequence[str]) -> npt.NDArray[np.int32]:
    """How many rows have each row's key."""
    order, opens = _sorted(_one(table, names))
    starts = np.flatnonzero(opens)
    size = np.diff(np.append(starts, len(order))).astype(np.int32)
    found = np.zeros(len(order), np.int32)
    found[order] = np.repeat(size, size)
    return found


def _sorted(code: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Rows by their number, and which of them open a new one; less memory than hashing takes."""
    order = np.argsort(code, kind="stable")
    opens = np.ones(len(code), bool)
    code = code[order]
    opens[1:] = code[1:] != code[:-1]
    return order, opens


def _one(table: Columned, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Several key columns as one integer a row, made narrow again where it would overflow."""
    code, size = np.zeros(table.num_rows, np.int64), 1
    for name in names:
        part = key_codes(table, name)
        low, high = (int(part.min()), int(part.max())) if len(part) else (0, 0)
        span = high - low + 1
        if size * span > _WIDEST:
            code, words = pd.factorize(code)
            size = len(words)
        code *= span
        code += part
        code -= low
        size *= span
    return code


def looked_up(
    table: Columned, name: str, answer: Callable[[str], object], dtype: Any
) -> npt.NDArray[Any]:
    """What is said about each row's word, asked once for each word ("" where there is none)."""
    said = [answer(word) for word in words_of(table, name)]
    found: npt.NDArray[Any] = np.array([*said, answer("")], dtype)[key_codes(table, name)]
    return found


def is_one_of(table: Columned, name: str, words: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Rows whose word is one of some."""
    known = frozenset(words)
    return looked_up(table, name, known.__contains__, bool)


def is_pair(table: Columned, pairs: Iterable[tuple[str, ...]]) -> npt.NDArray[np.bool_]:
    """Rows whose (system, indicator) is one of some."""
    known = {pair[:2] for pair in pairs}
    systems, codes = words_of(table, "system"), words_of(table, "indicator")
    said = [[(system, code) in known for code in [*codes, ""]] for system in [*systems, ""]]
    found: npt.NDArray[np.bool_] = np.array(said, bool)[
        key_codes(table, "system"), key_codes(table, "indicator")
    ]
    return found
