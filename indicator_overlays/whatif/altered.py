"""Values under changed projects: cells of the units a project works on, and of those above them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.levels import LEVELS
from indicator_overlays.columns import NUMBER, Cells
from indicator_overlays.indicator import Indicator
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.whatif.effects import Effect
from indicator_overlays.yearly import Group, Key

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Share:
    """Numerator and denominator of the cells of one group, NaN where unknown; as its cells are.

    rolled: cells that are roll-ups of the units below.
    """

    numerator: Floats
    denominator: Floats
    rolled: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Work:
    """One project as it changes values: units (row at their level) and effects."""

    project: str
    level: str
    rows: Ints
    effects: tuple[Effect, ...]


@dataclass(frozen=True)
class Altered:
    """Groups with new cells (only those that changed), and effects that met no value.

    unmet: (project, indicator, units without a number) for the answer: nothing is made up there.
    """

    groups: dict[Key, Group]
    unmet: list[tuple[str, str, int]]


def altered(
    groups: Iterable[Group],
    works: Iterable[Work],
    units: UnitTable,
    indicators: Mapping[tuple[str, str], Indicator],
    shares: Mapping[Key, Share],
) -> Altered:
    """Apply works in their order; two that set one value leave the better of both.

    An effect is on the project's own units where they have a value of their own, else on the units
    inside them at the nearest finer level that has: each is set, or changed by the amount; an
    amount of a sum (a count, a gap) is spread over them by what each has.

    A value never leaves the range of its indicator (a percentage stays within 0 to 100, what was
    never negative stays at 0 or above). Units above that hold a roll-up move with their parts where
    numerator and denominator are known; one with a value of its own source keeps it.
    """
    book = {group.key: group for group in groups}
    made: dict[Key, Group] = {}
    unmet: list[tuple[str, str, int]] = []
    for work in works:
        for effect in work.effects:
            systems = sorted({key.system for key in book if key.indicator == effect.indicator})
            for system in systems:
                indicator = indicators[system, effect.indicator]
                key, rows = _target(work, system, effect.indicator, book, units, shares)
                if key is not None:
                    group = made.get(key, book[key])
                    cells, lacking = _changed(group.cells, rows, effect, indicator)
                    made[key] = Group(key, group.period, group.offset, cells)
                    if lacking:
                        unmet.append((work.project, effect.indicator, lacking))
                else:
                    unmet.append((work.project, effect.indicator, len(work.rows)))
            if not systems:
                unmet.append((work.project, effect.indicator, len(work.rows)))
    made |= _above(book, made, units, indicators, shares)
    return Altered(made, unmet)


def _target(
    work: Work, system: str, code: str, book: Mapping[Key, Group], units: UnitTable,
    shares: Mapping[Key, Share],
) -> tuple[Key | None, Ints]:  # fmt: skip
    """The overlay that an effect changes, and its rows there; None where nothing has a value."""
    finer = [lv for lv in units.levels if LEVELS.index(lv) >= LEVELS.index(work.level)]
    for level in finer:
        key = next(
            (k for k in book if (k.system, k.indicator, k.level) == (system, code, level)), None
        )
        if key is None:
            continue
        rows = work.rows
        if level != work.level:
            above = units.parent_rows(level, work.level)
            rows = np.flatnonzero(np.isin(above, work.rows)).astype(np.int64)
        cells, share = book[key].cells, shares.get(key)
        own = np.isin(cells.row, rows) & (cells.state == NUMBER)
        if share is not None:
            own &= ~share.rolled
        if own.any():
            return key, rows
    return None, work.rows


def _changed(cells: Cells, rows: Ints, effect: Effect, indicator: Indicator) -> tuple[Cells, int]:
    """Cells after one effect; and how many of its units have no number."""
    mine = np.isin(cells.row, rows) & (cells.state == NUMBER)
    before = cells.value[mine]
    after = np.full(len(before), effect.amount) if effect.sets else before + effect.amount
    if not effect.sets and indicator.rollup == "sum" and len(before) > 1:
        whole = float(np.abs(before).sum())
        part = np.abs(before) / whole if whole > 0 else np.full(len(before), 1.0 / len(before))
        after = before + effect.amount * part
    if effect.sets and indicator.direction == "higher":
        after = np.maximum(before, after)
    elif effect.sets and indicator.direction == "lower":
        after = np.minimum(before, after)
    value = cells.value.copy()
    value[mine] = _within(after, cells.value, indicator)
    return Cells(cells.row, value, cells.state), len(rows) - int(mine.sum())


def _within(after: Floats, before: Floats, indicator: Indicator) -> Floats:
    """Values inside the indicator's range; below 0 only where some value already is."""
    low = indicator.low
    if low is None:
        low = -np.inf if bool(np.any(before < 0)) else 0.0
    high = indicator.high if indicator.high is not None else np.inf
    high = min(high, 100.0) if indicator.is_percent and not np.any(before > 100) else high
    return np.clip(after, low, high)


def _above(
    book: Mapping[Key, Group],
    made: Mapping[Key, Group],
    units: UnitTable,
    indicators: Mapping[tuple[str, str], Indicator],
    shares: Mapping[Key, Share],
) -> dict[Key, Group]:
    """Roll-ups of the changed cells, by the change of their numerators (or of their sums)."""
    found: dict[Key, Group] = {}
    for key, group in made.items():
        indicator = indicators[key.system, key.indicator]
        moved = _delta(book[key].cells, group.cells, indicator, shares.get(key))
        if moved is None:
            continue
        for level in units.levels:
            above = key._replace(level=level)
            if LEVELS.index(level) < LEVELS.index(key.level) and above in shares and above in book:
                base = found.get(above, made.get(above, book[above]))
                found[above] = _moved(base, group.cells.row, moved, units, key, indicator, shares)
    return found


def _delta(before: Cells, after: Cells, indicator: Indicator, share: Share | None) -> Floats | None:
    """Change of each cell's numerator (ratio) or value (sum); None where it cannot be told."""
    change = np.nan_to_num(after.value - before.value)
    if indicator.rollup == "sum":
        return change
    if indicator.rollup != "ratio" or share is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = before.value * share.denominator / share.numerator
    usual = scale[np.isfinite(scale) & (scale > 0)]
    factor = float(np.median(usual)) if len(usual) else indicator.scale
    return np.nan_to_num(change * share.denominator / factor)


def _moved(
    base: Group, rows: npt.NDArray[np.uint32], change: Floats, units: UnitTable, key: Key,
    indicator: Indicator, shares: Mapping[Key, Share],
) -> Group:  # fmt: skip
    size = len(units.level(base.key.level))
    above = units.parent_rows(key.level, base.key.level)[rows.astype(np.int64)]
    inside = above >= 0
    total = np.bincount(above[inside], change[inside], size)
    cells, share = base.cells, shares[base.key]
    mine = total[cells.row.astype(np.int64)]
    rolled = (mine != 0) & (cells.state == NUMBER) & share.rolled
    value = cells.value.copy()
    if indicator.rollup == "sum":
        value[rolled] = cells.value[rolled] + mine[rolled]
    else:
        known = rolled & np.isfinite(share.numerator) & (share.denominator > 0)
        known &= share.numerator != 0
        factor = cells.value[known] * share.denominator[known] / share.numerator[known]
        value[known] = (share.numerator[known] + mine[known]) / share.denominator[known] * factor
    value[rolled] = _within(value[rolled], cells.value, indicator)
    return Group(base.key, base.period, base.offset, Cells(cells.row, value, cells.state))
