"""The first ten seconds: every indicator's warning level, by category and by part of the city."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from indicator_overlays.columns import NUMBER, STATE_CODES
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.results_reader import Overlay
from indicator_overlays.scoring.scale import Scale
from indicator_overlays.scoring.score import against_standard
from indicator_overlays.warning import VERSION, WARNINGS, red_below, warnings
from twin_server.answers.rulework import results_of, rule_units
from twin_server.answers.systems import indicator_short
from twin_server.errors import Missing
from twin_server.problems import SEVERITIES
from twin_server.twin import Twin

MOST_PARTS = 5_000
"""Units of a level above which parts are not told apart here."""

_STATES = {code: name for name, code in STATE_CODES.items()}
_PART_LEVELS = ("district", "subdistrict", "community", "block")

Floats = npt.NDArray[np.float64]


def warning_answer(
    twin: Twin, system: IndicatorSystem, year: int, scale: Scale, level: str | None
) -> dict[str, Any]:
    """Warning levels of the city and of its parts at `level`; made once a publication."""
    parts = level or _part_level(twin)
    key = ("warnings", system.id, year, str(scale), parts)
    if key not in twin.answers:
        twin.answers[key] = _made(twin, system, year, scale, parts)
    found: dict[str, Any] = twin.answers[key]
    return found


def _part_level(twin: Twin) -> str:
    """The largest level below the city that has more than one unit."""
    units = rule_units(twin)
    for level in _PART_LEVELS:
        if 1 < len(units.level(level)) <= MOST_PARTS:
            return level
    raise Missing("NO_PARTS", "this city has no districts, communities or blocks to compare")


def _made(
    twin: Twin, system: IndicatorSystem, year: int, scale: Scale, level: str
) -> dict[str, Any]:
    size = len(rule_units(twin).level(level))
    if not 0 < size <= MOST_PARTS:
        raise Missing("NO_PARTS", f"warnings are told of levels of 1 to {MOST_PARTS} units")
    chosen = list(system.indicators.values())
    lines = [_line(twin, item, year, scale, level) for item in chosen]
    return {
        "year": year,
        "system": system.id,
        "level": level,
        "method": {"version": VERSION, "scale": scale.code, "red_below": red_below(scale)},
        "counts": _counts([line["warning"] for line in lines]),
        "by_reference": sum(_by_reference(line) for line in lines),
        "categories": _categories(system, lines),
        "indicators": lines,
        "parts": _parts(twin, chosen, year, scale, level),
    }


def _categories(system: IndicatorSystem, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for category in system.categories:
        mine = [line for line in lines if line["category"]["code"] == category.code]
        found.append(
            {
                "code": category.code,
                "label": dict(category.label),
                "total": len(mine),
                "counts": _counts([line["warning"] for line in mine]),
                "by_reference": sum(_by_reference(line) for line in mine),
            }
        )
    return found


def _counts(words: list[str]) -> dict[str, int]:
    return {word: words.count(word) for word in WARNINGS}


def _by_reference(line: dict[str, Any]) -> bool:
    """Whether a level was judged by a line of reference, which binds nobody."""
    judged = line["warning"] in ("red", "yellow", "normal")
    return judged and bool(line["standard"]["reference"])


def _line(twin: Twin, item: Indicator, year: int, scale: Scale, level: str) -> dict[str, Any]:
    """One indicator for the whole city: its value, last year's, its warning, its worst part."""
    overlay = _overlay(twin, item, "city", year)
    values, states = _values(twin, overlay, "city")
    code = int(warnings(item, values[:1], scale)[0]) if len(values) else WARNINGS.index(
        "not_assessed"
    )  # fmt: skip
    years = results_of(twin).years
    before = years[years.index(year) - 1] if years.index(year) else None
    past = _overlay(twin, item, "city", before) if before is not None else None
    earlier, _ = _values(twin, past, "city")
    return {
        **indicator_short(item),
        "value": float(values[0]) if len(values) else None,
        "state": states[0] if states else "missing",
        "period": None if overlay is None else overlay.period,
        "before": float(earlier[0]) if len(earlier) else None,
        "warning": WARNINGS[code],
        "score": _score(item, values[:1]),
        "bottom_line": item.indicator_type == "bottom_line",
        "department": None if item.department is None else dict(item.department),
        "worst": _worst(twin, _overlay(twin, item, level, year)),
    }


def _score(item: Indicator, values: Floats) -> float | None:
    """How near the city comes to the standard, 0 to 100; None without value or standard."""
    if item.standard is None or not len(values):
        return None
    found = float(against_standard(values, item.standard, share=item.is_percent)[0])
    return found if np.isfinite(found) else None


def _overlay(twin: Twin, item: Indicator, level: str, year: int) -> Overlay | None:
    results = results_of(twin)
    if year not in results.available.get((item.system, item.code), {}).get(level, []):
        return None
    return results.overlay(item.system, item.code, level, year)


def _values(twin: Twin, overlay: Overlay | None, level: str) -> tuple[Floats, list[str]]:
    """((N,) values by row, NaN without a number; the state of each)."""
    size = _size(twin, level)
    found, states = np.full(size, np.nan), ["missing"] * size
    if overlay is None:
        return found, states
    cells = overlay.cells
    has = cells.state == NUMBER
    found[cells.row[has]] = cells.value[has]
    for row, state in zip(cells.row.tolist(), cells.state.tolist(), strict=True):
        states[row] = _STATES.get(state, "measured")
    return found, states


def _size(twin: Twin, level: str) -> int:
    """Units of a level, asked for again with every indicator."""
    key = ("size", level)
    if key not in twin.answers:
        twin.answers[key] = len(rule_units(twin).level(level))
    found: int = twin.answers[key]
    return found


def _worst(twin: Twin, overlay: Overlay | None) -> dict[str, Any] | None:
    """The part that ranks last, with its value; None where nothing tells parts apart."""
    if overlay is None or int(np.max(overlay.rank, initial=0)) < 2:
        return None
    last = int(np.argmax(overlay.rank))
    line = twin.units.at(overlay.key.level, int(overlay.cells.row[last]))
    return {"unit": twin.units.ref(line), "value": float(overlay.cells.value[last])}


def _parts(
    twin: Twin, chosen: list[Indicator], year: int, scale: Scale, level: str
) -> list[dict[str, Any]]:
    """Units of the level, the one with most red first, then yellow, then severe problems."""
    units = rule_units(twin).level(level)
    tally = np.zeros((len(units), len(WARNINGS)), np.int64)
    every = np.arange(len(units))
    for item in chosen:
        overlay = _overlay(twin, item, level, year)
        tally[every, warnings(item, _values(twin, overlay, level)[0], scale)] += 1
    alive = np.flatnonzero(~units.removed)
    severe, people = _problems(twin, year, level, len(units))
    order = alive[np.lexsort((alive, -severe[alive, 0], -tally[alive, 1], -tally[alive, 0]))]
    lines = np.array([twin.units.at(level, row) for row in order.tolist()], np.int64)
    refs = twin.units.refs(lines) if len(lines) else []
    return [
        {
            "unit": ref,
            "bbox": twin.units.bbox(line),
            "counts": dict(zip(WARNINGS, tally[row].tolist(), strict=True)),
            "problems": dict(zip(SEVERITIES, severe[row].tolist(), strict=True)),
            "people": float(people[row]) if people[row] > 0 else None,
        }
        for ref, line, row in zip(refs, lines.tolist(), order.tolist(), strict=True)
    ]


def _problems(twin: Twin, year: int, level: str, size: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """((size, 3) problems by severity in each part, (size,) most people one of them concerns)."""
    table = twin.problems.problems
    counts, people = np.zeros((size, len(SEVERITIES)), np.int64), np.zeros(size)
    rows = np.flatnonzero(table.numbers("year") == year)
    above = [_part_of(twin, name, level) for name in table.values("unit_id", rows)]
    where = np.array([-1 if row is None else row for row in above], np.int64)
    ranks = {word: place for place, word in enumerate(SEVERITIES)}
    words = [ranks.get(word, -1) for word in table.values("severity", rows)]
    severity = np.array(words, np.int64)
    keep = (where >= 0) & (severity >= 0)
    np.add.at(counts, (where[keep], severity[keep]), 1)
    concerned = np.nan_to_num(table.numbers("people")[rows].astype(np.float64))
    np.maximum.at(people, where[keep], concerned[keep])
    return counts, people


def _part_of(twin: Twin, unit_id: str, level: str) -> int | None:
    """Row of the part a unit lies in, or is."""
    index = twin.units.find(unit_id)
    if index is None:
        return None
    if twin.units.level(index) != level:
        index = twin.units.find(twin.units.parent(index, level) or "")
    return None if index is None else int(twin.units.value("row", index))
