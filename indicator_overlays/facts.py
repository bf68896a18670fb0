"""What a rule can name: indicator values of one year and attributes of units, as columns.

Names: an indicator code; an attribute (height, storeys, year_built, area, population, ground, use,
structure, kind); `buildings` (how many lie in the unit); `year` (the checkup year);
`<level>.<name>` for the unit above.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cim_bridge.levels import LEVELS
from indicator_overlays.columns import NUMBER, STATE_CODES
from indicator_overlays.evaluate import Floats, Term, number, words
from indicator_overlays.unit_table import NUMBERS, WORDS, UnitTable
from indicator_overlays.yearly import Group

Kept = TypeVar("Kept")

ATTRIBUTES: tuple[str, ...] = (*NUMBERS, *WORDS, "buildings", "year")
"""Names that are not indicators."""


@dataclass(frozen=True)
class Figure:
    """One indicator on a whole level: values, states and which group each value comes from.

    value: NaN unknown. state: NUMBER or the u8 code. origin: index into `groups`, -1 none.
    """

    value: Floats
    state: npt.NDArray[np.uint8]
    origin: npt.NDArray[np.int8]
    groups: tuple[Group, ...]


class YearFacts:
    """All facts of one checkup year."""

    def __init__(
        self,
        units: UnitTable,
        groups: Iterable[Group],
        year: int,
        systems: tuple[str, ...],
        sources: Any = None,
    ) -> None:
        """`systems`: the order in which systems are asked for a code; `sources`: of each cell."""
        self.units = units
        self.year = year
        self.sources = sources
        self._order = {system: number for number, system in enumerate(systems)}
        self._groups: dict[tuple[str, str], list[Group]] = {}
        for group in groups:
            if group.key.year == year and group.key.system in self._order:
                place = (group.key.level, group.key.indicator)
                self._groups.setdefault(place, []).append(group)
        self._levels: dict[str, LevelFacts] = {}

    def level(self, level: str) -> LevelFacts:
        """Facts of one level."""
        if level not in self._levels:
            self._levels[level] = LevelFacts(self, level)
        return self._levels[level]

    def source(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        """Name of the source of cells given by their place in the sorted table."""
        if self.sources is None:
            return np.full(len(cells), "", object)
        found = self.sources.take(pa.array(cells)).to_pylist()
        return np.array([str(text or "") for text in found], object)

    @cached_property
    def residents(self) -> tuple[Floats, Floats, Floats]:
        """Of every building: persons (0 unknown), whether known, whether it lacks them (1 or 0).

        A building that is surely no home lacks none.
        """
        buildings = self.units.level("building")
        persons, use = buildings.numbers("population"), buildings.words("use")
        known = np.isfinite(persons)
        untold = ~known & np.asarray((use == "residential") | (use == ""), bool)
        return np.where(known, persons, 0.0), known.astype(float), untold.astype(float)

    def every(self) -> list[Group]:
        """All overlays of the year that some system in order gives."""
        return [group for groups in self._groups.values() for group in groups]

    def groups(self, level: str, code: str) -> list[Group]:
        """Overlays of one code at one level, the preferred system first."""
        found = self._groups.get((level, code), [])
        return sorted(found, key=lambda group: self._order[group.key.system])


class LevelFacts:
    """The columns of one level in one year (implements evaluate.Names)."""

    def __init__(self, facts: YearFacts, level: str) -> None:
        self._facts = facts
        self.level = level
        self.units = facts.units.level(level)
        self.size = len(self.units)
        self._terms: dict[str, Term] = {}
        self._figures: dict[str, Figure] = {}
        self._kept: dict[object, object] = {}

    def keep(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What was made of these facts before under a key, else made now: facts never change."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("Kept", self._kept[key])

    def term(self, name: str) -> Term:
        """Return the column of a name; all unknown when there is no such thing here."""
        if name not in self._terms:
            self._terms[name] = self._make(name)
        return self._terms[name]

    def down(self, level: str) -> LevelFacts:
        """Return facts of a finer level."""
        return self._facts.level(level)

    def up(self, level: str) -> LevelFacts:
        """Return facts of a coarser level."""
        return self._facts.level(level)

    @property
    def year(self) -> int:
        """The checkup year."""
        return self._facts.year

    def source(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        """Name of the source of cells given by their place in the sorted table."""
        return self._facts.source(cells)

    def parents(self, level: str) -> npt.NDArray[np.int64]:
        """Row of the unit above, -1 none."""
        return self._facts.units.parent_rows(self.level, level)

    def gather(self, level: str, amounts: Floats) -> Floats:
        """Sum amounts of a finer level's units for each unit here; removed units count nothing."""
        rows = self._facts.units.parent_rows(level, self.level)
        inside = (rows >= 0) & ~self._facts.units.level(level).removed
        return np.bincount(rows[inside], amounts[inside], self.size).astype(np.float64)

    def figure(self, code: str) -> Figure:
        """Return an indicator's values; the first system that has a number gives it."""
        if code not in self._figures:
            self._figures[code] = self._indicator(code)
        return self._figures[code]

    def _indicator(self, code: str) -> Figure:
        value = np.full(self.size, np.nan)
        state = np.full(self.size, STATE_CODES["missing"], np.uint8)
        origin = np.full(self.size, -1, np.int8)
        groups = tuple(self._facts.groups(self.level, code))
        for place, group in enumerate(groups):
            cells = group.cells
            take = (state[cells.row] != NUMBER) & ((cells.state == NUMBER) | (place == 0))
            rows = cells.row[take]
            value[rows] = np.where(cells.state[take] == NUMBER, cells.value[take], np.nan)
            state[rows], origin[rows] = cells.state[take], place
        return Figure(value, state, origin, groups)

    def _make(self, name: str) -> Term:
        level, _, rest = name.partition(".")
        if rest:
            return self._above(level, rest)
        if name in NUMBERS and name != "population":
            return number(self.units.numbers(name))
        if name in WORDS:
            texts = self.units.words(name)
            return words(texts, np.asarray(texts != "", bool))
        if name == "year":
            return number(np.full(self.size, float(self._facts.year)))
        if name == "population":
            return number(self._population())
        if name == "buildings":
            return number(self._buildings())
        return number(self.figure(name).value)

    def _above(self, level: str, name: str) -> Term:
        found = self._facts.level(level).term(name)
        rows = self.parents(level)
        inside = rows >= 0
        if len(found.known) == 0:
            return number(np.full(self.size, np.nan))
        values = found.values[np.where(inside, rows, 0)]
        known = found.known[np.where(inside, rows, 0)] & inside
        blank: Any = "" if found.kind == "text" else 0
        return Term(found.kind, np.where(known, values, blank).astype(found.values.dtype), known)

    def _population(self) -> Floats:
        """Stated persons, else the sum over the unit's buildings when every home's is known."""
        stated = self.units.numbers("population")
        below = self._facts.units.level("building")
        if LEVELS.index(self.level) >= LEVELS.index("building") or len(below) == 0:
            return stated
        persons, known, untold = self._facts.residents
        summed = self.gather("building", persons)
        counted = self.gather("building", known) > 0
        complete = counted & (self.gather("building", untold) == 0)
        return np.where(np.isfinite(stated), stated, np.where(complete, summed, np.nan))

    def _buildings(self) -> Floats:
        if self.level == "building":
            return np.ones(self.size)
        if LEVELS.index(self.level) > LEVELS.index("building"):
            return np.full(self.size, np.nan)
        return self.gather("building", np.ones(len(self._facts.units.level("building"))))
