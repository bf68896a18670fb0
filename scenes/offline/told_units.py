"""Which units may be told of, so that no difference of what is told leaves a small group.

Units lie in one another. Whatever is told of a unit and of all told units within it also tells of
the rest of it: the buildings that no told unit within holds. Everything that sums and differences
of told values can speak of is made of such rests. So a rest must be empty or have at least k
buildings and, where any are known, k inhabitants; otherwise one more unit in it is kept back.
(Laminar families: the told units' totals and the totals of their rests determine each other.)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


def told_units(parents: Mapping[str, I64], people: F64, k: int) -> dict[str, Bools]:
    """Whether each row of each level may be told.

    parents: levels from coarse to fine, the row of each building's unit (-1 none); levels that are
    not known to lie in one another count as if a finer one lay in a coarser. people (buildings,):
    inhabitants, 0 where unknown.
    """
    told = {}
    for level, row in parents.items():
        size = int(row.max(initial=-1)) + 1
        told[level] = ~_small(row, people, size, k)[0] & (_counts(row, people, size)[0] > 0)
    while True:
        rest, offsets = _rests(parents, told)
        size = sum(map(len, told.values()))
        bad, count = _small(rest, people, size, k)
        if not bad.any():
            return told
        for level, row in parents.items():
            _keep_back(level, row, rest, bad, count, offsets, told)


def _rests(parents: Mapping[str, I64], told: Mapping[str, Bools]) -> tuple[I64, dict[str, int]]:
    rest = np.full(len(next(iter(parents.values()), ())), -1, np.int64)
    offsets, first = {}, 0
    for level, row in parents.items():
        known = row >= 0
        known[known] = told[level][row[known]]
        rest[known] = first + row[known]
        offsets[level] = first
        first += len(told[level])
    return rest, offsets


def _counts(group: I64, people: F64, size: int) -> tuple[I64, F64]:
    inside = group >= 0
    count = np.bincount(group[inside], minlength=size).astype(np.int64)
    lives = np.bincount(group[inside], weights=people[inside], minlength=size)
    return count, lives.astype(np.float64)


def _small(group: I64, people: F64, size: int, k: int) -> tuple[Bools, I64]:
    """Which groups have some but fewer than k buildings or inhabitants, and their buildings."""
    count, lives = _counts(group, people, size)
    return ((count > 0) & (count < k)) | ((lives > 0) & (lives < k)), count


def _keep_back(
    level: str, row: I64, rest: I64, bad: Bools, count: I64, offsets: dict[str, int],
    told: dict[str, Bools],
) -> None:  # fmt: skip
    """In each unit of a level whose rest is small keep back the smallest other rest, or itself."""
    first, size = offsets[level], len(told[level])
    poor = np.flatnonzero(bad[first : first + size])
    if not len(poor):
        return
    wanted = np.isin(row, poor) & (rest >= 0)
    unit, other = row[wanted], rest[wanted]
    differs = other != unit + first
    pairs = np.unique(np.column_stack([unit[differs], other[differs]]), axis=0)
    order = np.lexsort((pairs[:, 1], count[pairs[:, 1]], pairs[:, 0]))
    chosen = pairs[order]
    units, at = np.unique(chosen[:, 0], return_index=True)
    victims = [chosen[at, 1], first + np.setdiff1d(poor, units)]
    for victim in np.concatenate(victims).tolist():  # a handful: units with a small rest
        name = max((n for n in offsets if offsets[n] <= victim), key=lambda n: offsets[n])
        told[name][victim - offsets[name]] = False
