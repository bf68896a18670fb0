"""Values as lines of a store: what several years repeat, or a choice leaves out, is kept once.

A value that stands for three checkup years is one row of a table and three lines; a line costs
nine bytes. Columns are made one at a time, so a whole city's values are never written out at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cim_bridge.mapped import trim
from indicator_overlays.keycodes import coded, in_one_piece, is_one_of, key_codes, words_of
from indicator_overlays.values import NUMBER_STATES

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.integer[Any]]
"""Rows of units, or lines, by number."""
YEAR = pa.field("year", pa.int32())
STALE = "stale"


@dataclass(frozen=True)
class Lines:
    """Rows of one or several tables of the same columns, in an order and as often as asked.

    tables: each in one piece. line (N,): places in the tables laid end to end. year (N,): checkup
    year, None where lines have none. stale (N,): numbers too old by then; they read as `stale`.
    names: the columns that are shown, None for all.
    """

    tables: tuple[pa.Table, ...]
    line: npt.NDArray[np.int32]
    year: npt.NDArray[np.int32] | None = None
    stale: npt.NDArray[np.bool_] | None = None
    names: tuple[str, ...] | None = None

    @property
    def num_rows(self) -> int:
        """How many lines there are."""
        return len(self.line)

    @property
    def schema(self) -> pa.Schema:
        """Columns as they are shown; `year` comes last."""
        whole: pa.Schema = self.tables[0].schema.remove_metadata()
        whole = whole if self.year is None else whole.append(YEAR)
        return whole if self.names is None else pa.schema([whole.field(n) for n in self.names])

    @property
    def column_names(self) -> list[str]:
        """Names of the columns that are shown."""
        return list(self.schema.names)

    def column(self, name: str) -> Any:
        """One column in one piece, made anew each time."""
        if name == YEAR.name and self.year is not None:
            return pa.chunked_array([pa.array(self.year, YEAR.type)])
        found = self._taken(name)
        if name == "state" and self.stale is not None and self.stale.any():
            found = _aged(found, self.stale)
        return pa.chunked_array([found])

    __getitem__ = column

    def select(self, names: Sequence[str]) -> Lines:
        """The same lines with fewer columns."""
        return replace(self, names=tuple(names))

    def slice(self, offset: int, length: int) -> Lines:
        """Some lines that lie together."""
        return self._at(slice(offset, offset + length))

    def take(self, at: Rows) -> Lines:
        """Lines by their place."""
        return self._at(at)

    def filter(self, mask: npt.NDArray[np.bool_]) -> Lines:
        """Lines where a mask is true."""
        return self._at(np.flatnonzero(mask))

    def replaced(self, at: Ints, rows: pa.Table) -> Lines:
        """The same with other rows, one for each place in `at`."""
        line = self.line.copy()
        start = sum(table.num_rows for table in self.tables)
        line[at] = np.arange(start, start + len(at), dtype=np.int32)
        return replace(self, tables=(*self.tables, in_one_piece(rows)), line=line)

    def table(self) -> pa.Table:
        """The lines written out."""
        return pa.Table.from_arrays(
            [self.column(name) for name in self.column_names], schema=self.schema
        )

    def to_pylist(self) -> list[dict[str, Any]]:
        """The lines as dictionaries."""
        return list(self.table().to_pylist())

    def _at(self, at: Any) -> Lines:
        return replace(
            self,
            line=self.line[at],
            year=None if self.year is None else self.year[at],
            stale=None if self.stale is None else self.stale[at],
        )

    def _taken(self, name: str) -> Any:
        columns = [_piece(table, name) for table in self.tables]
        if len(columns) == 1:
            return columns[0].take(pa.array(self.line))
        start = np.cumsum([0, *(table.num_rows for table in self.tables)])
        of = np.searchsorted(start, self.line, side="right") - 1
        parts, places = [], []
        for number, column in enumerate(columns):
            here = np.flatnonzero(of == number)
            parts.append(column.take(pa.array(self.line[here] - start[number])))
            places.append(here)
        whole = pa.chunked_array(parts)
        joined: Any = coded(whole) if pa.types.is_dictionary(whole.type) else whole.combine_chunks()
        return joined.take(pa.array(np.argsort(np.concatenate(places), kind="stable")))


Valued = pa.Table | Lines
"""Values as a table or as lines of one."""


def joined(pieces: Sequence[Valued], like: Lines) -> Lines:
    """Pieces laid end to end: slices of `like`, and tables of the same columns with a year."""
    own = [piece for piece in pieces if not isinstance(piece, Lines)]
    at = sum(table.num_rows for table in like.tables)
    line, year, stale = [], [], []
    for piece in pieces:
        if isinstance(piece, Lines):
            line.append(piece.line)
            year.append(_years(piece))
            stale.append(np.zeros(piece.num_rows, bool) if piece.stale is None else piece.stale)
        else:
            line.append(np.arange(at, at + piece.num_rows, dtype=np.int32))
            year.append(piece["year"].to_numpy().astype(np.int32))
            stale.append(np.zeros(piece.num_rows, bool))
            at += piece.num_rows
    more = (in_one_piece(pa.concat_tables(own).drop_columns(["year"])),) if own else ()
    return Lines(
        like.tables + more, _end_to_end(line, np.int32), _end_to_end(year, np.int32),
        _end_to_end(stale, np.bool_),
    )  # fmt: skip


def _years(piece: Lines) -> npt.NDArray[np.int32]:
    return np.zeros(piece.num_rows, np.int32) if piece.year is None else piece.year


def _end_to_end(parts: list[Any], dtype: Any) -> Any:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)


def _piece(table: pa.Table, name: str) -> Any:
    """A column as one array."""
    column: Any = table.column(name)
    if pa.types.is_dictionary(column.type):
        return coded(column)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _aged(state: Any, old: npt.NDArray[np.bool_]) -> Any:
    """States with `stale` where an old one carries a number."""
    table = pa.table({"state": state})
    words, codes = words_of(table, "state"), key_codes(table, "state")
    place = words.index(STALE) if STALE in words else len(words)
    hit = old & is_one_of(table, "state", NUMBER_STATES)
    numbers: Any = pa.array(np.where(hit, place, codes), pa.int32(), mask=~hit & (codes < 0))
    texts = pa.array([*words, STALE][: max(place + 1, len(words))], pa.string())
    return pa.DictionaryArray.from_arrays(numbers, texts).cast(state.type)


def stacked(tables: list[pa.Table]) -> pa.Table:
    """Tables of the same columns as one in one piece; the list is emptied.

    Column by column, and each old column is let go: no more than one of them stands twice.
    """
    schema = tables[0].schema
    columns: list[list[Any]] = [[t.column(n) for t in tables] for n in range(len(schema))]
    tables.clear()
    made: list[Any] = []
    for field in schema:
        chunks = [chunk for column in columns.pop(0) for chunk in column.chunks]
        whole = pa.chunked_array(chunks, field.type)
        del chunks
        if pa.types.is_dictionary(field.type):
            made.append(coded(whole))
        else:
            made.append(whole.chunk(0) if whole.num_chunks == 1 else whole.combine_chunks())
        del whole
        trim()
    return pa.Table.from_arrays(made, schema=schema)


def kept_of(tables: list[pa.Table], mask: npt.NDArray[np.bool_]) -> pa.Table:
    """Rows of the one table in a list where a mask is true; the list is emptied (see `stacked`)."""
    [table] = tables
    tables.clear()
    schema, columns = table.schema, list(table.columns)
    del table
    at = np.flatnonzero(mask)
    made = [columns.pop(0).take(at) for _ in schema]
    return pa.Table.from_arrays(made, schema=schema)
