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
        code = _joint(above, sizes, count)
        order = np.argsort(code, kind="stable")
        starts = np.flatnonzero(np.diff(code[order], prepend=-1))
        self._sizes = dict(sizes)
        self._rows = {level: rows[order[starts]] for level, rows in above.items()}
        self._sum = csr_matrix(
            (np.ones(count), order.astype(np.int32), np.append(starts, count).astype(np.int32)),
            shape=(len(starts), count),
        )

    def sums(self, amounts: Floats) -> Sums:
        """Sum amounts of buildings for every part."""
        return Sums(np.asarray(self._sum @ amounts, np.float64))

    def units(self, level: str, sums: Sums) -> Floats:
        """Sums of every unit of a level; 0 for a unit without buildings."""
        if level not in self._rows:
            return np.zeros(self._sizes.get(level, 0))
        rows = self._rows[level]
        inside = rows >= 0
        found = np.bincount(rows[inside], sums.parts[inside], self._sizes[level])
        return found.astype(np.float64)


def _joint(above: Mapping[str, Ints], sizes: Mapping[str, int], count: int) -> Ints:
    """One number for the units of all levels that a building lies in."""
    code, span = np.zeros(count, np.int64), 1
    for level, rows in above.items():
        if span > _FULL // (sizes[level] + 1):
            code = np.unique(code, return_inverse=True)[1].reshape(-1).astype(np.int64)
            span = count
        code, span = code * (sizes[level] + 1) + rows + 1, span * (sizes[level] + 1)
    return code
