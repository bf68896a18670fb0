"""One rule held against every unit of a level: fires, nearly, fine, or not assessed and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indicator_overlays.columns import STATE_CODES
from indicator_overlays.evaluate import Floats, Term, condition, evaluate
from indicator_overlays.expression import Expression, ExpressionInvalid, parse
from indicator_overlays.facts import ATTRIBUTES, LevelFacts
from indicator_overlays.rule import Rule

OUT_OF_SCOPE, FINE, NEAR, FIRES, UNKNOWN, NOT_APPLICABLE = range(6)
OUTCOMES: tuple[str, ...] = (
    "out_of_scope", "fine", "near", "fires", "unknown", "not_applicable",
)  # fmt: skip
"""Names of the outcome codes."""

_PEOPLE = parse("population")

Outcomes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Assessment:
    """A rule's answer for every row of a level.

    outcome: code of OUTCOMES (removed units are out of scope). value, limit, margin, people: NaN
    unknown; margin is positive on the wrong side. missing: name → units not assessed for lack of
    it.
    """

    rule: Rule
    level: str
    year: int
    outcome: Outcomes
    value: Floats
    limit: Floats
    margin: Floats
    need: Floats
    people: Floats
    missing: dict[str, int]

    def counts(self) -> dict[str, int]:
        """Units by outcome; units out of scope are not counted."""
        numbers = np.bincount(self.outcome, minlength=len(OUTCOMES))
        return {name: int(numbers[code]) for code, name in enumerate(OUTCOMES) if code}

    def summary(self) -> dict[str, object]:
        """Return what a reader must know beside the problems: what was not assessed, and why."""
        return {
            "rule": self.rule.code,
            "level": self.level,
            "year": self.year,
            **self.counts(),
            "missing": [{"name": name, "units": n} for name, n in self.missing.items()],
        }


def assess(rule: Rule, facts: LevelFacts) -> Assessment:
    """Hold a rule against a level; missing inputs make units unknown, never fine.

    Where the condition holds but the figure it is about is not known, nothing fires either.
    """
    fires = condition(rule.when, facts)
    inside, maybe = _scope(rule, facts)
    outcome = np.full(facts.size, FINE, np.uint8)
    outcome[~fires.known | maybe] = UNKNOWN
    outcome[(fires.known & np.asarray(fires.values, bool)) & ~maybe] = FIRES
    applies_not = _not_applicable(rule, facts)
    outcome[(outcome == UNKNOWN) & applies_not] = NOT_APPLICABLE
    outcome[~inside & ~maybe] = OUT_OF_SCOPE
    outcome[facts.units.removed] = OUT_OF_SCOPE
    value, limit = _amounts(rule.value, facts), _amounts(rule.limit, facts)
    unsaid = (rule.value is not None) & np.isnan(value) | (rule.limit is not None) & np.isnan(limit)
    outcome[(outcome == FIRES) & unsaid] = UNKNOWN
    margin = limit - value if rule.better == "higher" else value - limit
    outcome[(outcome == FINE) & (margin <= 0) & (-margin <= _reach(rule, limit))] = NEAR
    return Assessment(
        rule=rule,
        level=facts.level,
        year=facts.year,
        outcome=outcome,
        value=value,
        limit=limit,
        margin=margin,
        need=_amounts(rule.need, facts),
        people=_amounts(rule.people or _PEOPLE if rule.everyone else None, facts),
        missing=_missing(rule, facts, outcome == UNKNOWN),
    )


def _scope(rule: Rule, facts: LevelFacts) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(surely in scope, perhaps in scope)."""
    if rule.scope is None:
        return np.ones(facts.size, bool), np.zeros(facts.size, bool)
    term = condition(rule.scope, facts)
    return np.asarray(term.values, bool) & term.known, ~term.known


def _amounts(expression: Expression | None, facts: LevelFacts) -> Floats:
    if expression is None:
        return np.full(facts.size, np.nan)
    return amounts(evaluate(expression, facts), expression)


def amounts(term: Term, expression: Expression) -> Floats:
    """Return a number term as floats, NaN where unknown; a truth term counts 0 and 1."""
    if term.kind == "text":
        raise ExpressionInvalid(f"{expression.text}: a text where a number is needed")
    return np.where(term.known, np.asarray(term.values, np.float64), np.nan)


def _reach(rule: Rule, limit: Floats) -> Floats:
    """How far from the limit still counts as near; nothing is near where that is 0 (counts)."""
    reach = np.abs(np.nan_to_num(limit)) * rule.near
    return np.where(reach > 0, reach, -np.inf)


def _not_applicable(rule: Rule, facts: LevelFacts) -> npt.NDArray[np.bool_]:
    found = np.zeros(facts.size, bool)
    for name in rule.when.names:
        if name not in ATTRIBUTES and "." not in name:
            found |= facts.figure(name).state == STATE_CODES["not_applicable"]
    return found


def _missing(rule: Rule, facts: LevelFacts, unknown: npt.NDArray[np.bool_]) -> dict[str, int]:
    asked = [part for part in (rule.when, rule.scope, rule.value, rule.limit) if part is not None]
    names = dict.fromkeys(name for part in asked for name in part.names)
    found = {name: int(np.sum(~facts.term(name).known & unknown)) for name in names}
    return {name: units for name, units in found.items() if units}
