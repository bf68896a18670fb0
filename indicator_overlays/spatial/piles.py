"""Overlap of problems: how many different kinds of problem a unit bears, itself and inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.levels import LEVELS
from indicator_overlays.unit_table import UnitTable

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pile:
    """kinds (n,): different rules that fire on a unit or on anything in it. problems (n,): how
    many problems these are.

    rules: for each unit the codes, sorted; only of units that have any.
    """

    kinds: Ints
    problems: Ints
    rules: dict[int, list[str]]


def pile(
    units: UnitTable,
    level: str,
    problem_units: npt.NDArray[np.object_],
    rules: npt.NDArray[np.object_],
) -> Pile:
    """Count problems (one row each: unit id, rule code) for every unit of a level.

    Problems of coarser units are not counted: a district's problem is not each block's.
    """
    size = len(units.level(level))
    finer = [name for name in units.levels if LEVELS.index(name) >= LEVELS.index(level)]
    place, row = units.rows(problem_units, finer)
    at = np.full(len(rules), -1, np.int64)
    for number, name in enumerate(finer):
        mine = np.flatnonzero(place == number)
        above = row[mine] if name == level else units.parent_rows(name, level)[row[mine]]
        at[mine] = above
    inside = at >= 0
    codes, names = _numbered(rules[inside])
    pairs = np.unique(at[inside] * max(len(names), 1) + codes)
    of, which = np.divmod(pairs, max(len(names), 1))
    kinds = np.bincount(of, minlength=size).astype(np.int64)
    listed: dict[int, list[str]] = {}
    for unit, code in zip(of.tolist(), which.tolist(), strict=True):
        listed.setdefault(unit, []).append(names[code])
    return Pile(kinds, np.bincount(at[inside], minlength=size).astype(np.int64), listed)


def _numbered(rules: npt.NDArray[np.object_]) -> tuple[Ints, list[str]]:
    names = sorted({str(rule) for rule in rules})
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[str(rule)] for rule in rules], np.int64), names
