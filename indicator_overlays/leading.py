"""Which parts of a rule's condition hold at a unit: its value, address and words are theirs.

A condition may join several indicators (`a > 0 or b > 0`, `at_least(3, ...)`), and where one of
them is known to hold the others need not be known. What is said then is said of those that hold.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from indicator_overlays.evaluate import Names, evaluate
from indicator_overlays.expression import Expression, parse
from indicator_overlays.facts import ATTRIBUTES
from indicator_overlays.phrases import Texts
from indicator_overlays.rule import Rule

Holds = dict[str, npt.NDArray[np.bool_]]


def parts_of(when: Expression) -> list[ast.expr]:
    """Return the alternatives of a condition: around `or`, inside `at_least`, else the whole."""
    top = when.tree
    if isinstance(top, ast.BoolOp) and isinstance(top.op, ast.Or):
        return list(top.values)
    if isinstance(top, ast.Call) and isinstance(top.func, ast.Name) and top.func.id == "at_least":
        return list(top.args[1:])
    return [top]


def holding(rule: Rule, names: Names) -> Holds:
    """Indicator code → where an alternative that asks for it first surely holds."""
    found: Holds = {}
    for part in parts_of(rule.when):
        expression = parse(ast.unparse(part))
        code = next((name for name in expression.names if _is_indicator(name)), "")
        if not code:
            continue
        term = evaluate(expression, names)
        holds = term.values.astype(bool) & term.known
        found[code] = found[code] | holds if code in found else holds
    return found


def leading(rule: Rule, holds: Mapping[str, npt.NDArray[np.bool_]], size: int) -> Texts:
    """Code of the indicator that speaks in each row: the rule's own where its part holds.

    Else the first whose part holds; "" where a rule asks for no indicator.
    """
    own = rule.indicator or next((name for name in rule.names if _is_indicator(name)), "")
    found = np.full(size, own, object)
    if len(holds) < 2:
        return found
    free = ~holds[own] if own in holds else np.ones(size, bool)
    for code, here in holds.items():
        found[free & here] = code
        free = free & ~here
    return found


def _is_indicator(name: str) -> bool:
    return name not in ATTRIBUTES and "." not in name
