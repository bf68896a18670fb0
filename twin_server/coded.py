"""A table held as arrays for answers that touch a few rows: text as codes, the rest as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute

Rows = npt.NDArray[np.int64]

pc: Any = compute
"""Arrow's functions; their stubs know too few of the overloads."""


class CodedTable:
    """Columns of one table. Text and dates are dictionary-coded (code -1 is null), numbers and
    flags are numpy arrays with NaN for null."""

    def __init__(self, table: pa.Table) -> None:
        self.rows: int = table.num_rows
        self._codes: dict[str, npt.NDArray[np.int32]] = {}
        self._words: dict[str, list[str]] = {}
        self._numbers: dict[str, npt.NDArray[Any]] = {}
        self._whole: set[str] = set()
        self._places: dict[str, dict[str, int]] = {}
        for name in table.column_names:
            self._add(name, table[name])

    @classmethod
    def read(cls, path: Path, columns: list[str] | None = None) -> CodedTable:
        """Read a Parquet file; an absent one is an empty table."""
        return cls(pq.read_table(path, columns=columns) if path.is_file() else pa.table({}))

    def _add(self, name: str, column: Any) -> None:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(pa.string())
            kind = pa.string()
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            column = pc.strftime(column, format="%Y-%m-%d")
            kind = pa.string()
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            coded = column.combine_chunks().dictionary_encode()
            codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
            self._codes[name] = codes.astype(np.int32)
            self._words[name] = coded.dictionary.to_pylist()
        elif pa.types.is_null(kind):
            self._codes[name] = np.full(self.rows, -1, np.int32)
            self._words[name] = []
        else:
            self._numbers[name] = column.to_numpy()
            if pa.types.is_integer(kind):
                self._whole.add(name)

    def __contains__(self, name: str) -> bool:
        return name in self._codes or name in self._numbers

    def codes(self, name: str) -> npt.NDArray[np.int32]:
        """Codes of a text column; all -1 when the table has no such column."""
        found = self._codes.get(name)
        return np.full(self.rows, -1, np.int32) if found is None else found

    def words(self, name: str) -> list[str]:
        """The words the codes of a text column stand for."""
        return self._words.get(name, [])

    def code(self, name: str, word: str) -> int:
        """The code of a word; -2 when no row holds it, so it equals no row's code."""
        places = self._places.get(name)
        if places is None:
            places = {text: code for code, text in enumerate(self.words(name))}
            self._places[name] = places
        return places.get(word, -2)

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """A column of numbers or flags; all NaN when the table has no such column."""
        found = self._numbers.get(name)
        return np.full(self.rows, np.nan) if found is None else found

    def where(self, **equal: str | int | None) -> Rows:
        """Rows whose columns equal the given words or numbers; None asks nothing."""
        keep = np.ones(self.rows, bool)
        for name, wanted in equal.items():
            if isinstance(wanted, str):
                keep &= self.codes(name) == self.code(name, wanted)
            elif wanted is not None:
                keep &= self.numbers(name) == wanted
        return np.flatnonzero(keep)

    def values(self, name: str, rows: Rows) -> list[Any]:
        """Python values of some rows; null and NaN are None."""
        if name in self._codes:
            words = self._words[name]
            return [words[code] if code >= 0 else None for code in self._codes[name][rows].tolist()]
        if name not in self._numbers:
            return [None] * len(rows)
        column = self._numbers[name][rows]
        if column.dtype.kind != "f" or bool(np.isfinite(column).all()):
            found: list[Any] = column.tolist()
        else:
            found = [plain(value) for value in column.tolist()]
        if name in self._whole and column.dtype.kind == "f":
            return [None if value is None else int(value) for value in found]
        return found

    def value(self, name: str, row: int) -> Any:
        """The Python value of one cell; null and NaN are None."""
        if name in self._codes:
            code = self._codes[name][row]
            return self._words[name][code] if code >= 0 else None
        if name not in self._numbers:
            return None
        found = plain(self._numbers[name].item(row))
        return int(found) if name in self._whole and isinstance(found, float) else found

    def tally(self, name: str, rows: Rows) -> dict[str, int]:
        """How many of some rows hold each word of a text column, commonest first; "" is null."""
        codes = self.codes(name)[rows]
        words = self.words(name)
        found = np.bincount(codes + 1, minlength=len(words) + 1)
        order = np.argsort(-found, kind="stable")
        return {
            words[code - 1] if code else "": int(found[code]) for code in order if found[code] > 0
        }

    def records(self, rows: Rows, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Some rows as dicts."""
        chosen = list(names) if names is not None else [*self._codes, *self._numbers]
        columns = [self.values(name, rows) for name in chosen]
        return [dict(zip(chosen, row, strict=True)) for row in zip(*columns, strict=True)]


def plain(value: Any) -> Any:
    """None for what is not a finite number; everything else as it is."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
