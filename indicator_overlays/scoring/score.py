"""Scores of values, 0 to 100, and of units; a missing value has no score and never counts as 0.

Formulas: higher is better 100 x min(1, x/standard); lower is better 100 x min(1, standard/x), for
a standard of 0 100 while x is 0 and else 0 (or 100 x (1 - share) where x is a share); a range 100
inside and falling by the relative distance outside. Peers: min-max among the units of a level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indicator_overlays.indicator import Indicator, Standard
from indicator_overlays.scoring.scale import Grade, Scale

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CategoryScore:
    """Mean of a category's scores by weight; coverage: share of its weight that has one."""

    category: str
    score: float | None
    coverage: float
    failing: tuple[str, ...]


@dataclass(frozen=True)
class UnitScore:
    """Score of a unit: categories by weight. grade is None when too little is known.

    failing: bottom-line indicators that miss an official standard.
    """

    score: float | None
    coverage: float
    grade: Grade | None
    categories: tuple[CategoryScore, ...]
    failing: tuple[str, ...]


def against_standard(values: Floats, standard: Standard, *, share: bool = False) -> Floats:
    """Score values against a standard. share: values are percentages, so 100 - x where it is 0."""
    if standard.op == "range":
        return _range(values, standard.low, standard.high)
    limit = standard.value
    if limit is None:
        return np.full(len(values), np.nan)
    if standard.op == "=":
        return _range(values, limit, limit)
    if standard.op in (">=", ">"):
        return _higher(values, limit)
    return _lower(values, limit, share)


def _higher(values: Floats, limit: float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        part = values / limit if limit > 0 else 1.0 - (limit - values) / (1.0 + abs(limit))
    return _bounded(np.where(values >= limit, 1.0, part), values)


def _lower(values: Floats, limit: float, share: bool) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if limit > 0:
            part = limit / values
        else:
            part = 1.0 - (values - limit) / 100.0 if share else np.zeros(len(values))
    return _bounded(np.where(values <= limit, 1.0, part), values)


def _range(values: Floats, low: float | None, high: float | None) -> Floats:
    below = np.zeros(len(values)) if low is None else np.maximum(0.0, low - values)
    above = np.zeros(len(values)) if high is None else np.maximum(0.0, values - high)
    width = max(abs(low or 0.0), abs(high or 0.0)) or 1.0
    with np.errstate(over="ignore"):
        return _bounded(1.0 - (below + above) / width, values)


def _bounded(part: Floats, values: Floats) -> Floats:
    score: Floats = 100.0 * np.clip(part, 0.0, 1.0)
    return np.where(np.isfinite(values), score, np.nan)


def against_peers(values: Floats, direction: str) -> Floats:
    """100 for the best unit, 0 for the worst; NaN for `range`, and where all are equal 100."""
    if direction not in ("higher", "lower") or not np.isfinite(values).any():
        return np.full(len(values), np.nan)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if high == low:
        return np.where(np.isfinite(values), 100.0, np.nan)
    part = (values - low) / (high - low)
    return np.asarray(100.0 * (part if direction == "higher" else 1.0 - part), np.float64)


def against_history(values: Floats, before: Floats, direction: str) -> Floats:
    """100 where a value is at least as good as the year before, less by the relative loss."""
    if direction not in ("higher", "lower"):
        return np.full(len(values), np.nan)
    better = values - before if direction == "higher" else before - values
    with np.errstate(divide="ignore", invalid="ignore"):
        part = 1.0 + np.minimum(better, 0.0) / np.maximum(np.abs(before), 1e-12)
    return _bounded(np.where(better >= 0, 1.0, part), values + before)


def score(
    indicator: Indicator, values: Floats, scale: Scale, before: Floats | None = None
) -> Floats:
    """Score every unit's value of one indicator, NaN where there is nothing to hold it against."""
    if scale.benchmark == "peers":
        return against_peers(values, indicator.direction)
    if scale.benchmark == "history":
        known = before if before is not None else np.full(len(values), np.nan)
        return against_history(values, known, indicator.direction)
    standard = indicator.standard
    if scale.benchmark == "target":
        target = scale.targets.get(indicator.code)
        op = {"higher": ">=", "lower": "<="}.get(indicator.direction)
        standard = None if target is None or op is None else Standard(op, target, None, None)
    if standard is None:
        return np.full(len(values), np.nan)
    return against_standard(values, standard, share=indicator.is_percent)


def unit_score(
    indicators: list[Indicator], scores: Floats, values: Floats, scale: Scale
) -> UnitScore:
    """Score one unit from its indicators' scores and values (same order, NaN without one)."""
    weight = np.array([scale.weights.get(item.code, 1.0) for item in indicators])
    names = [item.category.code for item in indicators]
    failing = [_failing(item, value) for item, value in zip(indicators, values, strict=True)]
    parts = []
    for name in dict.fromkeys(names):
        mine = np.array([other == name for other in names])
        mean, covered = _mean(scores[mine], weight[mine])
        bad = tuple(indicators[i].code for i in np.flatnonzero(mine & failing))
        parts.append(CategoryScore(name, mean, covered, bad))
    by = np.array([scale.category_weights.get(part.category, 1.0) for part in parts])
    totals = np.array([np.nan if part.score is None else part.score for part in parts])
    total, _ = _mean(totals, by)
    covered = float(np.average([part.coverage for part in parts], weights=by)) if by.sum() else 0.0
    missed = tuple(code for part in parts for code in part.failing)
    enough = total is not None and covered >= scale.least_coverage
    grade = scale.grade(total) if enough and total is not None else None
    if grade is not None and scale.bottom_line and missed:
        grade = scale.grades[-1]
    return UnitScore(total, covered, grade, tuple(parts), missed)


def _failing(indicator: Indicator, value: float) -> bool:
    """Whether a bottom line is missed; a reference standard binds nobody."""
    standard = indicator.standard
    if indicator.indicator_type != "bottom_line" or standard is None or standard.reference:
        return False
    return bool(np.isfinite(value)) and not standard.meets(float(value))


def _mean(scores: Floats, weight: Floats) -> tuple[float | None, float]:
    """Mean of the scores there are, and the share of the weight that they hold."""
    has = np.isfinite(scores) & (weight > 0)
    whole = float(weight.sum())
    if not has.any() or whole <= 0:
        return None, 0.0
    return float(np.average(scores[has], weights=weight[has])), float(weight[has].sum()) / whole
