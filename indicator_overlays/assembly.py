"""Everything the results of a city are made of: units, values by year, rules, systems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.progress import SILENT, Progress
from cim_bridge.release import ModelRelease, open_model
from indicator_overlays.adopt import adopt
from indicator_overlays.crosscheck import cross_check
from indicator_overlays.decisions import decide
from indicator_overlays.evidence import Catalogue
from indicator_overlays.facts import YearFacts
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.membership import Membership, membership_of
from indicator_overlays.rollup import rollup
from indicator_overlays.rule import Rule, load_rules
from indicator_overlays.store import ValueStore
from indicator_overlays.system import load_systems
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.yearly import Group, by_year, group_cells, years_of


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
    table: pa.Table
    rows: npt.NDArray[np.int64]
    groups: list[Group]
    candidates: pa.Table
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
        source = self.table["source"].combine_chunks().dictionary_encode()
        return YearFacts(self.units, self.groups, year, self.system_order, source)


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
    candidates, values = given.candidates, given.values
    log.extend(given.log)
    found_years = sorted({*years_of(values, folder.config), *years})
    table = by_year(values, folder.config, systems, found_years)
    table, rows = _placed(table, units, log)
    order, groups = group_cells(table, rows)
    progress.done()
    return Assembly(
        folder=folder,
        model=model,
        systems=systems,
        rules=rules,
        units=units,
        table=table.take(order).combine_chunks(),
        rows=rows[order],
        groups=groups,
        candidates=candidates,
        years=found_years,
        membership=membership,
        log=log,
    )


@dataclass(frozen=True)
class _Given:
    """Values of all periods: every source's, and those that stand with their roll-ups."""

    candidates: pa.Table
    values: pa.Table
    log: IssueLog


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
        if found.candidates.num_rows > _MOST:  # reading twice costs less than the memory
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
    parents = (f"parent_{level}" for level in PARENT_LEVELS)
    inside = None if membership is None else membership.ids(units)
    told = rollup(candidates, model.columns("id", "level", "removed", *parents), systems, inside)
    candidates = cross_check(candidates, told, folder.config)
    chosen = candidates.filter(candidates["adopted"])
    values = pa.concat_tables([chosen, told.rows], promote_options="default")
    return _Given(candidates, _known(values, systems, log), log)


def _known(values: pa.Table, systems: dict[str, IndicatorSystem], log: IssueLog) -> pa.Table:
    """Keep values whose indicator some system has; the others are reported."""
    pairs = values.group_by(["system", "indicator"]).aggregate([([], "count_all")]).to_pylist()
    gone = [
        pair
        for pair in pairs
        if pair["system"] not in systems
        or pair["indicator"] not in systems[pair["system"]].indicators
    ]
    if not gone:
        return values
    keys = [f"{pair['system']}/{pair['indicator']}" for pair in gone]
    count = sum(int(pair["count_all"]) for pair in gone)
    log.add("RESULT_INDICATOR_GONE", id=keys[0], count=count)
    names: list[Any] = [values["system"], values["indicator"], pa.scalar("/")]
    joined = pc.binary_join_element_wise(*names)
    return values.filter(pc.invert(pc.is_in(joined, pa.array(keys))))


def _placed(
    table: pa.Table, units: UnitTable, log: IssueLog
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Values whose unit the model has, with its row; the others are reported."""
    encoded = table["unit_id"].combine_chunks().dictionary_encode()
    ids = np.array(encoded.dictionary.to_pylist(), object)
    _, row = units.rows(ids)
    rows = row[encoded.indices.to_numpy()] if len(ids) else np.zeros(0, np.int64)
    gone = rows < 0
    if gone.any():
        first = ids[row < 0][0]
        log.add("RESULT_UNIT_GONE", id=first, count=int(gone.sum()))
        table, rows = table.filter(pa.array(~gone)), rows[~gone]
    return table, rows
