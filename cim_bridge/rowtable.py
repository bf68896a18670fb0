"""JSON objects as a table of columns, made only as far as somebody asks for one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

WHOLES, FLOATS, OTHER = "whole numbers", "numbers", "anything"
"""How a column is typed."""
BIG = 1 << 63
"""Whole numbers from here on do not fit a column of whole numbers."""


class RowTable:
    """Rows (dicts with any keys) with the little of a data frame that reading attributes needs."""

    def __init__(
        self, rows: Sequence[dict[str, Any]], kinds: Mapping[str, str] | None = None
    ) -> None:
        """Keep the rows; names come in the order in which they first appear.

        kinds: how columns are typed, where the rows are some of a larger table.
        """
        self._rows, self._kinds = rows, kinds
        every = chain.from_iterable(rows) if kinds is None else kinds
        self.columns: list[str] = list(dict.fromkeys(every))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """One column: int64 or float64 (NaN where missing) when all are numbers, else objects."""
        values = [row.get(name) for row in self._rows]
        if self._kinds is None:
            return typed(values)
        if self._kinds[name] == OTHER:
            return _objects(values)
        return np.array(values, np.int64 if self._kinds[name] == WHOLES else np.float64)


def typed(values: list[Any]) -> npt.NDArray[Any]:
    """Values as whole numbers, as numbers with NaN for None, or as objects."""
    kinds = set(map(type, values))
    try:
        if kinds == {int}:
            return np.array(values, np.int64)
        if kinds and kinds <= {int, float, type(None)} and kinds != {type(None)}:
            return np.array(values, np.float64)
    except OverflowError:
        pass  # a whole number beyond 64 bits is no measure; it stays what it is
    return _objects(values)


def _objects(values: list[Any]) -> npt.NDArray[Any]:
    found = np.full(len(values), None, dtype=object)
    found[:] = values
    return found


def texts(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Texts of objects, "" for None and NaN."""
    found = [
        value if type(value) is str else "" if value is None or value != value else str(value)
        for value in values.tolist()
    ]
    return np.array(found, dtype=object) if found else np.zeros(0, dtype=object)


def numbers(words: npt.NDArray[Any], pattern: re.Pattern[str]) -> npt.NDArray[np.float64]:
    """First group of the pattern in each text as a number, NaN where it does not match."""
    unique, index = np.unique(words.astype(str), return_inverse=True)
    matches = [pattern.match(word) for word in unique.tolist()]
    found = np.array([float(match[1]) if match else np.nan for match in matches], np.float64)
    return found[index] if len(words) else np.zeros(0)
