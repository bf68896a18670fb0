"""Buildings summed once for all levels above them: by the finest parts that no level cuts.

A part holds the buildings that share their unit at every level. Blocks mostly are one part; a block
that a community's edge crosses is two. Sums of a level are sums of parts, so the sums of blocks
are those of their district, and a level more costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FULL = 2**62
"""Where joint numbers are renumbered: beyond it they no longer fit."""


@dataclass(frozen=True)
class Sums:
    """Amounts of buildings summed for every part of a Nesting."""

    parts: Floats


class Nesting:
    """Which part each building lies in, and which unit of each level each part lies in."""

    def __init__(self, above: Mapping[str, Ints], sizes: Mapping[str, int], count: int) -> None:
        """above: level → row of each of `count` buildings' unit, -1 none. sizes: units a level."""
        _, first, part = np.unique(
            _joint(above, sizes, count), return_index=True, return_inverse=True
        )
        part = part.reshape(-1).astype(np.int64)
        self._sizes = dict(sizes)
        self._up = {
            level: _matrix(rows[first], np.arange(len(first)), sizes[level], len(first))
            for level, rows in above.items()
        }
        self._sum = _matrix(part, np.arange(count), len(first), count)

    def sums(self, amounts: Floats) -> Sums:
        """Sum amounts of buildings for every part."""
        return Sums(np.asarray(self._sum @ amounts, np.float64))

    def units(self, level: str, sums: Sums) -> Floats:
        """Sums of every unit of a level; 0 for a unit without buildings."""
        if level not in self._up:
            return np.zeros(self._sizes.get(level, 0))
        return np.asarray(self._up[level] @ sums.parts, np.float64)


def _matrix(row: Ints, column: Ints, rows: int, columns: int) -> csr_matrix:
    """Ones at (row, column), rows below 0 left out: what it multiplies is summed by row."""
    row, column = row[row >= 0], column[row >= 0]
    order = np.argsort(row, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))])
    return csr_matrix(
        (np.ones(len(row)), column[order].astype(np.int32), ends.astype(np.int32)),
        shape=(rows, columns),
    )


def _joint(above: Mapping[str, Ints], sizes: Mapping[str, int], count: int) -> Ints:
    """One number for the units of all levels that a building lies in."""
    code, span = np.zeros(count, np.int64), 1
    for level, rows in above.items():
        if span > _FULL // (sizes[level] + 1):
            code = np.unique(code, return_inverse=True)[1].reshape(-1).astype(np.int64)
            span = count
        code, span = code * (sizes[level] + 1) + rows + 1, span * (sizes[level] + 1)
    return code
