"""One question put to a published city: the problems and the maps as they would be.

The rules run twice on the same facts, as they are and as they would be, so that only the question
makes the difference. Loaded problems, workflow and stored values are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cim_bridge.levels import LEVELS
from indicator_overlays.columns import class_codes, u8_column
from indicator_overlays.diagnose import diagnose_years
from indicator_overlays.evidence import Catalogue
from indicator_overlays.facts import YearFacts
from indicator_overlays.indicator import Indicator
from indicator_overlays.results_reader import Results
from indicator_overlays.rule import Rule
from indicator_overlays.severity import GRADES
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.whatif.altered import Share, Work, altered
from indicator_overlays.whatif.effects import effects_of
from indicator_overlays.whatif.portfolio import Portfolio, choose
from indicator_overlays.whatif.standards import with_standards
from indicator_overlays.yearly import Group, Key

FINISHED = frozenset({"completed", "verified"})
"""States of projects whose effect the values already show."""


@dataclass(frozen=True)
class Question:
    """projects: ids taken as finished. standards: indicator code → the number it is held to."""

    year: int
    projects: tuple[str, ...] = ()
    standards: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A class-code column as it would be; classes are those of the published legend."""

    key: Key
    data: npt.NDArray[np.uint8]
    changed: int


@dataclass(frozen=True)
class Answer:
    """before, after: problems of the rules asked (DIAGNOSIS_SCHEMA). gone, new: problem ids.

    milder, graver: ids whose severity differs. rules: codes that were run. columns: as they would
    be. unmet: (project, indicator, units) effects that met no number. silent: projects asked for
    that declare no effect. unknown: project ids nobody knows. untouched: rules that speak about a
    changed standard but hold no number of their own against it.
    """

    before: pa.Table
    after: pa.Table
    gone: tuple[str, ...]
    new: tuple[str, ...]
    milder: tuple[str, ...]
    graver: tuple[str, ...]
    rules: tuple[str, ...]
    columns: tuple[Column, ...]
    unmet: tuple[tuple[str, str, int], ...]
    silent: tuple[str, ...]
    unknown: tuple[str, ...]
    untouched: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """chosen: project ids. best: cost, points, gap of the program. of: ids it chose from.

    unpriced: ids without a cost, which cannot be chosen. answer: the rules run with all chosen.
    """

    chosen: tuple[str, ...]
    best: Portfolio
    of: tuple[str, ...]
    unpriced: tuple[str, ...]
    answer: Answer


class WhatIf:
    """A pinned results release, ready to be asked; keeps the facts of a year between questions."""

    def __init__(
        self, results: Results, units: UnitTable, book: Catalogue, systems: Sequence[str]
    ) -> None:
        """`systems`: the order in which systems are asked for a code, the default first."""
        self._results, self._units, self._book = results, units, book
        self._systems = tuple(systems)
        self._facts: dict[int, YearFacts] = {}

    @property
    def indicators(self) -> dict[tuple[str, str], Indicator]:
        """Indicators by (system, code)."""
        return self._book.indicators

    def ask(self, question: Question) -> Answer:
        """Answer a question; the year must be one of the release's."""
        works, silent, unknown = self.works(question.projects)
        rules = tuple(self._results.rules.values())
        moved = with_standards(rules, dict(question.standards))
        touched = {effect.indicator for work in works for effect in work.effects}
        groups = self._groups(question.year)
        new = altered(groups, works, self._units, self.indicators, self._shares(groups, touched))
        touched |= {key.indicator for key in new.groups}
        codes = [
            rule.code for rule in rules if rule.code in moved.changed or _names(rule) & touched
        ]
        before = self._diagnosed(question.year, [r for r in rules if r.code in codes], {})
        later = [rule for rule in moved.rules if rule.code in codes]
        after = self._diagnosed(question.year, later, new.groups)
        gone, fresh, milder, graver = _compared(before, after)
        return Answer(
            before, after, gone, fresh, milder, graver, tuple(codes),
            tuple(self._column(group) for group in new.groups.values()),
            tuple(new.unmet), silent, unknown, moved.untouched,
        )  # fmt: skip

    def portfolio(self, year: int, budget: float, projects: Sequence[str] = ()) -> Plan:
        """The projects that solve the most problem points for a budget (10k yuan).

        projects: ids to choose from; every unfinished one with a declared effect unless given.
        """
        table = self._results.projects.to_pylist()
        rows = [row for row in table if not projects or row["project_id"] in projects]
        rows = [row for row in rows if effects_of(row.get("effects"))]
        rows = [row for row in rows if row["state"] not in (*FINISHED, "cancelled")]
        names = [str(row["project_id"]) for row in rows]
        solved = [self._solved(year, name) for name in names]
        problems = sorted({problem for one in solved for problem in one})
        place = {problem: number for number, problem in enumerate(problems)}
        points = {problem: weight for one in solved for problem, weight in one.items()}
        pairs = [(p, place[problem]) for p, one in enumerate(solved) for problem in one]
        cost = np.array([row["investment_10k"] for row in rows], np.float64)
        pair = np.array(pairs, np.int64).reshape(-1, 2)
        weights = np.array([points[problem] for problem in problems], np.float64)
        found = choose(cost, weights, pair[:, 0], pair[:, 1], budget)
        chosen = tuple(name for name, on in zip(names, found.chosen, strict=True) if on)
        unpriced = tuple(n for n, c in zip(names, cost, strict=True) if not np.isfinite(c))
        return Plan(chosen, found, tuple(names), unpriced, self.ask(Question(year, chosen)))

    def _solved(self, year: int, project: str) -> dict[str, float]:
        """Problems that one project alone ends, with their points (at least 1 each)."""
        answer = self.ask(Question(year, (project,)))
        points = dict(_pairs(answer.before, "points"))
        return {name: max(1.0, float(points[name])) for name in answer.gone}

    def works(self, projects: Sequence[str]) -> tuple[list[Work], tuple[str, ...], tuple[str, ...]]:
        """Works of projects, those that declare no effect, and ids that nobody knows."""
        rows = {str(row["project_id"]): row for row in self._results.projects.to_pylist()}
        works: list[Work] = []
        silent, unknown = [], []
        for name in dict.fromkeys(projects):
            row = rows.get(name)
            if row is None:
                unknown.append(name)
                continue
            made = self._works(name, row) if row["state"] not in FINISHED else []
            works += made
            if not made:
                silent.append(name)
        return works, tuple(silent), tuple(unknown)

    def _works(self, name: str, row: dict[str, Any]) -> list[Work]:
        import orjson

        effects = effects_of(row.get("effects"))
        if not effects:
            return []
        ids = np.array(orjson.loads(row["unit_ids"] or "[]"), object)
        place, rows = self._units.rows(ids)
        return [
            Work(name, level, rows[place == number], effects)
            for number, level in enumerate(self._units.levels)
            if (place == number).any()
        ]

    def _groups(self, year: int) -> list[Group]:
        found = []
        for key in self._results.keys:
            if key.year == year:
                overlay = self._results.overlay(*key)
                found.append(Group(key, overlay.period, 0, overlay.cells))
        return found

    def _shares(self, groups: Sequence[Group], codes: set[str]) -> dict[Key, Share]:
        """Numerators and denominators of the groups of some indicators, in the cells' order."""
        if not codes:
            return {}
        year = groups[0].key.year if groups else 0
        names = ["system", "indicator", "level", "row", "numerator", "denominator", "method"]
        table = pq.read_table(
            self._results.path / "values.parquet",
            columns=names,
            filters=[("year", "=", year), ("indicator", "in", sorted(codes))],
        ).to_pandas()
        by_key = {
            (str(system), str(code), str(level)): part.set_index("row")
            for (system, code, level), part in table.groupby(["system", "indicator", "level"])
        }
        found = {}
        for group in groups:
            part = by_key.get(group.key[:3])
            if part is not None:
                rows = part.reindex(pd.Index(group.cells.row))
                found[group.key] = Share(
                    rows["numerator"].to_numpy(np.float64),
                    rows["denominator"].to_numpy(np.float64),
                    (rows["method"] == "rollup").to_numpy(bool),
                )
        return found

    def _diagnosed(
        self, year: int, rules: Sequence[Rule], changed: Mapping[Key, Group]
    ) -> pa.Table:
        """Problems of a year; the year before says which are found again."""
        years = [item for item in self._results.years if item < year][-1:]
        facts = [self._plain(item) for item in years]
        facts.append(self._changed(year, changed) if changed else self._plain(year))
        found = diagnose_years(facts, rules, self._book).problems
        return found.filter(pc.equal(found["year"], pa.scalar(year, pa.int32())))

    def _plain(self, year: int) -> YearFacts:
        if year not in self._facts:
            self._facts[year] = self._results.facts(year, self._units, self._systems)
        return self._facts[year]

    def _changed(self, year: int, changed: Mapping[Key, Group]) -> YearFacts:
        groups = [
            Group(key, group.period, group.offset, changed[key].cells) if key in changed else group
            for group in self._plain(year).every()
            for key in (group.key,)
        ]
        return YearFacts(self._units, groups, year, self._systems, self._plain(year).sources)

    def _column(self, group: Group) -> Column:
        key = group.key
        breaks = self._results.breaks(key.system, key.indicator, key.level)
        codes = class_codes(group.cells, breaks)
        removed = self._units.level(key.level).removed
        now = self._results.overlay(*key)
        changed = int(np.sum(now.cells.value != group.cells.value) - _both_nan(now.cells, group))
        return Column(key, u8_column(group.cells, codes, removed), changed)


def _both_nan(now: Any, group: Group) -> int:
    return int(np.sum(np.isnan(now.value) & np.isnan(group.cells.value)))


def _names(rule: Rule) -> set[str]:
    """Indicators that a rule's condition needs, of its own level, above and below."""
    parts = [part for part in (rule.scope, rule.when, rule.value, rule.limit) if part is not None]
    found = {name.rpartition(".")[2] for part in parts for name in part.names}
    return found | {n for part in parts for names in part.below.values() for n in names}


def _pairs(table: pa.Table, column: str) -> list[tuple[str, Any]]:
    names = [str(name) for name in table["problem_id"].to_pylist()]
    return list(zip(names, table[column].to_pylist(), strict=True))


def _compared(before: pa.Table, after: pa.Table) -> tuple[tuple[str, ...], ...]:
    """Ids gone, new, milder and graver."""
    old = {name: GRADES.index(grade) for name, grade in _pairs(before, "severity")}
    new = {name: GRADES.index(grade) for name, grade in _pairs(after, "severity")}
    both = [name for name in new if name in old]
    return (
        tuple(name for name in old if name not in new),
        tuple(name for name in new if name not in old),
        tuple(name for name in both if new[name] < old[name]),
        tuple(name for name in both if new[name] > old[name]),
    )


def levels_of(columns: Sequence[Column]) -> list[str]:
    """Levels that an answer recolours, coarse to fine."""
    return [level for level in LEVELS if any(c.key.level == level for c in columns)]
