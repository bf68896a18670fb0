"""Which value stands for which checkup year, and values as arrays grouped for columns.

A year stands for the latest period that ends by its cut-off date, chosen once for each indicator
and level so that one map never mixes periods; the true period stays with every value.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim_bridge.citytoml import CityConfig
from indicator_overlays.columns import NUMBER, STATE_CODES, Cells
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.keycodes import groups_of, is_one_of, key_codes, looked_up, words_of
from indicator_overlays.lines import Lines, Rows, Valued
from indicator_overlays.values import NUMBER_STATES

Ints = npt.NDArray[np.int64]

_PERIOD = ("system", "indicator", "level", "period", "period_start", "period_end")


class Key(NamedTuple):
    """What one overlay column shows."""

    system: str
    indicator: str
    level: str
    year: int


@dataclass(frozen=True)
class Group:
    """One overlay's cells and where they lie in the sorted table."""

    key: Key
    period: str
    offset: int
    cells: Cells


def years_of(values: Valued, config: CityConfig) -> list[int]:
    """Checkup years: those of city.toml that have values by then, and each year a period ends in.

    A period that ends after its calendar year's cut-off belongs to the next checkup year.
    """
    ends = [end for end in pc.unique(values["period_end"]).to_pylist() if end is not None]
    if not ends:
        return []
    found = {_first_year(end, config) for end in ends}
    first = min(ends)
    found |= {year for year in config.cutoffs if config.cutoff(year) >= first}
    return sorted(found)


def _first_year(end: dt.date, config: CityConfig) -> int:
    return next(year for year in range(end.year - 1, end.year + 4) if config.cutoff(year) >= end)


class Served(NamedTuple):
    """Which line of the values stands for which checkup year, and whether it is too old by then."""

    lines: Ints
    year: npt.NDArray[np.int32]
    stale: npt.NDArray[np.bool_]

    def taken(self, order: Ints) -> Served:
        """The same in another order, or fewer of them."""
        return Served(self.lines[order], self.year[order], self.stale[order])

    def lines_of(self, values: Lines) -> Lines:
        """Those lines of some lines, each with its year; old numbers read as `stale`."""
        return replace(values.take(self.lines), year=self.year, stale=self.stale)

    def of(self, values: pa.Table) -> pa.Table:
        """Those lines with a column `year`; old numbers become `stale` (the number is kept)."""
        table = values.take(self.lines)
        at = table.schema.get_field_index("state")
        old = self.stale & is_one_of(table, "state", NUMBER_STATES)
        if old.any():
            kind = table.schema.field(at).type
            state = pc.if_else(pa.array(old), "stale", table["state"].cast(pa.string()))
            table = table.set_column(at, table.schema.field(at), state.cast(kind))
        return table.append_column("year", pa.array(self.year, pa.int32()))


def by_year(
    values: pa.Table,
    config: CityConfig,
    systems: dict[str, IndicatorSystem],
    years: list[int],
) -> pa.Table:
    """Return values with a column `year` (int32); a value serves every year it stands for.

    Numbers older than the indicator's or the city's age limit become `stale` (the number is kept).
    """
    return serving(values, config, systems, years).of(values)


def serving(
    values: Valued,
    config: CityConfig,
    systems: dict[str, IndicatorSystem],
    years: list[int],
) -> Served:
    """Lines of the values by the year they serve: what `by_year` takes, before it is taken."""
    code, combos = _combinations(values)
    serves = _serving(combos, years, config)
    order = np.argsort(code, kind="stable")
    starts = np.searchsorted(code[order], np.arange(len(combos) + 1))
    parts, marks, stale = [], [], []
    for combo, year in serves:
        rows = order[starts[combo] : starts[combo + 1]]
        parts.append(rows)
        marks.append(np.full(len(rows), year, np.int32))
        stale.append(np.full(len(rows), _is_stale(combos[combo], year, config, systems)))
    take = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    year_column = np.concatenate(marks) if marks else np.zeros(0, np.int32)
    return Served(take, year_column, np.concatenate(stale) if stale else np.zeros(0, bool))


def _combinations(values: Valued) -> tuple[Ints, list[tuple[object, ...]]]:
    """(combination number of each row, combinations of system, indicator, level and period)."""
    code = groups_of(values, _PERIOD)
    first = np.flatnonzero(np.diff(np.maximum.accumulate(code), prepend=-1))
    head = values.select(list(_PERIOD)).take(first).to_pylist()
    return code, [tuple(row[name] for name in _PERIOD) for row in head]


def _serving(
    combos: list[tuple[object, ...]], years: list[int], config: CityConfig
) -> list[tuple[int, int]]:
    """(combination, year) for the latest period by each cut-off; the shorter one on a tie."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, combo in enumerate(combos):
        if combo[5] is not None:
            groups.setdefault(combo[:3], []).append(number)
    found = []
    for members in groups.values():
        ranked = sorted(members, key=lambda n: _recency(combos[n]))
        for year in years:
            cutoff = config.cutoff(year)
            in_time = [n for n in ranked if _date(combos[n][5]) <= cutoff]
            if in_time:
                found.append((in_time[-1], year))
    return found


def _recency(combo: tuple[object, ...]) -> tuple[dt.date, dt.date, str]:
    start = combo[4] if isinstance(combo[4], dt.date) else dt.date.min
    return _date(combo[5]), start, str(combo[3])


def _date(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.min


def _is_stale(
    combo: tuple[object, ...], year: int, config: CityConfig, systems: dict[str, IndicatorSystem]
) -> bool:
    system = systems.get(str(combo[0]))
    indicator = system.indicators.get(str(combo[1])) if system else None
    limit = config.stale_after_years
    if indicator is not None and indicator.max_age_years is not None:
        limit = indicator.max_age_years
    return limit is not None and config.cutoff(year).year - _date(combo[5]).year > limit


def group_cells(table: Valued, rows: Rows) -> tuple[Ints, list[Group]]:
    """Group values by (system, indicator, level, year), by row inside.

    rows: the unit row of each value. Returns the order of the table's lines that the groups'
    offsets count in, and the groups in the order of their keys.
    """
    number, keys = _keys(table)
    order = np.argsort(number * (int(rows.max(initial=0)) + 1) + rows, kind="stable")
    number = number[order]
    change = np.flatnonzero(number[1:] != number[:-1]) + 1
    starts = np.concatenate([[0], change, [len(order)]]) if len(order) else np.zeros(1, np.int64)
    state = state_codes(table)[order]
    value = np.asarray(table["value"].to_numpy(), np.float64)[order]
    value[(state != NUMBER) & (state != STATE_CODES["stale"])] = np.nan
    state[(state == NUMBER) & ~np.isfinite(value)] = STATE_CODES["missing"]
    row = rows[order].astype(np.uint32)
    period = table.take(order[starts[:-1]])["period"].to_pylist()
    groups = []
    for at, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        cells = Cells(row[start:end], value[start:end], state[start:end])
        groups.append(Group(keys[int(number[start])], str(period[at]), start, cells))
    return order, groups


def _keys(table: Valued) -> tuple[Ints, dict[int, Key]]:
    """Number of each value's key, in the order of the keys, and the keys that occur."""
    whole, texts = np.zeros(table.num_rows, np.int64), []
    for name in ("system", "indicator", "level"):
        words = words_of(table, name)
        place = np.argsort(np.argsort(np.array(words, dtype=object)))
        whole *= max(len(words), 1)
        whole += place[key_codes(table, name)] if words else 0
        texts.append(sorted(words))
    year = np.asarray(table["year"].to_numpy(), np.int64)
    low = int(year.min(initial=0)) if len(year) else 0
    span = int(year.max()) - low + 1 if len(year) else 1
    whole *= span
    whole += year - low
    found = {}
    for code in pd.unique(whole).tolist():
        rest, at = divmod(code, span)
        rest, level = divmod(rest, max(len(texts[2]), 1))
        system, indicator = divmod(rest, max(len(texts[1]), 1))
        key = Key(texts[0][system], texts[1][indicator], texts[2][level], low + at)
        found[code] = key
    return whole, found


def state_codes(table: Valued) -> npt.NDArray[np.uint8]:
    """Return the u8 code of each row's state; NUMBER where it carries a number with a class."""
    return looked_up(table, "state", lambda word: STATE_CODES.get(word, NUMBER), np.uint8)
