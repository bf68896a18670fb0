"""Everything the results of a city are made of: units, values by year, rules, systems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.mapped import trim
from cim_bridge.progress import SILENT, Progress
from cim_bridge.release import ModelRelease, open_model
from indicator_overlays.adopt import adopt
from indicator_overlays.crosscheck import cross_checked
from indicator_overlays.decisions import decide
from indicator_overlays.evidence import Catalogue
from indicator_overlays.facts import YearFacts
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.keycodes import coded, in_one_piece, is_pair, key_codes, words_of
from indicator_overlays.lines import Lines, Rows, stacked
from indicator_overlays.membership import Membership, membership_of
from indicator_overlays.rollup import rollup
from indicator_overlays.rule import Rule, load_rules
from indicator_overlays.store import ValueStore
from indicator_overlays.system import load_systems
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.yearly import Group, Served, group_cells, serving, years_of


@dataclass(frozen=True)
class Assembly:
    """The parts of a results release.

    table: adopted and rolled-up values with `year`, in the order that the groups' offsets count in.
    rows: the unit row of each line of `table`. candidates: every source's value.
    """

    folder: CityFolder
    model: ModelRelease
    systems: dict[str, IndicatorSystem]
    rules: list[Rule]
    units: UnitTable
    table: Lines
    rows: Rows
    groups: list[Group]
    candidates: Lines
    years: list[int]
    membership: Membership | None = None
    log: IssueLog = field(default_factory=IssueLog)

    @property
    def catalogue(self) -> Catalogue:
        """Every indicator by (system, code)."""
        return Catalogue(
            {
                (system.id, code): indicator
                for system in self.systems.values()
                for code, indicator in system.indicators.items()
            }
        )

    @property
    def system_order(self) -> tuple[str, ...]:
        """Systems in the order in which rules ask them: the city's default first."""
        return system_order(self.systems, self.folder.config.default_system)

    def facts(self, year: int) -> YearFacts:
        """Facts of one checkup year."""
        return YearFacts(self.units, self.groups, year, self.system_order, self._sources)

    @cached_property
    def _sources(self) -> Any:
        return coded(self.table["source"])


def system_order(systems: Iterable[str], default: str) -> tuple[str, ...]:
    """The default system first, the others as they are listed."""
    return tuple(sorted(systems, key=lambda item: item != default))


def assemble(
    folder: CityFolder,
    model_digest: str | None = None,
    *,
    progress: Progress = SILENT,
    years: Iterable[int] = (),
) -> Assembly:
    """Adopt, roll up, choose the years' values and group them; nothing is written.

    `years` adds checkup years to those that the values and city.toml give.
    """
    model = open_model(folder, model_digest)
    systems = load_systems(folder)
    rules, log = load_rules(folder, systems)
    log.raise_if_errors()
    units = UnitTable.of(model)
    progress.stage("values: adopt and roll up")
    membership = membership_of(folder, model)
    given = _given(folder, model, systems, units, membership)
    log.extend(given.log)
    values = given.values()
    found_years = sorted({*years_of(values, folder.config), *years})
    served = serving(values, folder.config, systems, found_years)
    served, rows = _placed(values, served, units, log)
    order, groups = group_cells(served.lines_of(values), rows)
    table = served.taken(order).lines_of(values)
    del values, served
    trim()
    progress.done()
    return Assembly(
        folder=folder,
        model=model,
        systems=systems,
        rules=rules,
        units=units,
        table=table,
        rows=rows[order],
        groups=groups,
        candidates=given.candidates,
        years=found_years,
        membership=membership,
        log=log,
    )


@dataclass(frozen=True)
class _Given:
    """Values of all periods: every source's, and behind them roll-ups for units that have none.

    count: how many of the rows are sources'. gone: (system, indicator) that no system has any more.
    """

    store: pa.Table
    count: int
    gone: frozenset[tuple[str, str]]
    log: IssueLog

    @property
    def candidates(self) -> Lines:
        """What every source said."""
        return Lines((self.store,), np.arange(self.count, dtype=np.int32))

    def values(self) -> Lines:
        """Those that stand, with their roll-ups."""
        stands = self.store["adopted"].to_numpy().copy()
        stands[self.count :] = True
        values = Lines((self.store,), np.flatnonzero(stands).astype(np.int32))
        return values.filter(~is_pair(values, self.gone)) if self.gone else values


_MOST = 5_000_000
"""Values above which nothing is kept."""
_LAST: dict[str, _Given] = {}
"""What was given last: a process that diagnoses and then publishes does not read it all twice."""


def _given(
    folder: CityFolder,
    model: ModelRelease,
    systems: dict[str, IndicatorSystem],
    units: UnitTable,
    membership: Membership | None,
) -> _Given:
    """Adopt and roll up; done once for the same model, batches, systems and settings."""
    batches = [digest for digest, _ in folder.list_batches()]
    lists = [(system.id, system.sha256) for system in systems.values()]
    key = repr((str(folder.path), model.digest, batches, lists, folder.config.raw))
    if key not in _LAST:
        found = _adopted(folder, model, systems, units, membership)
        _LAST.clear()
        trim()
        if found.count > _MOST:  # reading twice costs less than the memory
            return found
        _LAST[key] = found
    return _LAST[key]


def _adopted(
    folder: CityFolder,
    model: ModelRelease,
    systems: dict[str, IndicatorSystem],
    units: UnitTable,
    membership: Membership | None,
) -> _Given:
    store, log = ValueStore(folder), IssueLog()
    candidates = decide(adopt(store.table(), folder.config), store.decisions(), log)
    trim()
    parents = (f"parent_{level}" for level in PARENT_LEVELS)
    inside = None if membership is None else membership.ids(units)
    told = rollup(candidates, model.columns("id", "level", "removed", *parents), systems, inside)
    parts = cross_checked(candidates, told, folder.config)
    del candidates
    count = sum(part.num_rows for part in parts)
    parts.append(told.rows)
    del told
    whole = stacked(parts)
    trim()
    return _Given(whole, count, _gone(whole.slice(0, count), systems, log), log)


def _gone(
    candidates: pa.Table, systems: dict[str, IndicatorSystem], log: IssueLog
) -> frozenset[tuple[str, str]]:
    """Indicators of values that no system has (they are not rolled up); they are reported."""
    stands = candidates.select(["system", "indicator"]).filter(candidates["adopted"])
    pairs = in_one_piece(stands).group_by(["system", "indicator"], use_threads=False)
    gone = {
        (pair["system"], pair["indicator"]): int(pair["count_all"])
        for pair in pairs.aggregate([([], "count_all")]).to_pylist()
        if pair["system"] not in systems
        or pair["indicator"] not in systems[pair["system"]].indicators
    }
    if gone:
        log.add("RESULT_INDICATOR_GONE", id="/".join(next(iter(gone))), count=sum(gone.values()))
    return frozenset(gone)


def _placed(values: Lines, served: Served, units: UnitTable, log: IssueLog) -> tuple[Served, Rows]:
    """Lines whose unit the model has, with its row; the others are reported."""
    words = words_of(values, "unit_id")
    _, row = units.rows(np.array(words, object))
    code = key_codes(values, "unit_id")[served.lines]
    rows = row.astype(np.int32)[code] if len(words) else np.zeros(0, np.int32)
    gone = np.flatnonzero(rows < 0)
    if len(gone):
        log.add("RESULT_UNIT_GONE", id=words[int(code[gone[0]])], count=len(gone))
        kept = np.flatnonzero(rows >= 0)
        served, rows = served.taken(kept), rows[kept]
    return served, rows
