"""Which units of a level fit a combined question; three answers: yes, no, and not known.

A value past its limit is a value. What is missing neither fits nor fails: a block without a value
is not "below 30", and `none` of a thing not known is not known either (Kleene's logic).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.errors import WrongUse
from cim_bridge.levels import PARENT_LEVELS
from indicator_overlays.columns import NUMBER, STATE_CODES
from indicator_overlays.indicator import Indicator, Standard
from indicator_overlays.results_reader import Overlay
from indicator_overlays.survey import SATISFACTION
from twin_server.answers.surveys import survey_rows
from twin_server.answers.systems import find_indicator
from twin_server.coded import Rows
from twin_server.errors import Missing
from twin_server.schemas.find import (
    AttributeIs,
    Group,
    IndicatorIs,
    InsideRing,
    ProblemIs,
    SatisfactionIs,
    VerdictIs,
    WithinUnit,
)
from twin_server.twin import Twin

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

NUMBERS: tuple[str, ...] = ("year_built", "height", "storeys", "area", "population", "ground")
WORDS: tuple[str, ...] = ("use", "structure", "kind", "source_id")
"""Attributes of the model that a question may name."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Where a question is asked: lines of the living units of a level, the year, the system."""

    twin: Twin
    level: str
    lines: Rows
    year: int | None
    system: str | None


@dataclass(frozen=True)
class Said:
    """One truth a unit: yes, no, or (neither) not known."""

    yes: Mask
    no: Mask


@dataclass(frozen=True)
class Readings:
    """Values of an indicator as units of a level see them; level: where the column stands."""

    indicator: Indicator
    level: str
    values: Floats


def said_of(asked: Asked, where: Any) -> Said:
    """Answer a condition for every unit."""
    if isinstance(where, Group):
        return _group(where, [said_of(asked, part) for part in where.args], len(asked.lines))
    for kind, answer in _LEAVES.items():
        if isinstance(where, kind):
            return answer(asked, where)
    raise WrongUse(f"no condition is called {where!r}")


def _group(where: Group, parts: list[Said], size: int) -> Said:
    if not parts:
        return _sure(np.ones(size, bool))
    yes, no = [part.yes for part in parts], [part.no for part in parts]
    if where.of == "all":
        return Said(np.logical_and.reduce(yes), np.logical_or.reduce(no))
    some = Said(np.logical_or.reduce(yes), np.logical_and.reduce(no))
    return some if where.of == "any" else Said(some.no, some.yes)


def _sure(fits: Mask) -> Said:
    return Said(fits, ~fits)


def _known(fits: Mask, known: Mask) -> Said:
    return Said(fits & known, ~fits & known)


def _attribute(asked: Asked, where: AttributeIs) -> Said:
    table = asked.twin.units.table
    if where.name in NUMBERS:
        values = table.numbers(where.name).astype(np.float64)[asked.lines]
        return _numbers(values, where.op, _number(where.value, where.name))
    if where.name not in WORDS:
        raise WrongUse(f"no attribute {where.name!r}; known: {', '.join((*NUMBERS, *WORDS))}")
    if where.op not in ("=", "!="):
        raise WrongUse(f"{where.name} is a word: it is = or != another")
    codes = table.codes(where.name)[asked.lines]
    empty = codes == table.code(where.name, "")
    same = codes == table.code(where.name, str(where.value))
    return _known(same if where.op == "=" else ~same, (codes >= 0) & ~empty)


def _number(value: float | str, name: str) -> float:
    try:
        return float(value)
    except ValueError as exc:
        raise WrongUse(f"{name} is compared with a number, not with {value!r}") from exc


def _numbers(values: Floats, op: str, limit: float) -> Said:
    known = np.isfinite(values)
    fits = np.zeros(len(values), bool)
    fits[known] = _COMPARE[op](values[known], limit)
    return _known(fits, known)


def readings(asked: Asked, code: str, system: str | None) -> Readings:
    """Exact values at the level, or at the nearest level above that has a column."""
    indicator = find_indicator(asked.twin, system or asked.system, code)
    results, year = asked.twin.results, asked.year
    there = results.available.get((indicator.system, code), {}) if results else {}
    for level in (asked.level, *reversed(above(asked.level))):
        if results is not None and year is not None and year in there.get(level, []):
            overlay = results.overlay(indicator.system, code, level, year)
            dense = dense_values(asked.twin, overlay, stale=True)
            return Readings(indicator, level, lifted(asked, level, dense))
    raise Missing(
        "NO_OVERLAY", f"{indicator.system} {code} has no values at or above {asked.level} in {year}"
    )


def above(level: str) -> tuple[str, ...]:
    """Levels that units of this one may lie in, coarse to fine."""
    if level in PARENT_LEVELS:
        return PARENT_LEVELS[: PARENT_LEVELS.index(level)]
    return () if level == "area" else PARENT_LEVELS


def dense_values(twin: Twin, overlay: Overlay, *, stale: bool = False) -> Floats:
    """One value a row of the overlay's level; NaN where there is no number.

    stale: whether values past their limit count too; maps leave them out, questions do not.
    """
    level = overlay.key.level
    known = twin.units.table.numbers("row")[twin.units.of_level(level)].astype(np.int64)
    rows = int(known.max(initial=-1)) + 1
    found = np.full(max(rows, int(overlay.cells.row.astype(np.int64).max(initial=-1)) + 1), np.nan)
    has = overlay.cells.state == NUMBER
    if stale:
        has |= overlay.cells.state == STATE_CODES["stale"]
    found[overlay.cells.row[has]] = overlay.cells.value[has]
    return found


def lifted(asked: Asked, level: str, dense: Floats) -> Floats:
    """Values by row of a level, brought to the asked units (their own, or their parent's)."""
    table = asked.twin.units.table
    if level == asked.level:
        rows = table.numbers("row")[asked.lines].astype(np.int64)
        return dense[rows]
    words = table.words(f"parent_{level}")
    places = [asked.twin.units.find(word) if word else None for word in words]
    rows_of = table.numbers("row")
    by_word = np.array(
        [np.nan if place is None else dense[int(rows_of[place])] for place in places] + [np.nan]
    )
    return by_word[table.codes(f"parent_{level}")[asked.lines]]


def _indicator(asked: Asked, where: IndicatorIs) -> Said:
    return _numbers(readings(asked, where.code, where.system).values, where.op, where.value)


def _verdict(asked: Asked, where: VerdictIs) -> Said:
    found = readings(asked, where.code, where.system)
    known = np.isfinite(found.values)
    if where.value == "missing":
        return _sure(~known)
    standard = found.indicator.standard
    if standard is None or standard.reference:
        return _known(known & False, known & False)
    met = meets_all(standard, found.values)
    return _known(met if where.value == "met" else ~met, known)


def meets_all(standard: Standard, values: Floats) -> Mask:
    """Which values meet a standard; each distinct one is asked once."""
    distinct, place = np.unique(values, return_inverse=True)
    told = [bool(np.isfinite(value) and standard.meets(float(value))) for value in distinct]
    return np.array(told, bool)[place]


def _problem(asked: Asked, where: ProblemIs) -> Said:
    table = asked.twin.problems.problems
    rows = table.where(year=asked.year, rule=where.rule or None, severity=where.severity or None)
    names = {name for name in table.values("unit_id", rows) if name}
    units = asked.twin.units
    here = np.zeros(len(units.ids), bool)
    here[[place for name in names if (place := units.find(name)) is not None]] = True
    fits = here[asked.lines]
    if where.where == "around":
        for level in above(asked.level):
            inside = [word in names for word in units.table.words(f"parent_{level}")]
            fits |= np.array([*inside, False])[units.table.codes(f"parent_{level}")[asked.lines]]
    return _sure(fits)


def satisfaction_of(asked: Asked) -> Floats:
    """Satisfaction of every unit, or of the nearest unit around it that was asked; NaN: none."""
    rows = survey_rows(asked.twin, asked.year)
    told = {row["unit_id"]: row["value"] for row in rows if row["indicator"] == SATISFACTION}
    units = asked.twin.units
    found = np.full(len(asked.lines), np.nan)
    for level in (asked.level, *(name for name in reversed(above(asked.level)) if name != "city")):
        names = [name for name in told if name.startswith(f"{level}:")]
        if level == asked.level:
            values = np.full(len(units.ids), np.nan)
            places = [(units.find(name), told[name]) for name in names]
            for place, value in places:
                if place is not None and value is not None:
                    values[place] = value
            here = values[asked.lines]
        else:
            words = [told.get(word) for word in units.table.words(f"parent_{level}")]
            by_word = np.array([np.nan if word is None else word for word in words] + [np.nan])
            here = by_word[units.table.codes(f"parent_{level}")[asked.lines]]
        found = np.where(np.isfinite(found), found, here)
    return found


def _satisfaction(asked: Asked, where: SatisfactionIs) -> Said:
    return _numbers(satisfaction_of(asked), where.op, where.value)


def _inside(asked: Asked, where: InsideRing) -> Said:
    import shapely

    ring = shapely.make_valid(shapely.Polygon(where.ring))
    shapely.prepare(ring)
    centres = asked.twin.units.centres[asked.lines]
    return _sure(shapely.contains_xy(ring, centres[:, 0], centres[:, 1]))


def _within(asked: Asked, where: WithinUnit) -> Said:
    asked.twin.unit(where.unit)
    inside = asked.twin.units.search(level=asked.level, parent=where.unit)
    return _sure(np.isin(asked.lines, inside))


_LEAVES: dict[type, Callable[[Asked, Any], Said]] = {
    AttributeIs: _attribute,
    IndicatorIs: _indicator,
    VerdictIs: _verdict,
    ProblemIs: _problem,
    SatisfactionIs: _satisfaction,
    InsideRing: _inside,
    WithinUnit: _within,
}
