"""Scores of units by a scale, and facts against feelings; optional, and always with coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicator_overlays.columns import NUMBER
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.quadrants import OBJECTIVE_LINE, QUADRANTS, SATISFACTION_LINE, place
from indicator_overlays.scoring.scale import Scale, load_scales
from indicator_overlays.scoring.score import UnitScore, score, unit_score
from indicator_overlays.survey import SATISFACTION, SMALL_SAMPLE
from twin_server.answers.rulework import results_of, rule_units
from twin_server.answers.surveys import survey_rows
from twin_server.errors import Missing
from twin_server.twin import Twin

MOST = 20_000
"""Units of a level above which scores are not given for all at once."""

Floats = npt.NDArray[np.float64]


def find_scale(twin: Twin, code: str | None) -> Scale:
    """The asked scale, or the default one."""
    scales, log = load_scales(twin.folder)
    log.raise_if_errors()
    wanted = code or "default"
    if wanted not in scales:
        raise Missing("UNKNOWN_SCALE", f"no scale {wanted!r}; known: {', '.join(scales)}")
    return scales[wanted]


def score_items(
    twin: Twin, system: IndicatorSystem, year: int, level: str, scale: Scale,
    unit: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Units of a level, the lowest score first; those without a score last.

    unit: that unit of the level alone; Missing UNKNOWN_UNIT where it is none.
    """
    found = _scores(twin, system, year, level, scale)
    if unit is not None:
        row = rule_units(twin).level(level).index.get_indexer(pd.Index([unit]))[0]
        if row not in found:
            raise Missing("UNKNOWN_UNIT", f"no unit {unit!r} at level {level}")
        found = {int(row): found[int(row)]}
    order = sorted(found, key=lambda row: (found[row].score is None, found[row].score or 0.0, row))
    lines = np.array([twin.units.at(level, row) for row in order], np.int64)
    refs = twin.units.refs(lines) if len(lines) else []
    return [
        {"unit": ref, **score_json(found[row], system)}
        for ref, row in zip(refs, order, strict=True)
    ]


def unit_scores(
    twin: Twin, system: IndicatorSystem, year: int, level: str, scale: Scale
) -> dict[int, UnitScore]:
    """Score of every living unit of a level by its row."""
    return _scores(twin, system, year, level, scale)


def score_json(found: UnitScore, system: IndicatorSystem) -> dict[str, Any]:
    """A unit's score with its parts."""
    labels = {category.code: category.label for category in system.categories}
    return {
        "score": found.score,
        "coverage": found.coverage,
        "grade": None
        if found.grade is None
        else {"code": found.grade.code, "label": found.grade.label},
        "failing": list(found.failing),
        "categories": [
            {
                "code": part.category,
                "label": labels.get(part.category, {"zh": part.category, "en": part.category}),
                "score": part.score,
                "coverage": part.coverage,
                "failing": list(part.failing),
            }
            for part in found.categories
        ],
    }


def _scores(
    twin: Twin, system: IndicatorSystem, year: int, level: str, scale: Scale
) -> dict[int, UnitScore]:
    units = rule_units(twin).level(level)
    if len(units) == 0 or len(units) > MOST:
        raise Missing("NO_SCORES", f"scores are given for levels of 1 to {MOST} units")
    key = ("scores", system.id, year, level, scale)
    if str(key) not in twin.answers:
        twin.answers[str(key)] = _made(twin, system, year, level, scale)
    found: dict[int, UnitScore] = twin.answers[str(key)]
    return found


def _made(
    twin: Twin, system: IndicatorSystem, year: int, level: str, scale: Scale
) -> dict[int, UnitScore]:
    units = rule_units(twin).level(level)
    chosen = [item for item in system.indicators.values() if level in item.reach]
    size = (len(units), len(chosen))
    values, scores = np.full(size, np.nan), np.full(size, np.nan)
    years = results_of(twin).years
    before = years[years.index(year) - 1] if years.index(year) else None
    for place_, item in enumerate(chosen):
        values[:, place_] = _values(twin, item, level, year, len(units))
        past = None if before is None else _values(twin, item, level, before, len(units))
        scores[:, place_] = score(item, values[:, place_], scale, past)
    alive = np.flatnonzero(~units.removed).tolist()
    return {row: unit_score(chosen, scores[row], values[row], scale) for row in alive}


def _values(twin: Twin, item: Indicator, level: str, year: int, size: int) -> Floats:
    found = np.full(size, np.nan)
    results = results_of(twin)
    if year in results.available.get((item.system, item.code), {}).get(level, []):
        cells = results.overlay(item.system, item.code, level, year).cells
        has = cells.state == NUMBER
        found[cells.row[has]] = cells.value[has]
    return found


def quadrant_answer(
    twin: Twin, system: IndicatorSystem, year: int, level: str, scale: Scale
) -> dict[str, Any]:
    """Units of a level by facts and feelings, with counts of each quadrant."""
    found = _scores(twin, system, year, level, scale)
    rows = list(found)
    told = {
        row["unit_id"]: row
        for row in survey_rows(twin, year)
        if row["indicator"] == SATISFACTION and row["unit_id"].startswith(f"{level}:")
    }
    ids = rule_units(twin).level(level).ids
    felt = [told.get(str(ids[row])) for row in rows]
    objective = np.array([_number(found[row].score) for row in rows], np.float64)
    satisfaction = np.array([_number(item and item["value"]) for item in felt], np.float64)
    sample = np.array([float((item and item["n"]) or 0) for item in felt], np.float64)
    failing = np.array([bool(found[row].failing) for row in rows], bool)
    placed = place(objective, satisfaction, sample, failing, least=SMALL_SAMPLE)
    lines = np.array([twin.units.at(level, row) for row in rows], np.int64)
    items = [
        {
            "unit": ref,
            "quadrant": str(placed.quadrant[i]),
            "score": found[row].score,
            "coverage": found[row].coverage,
            "satisfaction": None if felt[i] is None else satisfaction[i],
            "n": int(sample[i]),
            "small_sample": bool(placed.small[i]),
            "bottom_line": bool(placed.bound[i]),
        }
        for i, (ref, row) in enumerate(
            zip(twin.units.refs(lines) if len(lines) else [], rows, strict=True)
        )
    ]
    counts = {name: int(np.sum(placed.quadrant == name)) for name in QUADRANTS}
    return {
        "year": year,
        "level": level,
        "system": system.id,
        "scale": {"code": scale.code, "version": scale.version, "label": scale.label},
        "lines": {"objective": OBJECTIVE_LINE, "satisfaction": SATISFACTION_LINE},
        "counts": counts,
        "items": items,
    }


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
