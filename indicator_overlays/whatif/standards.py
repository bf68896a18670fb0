"""Rules under another standard: the number that a rule holds an indicator against, replaced.

Only the line moves: in `when` every number that the indicator is compared with and that equals the
rule's limit, and in `limit` and `need` the same number. A rule whose line for the indicator cannot
be told is left as it is and reported, never half changed.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, replace
from typing import Any

from indicator_overlays.expression import Expression, parse
from indicator_overlays.rule import Rule


@dataclass(frozen=True)
class Moved:
    """Rules with the new lines; changed: codes whose line moved; untouched: codes that name the
    indicator but compare it with no number of their own."""

    rules: tuple[Rule, ...]
    changed: tuple[str, ...]
    untouched: tuple[str, ...]


def with_standards(rules: tuple[Rule, ...], standards: dict[str, float]) -> Moved:
    """Replace the lines of rules that speak about these indicators."""
    made: list[Rule] = []
    changed: list[str] = []
    untouched: list[str] = []
    for rule in rules:
        named = [code for code in standards if code in rule.when.names]
        moved = rule
        for code in named:
            moved = _moved(moved, code, standards[code]) or moved
        if named:
            (changed if moved is not rule else untouched).append(rule.code)
        made.append(moved)
    return Moved(tuple(made), tuple(changed), tuple(untouched))


def _moved(rule: Rule, code: str, number: float) -> Rule | None:
    old = _line(rule.when.tree, code)
    if old is None:
        return None
    parts: dict[str, Any] = {
        name: _replaced(expression, code, old, number, everywhere=name != "when")
        for name in ("when", "limit", "need")
        if (expression := getattr(rule, name)) is not None
    }
    return replace(rule, **parts)


def _line(tree: ast.expr, code: str) -> float | None:
    """The one number that an indicator is compared with; None where there is none or several."""
    found = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and _names(node, code)
        for side in (node.left, *node.comparators)
        if (number := _number(side)) is not None
    }
    return found.pop() if len(found) == 1 else None


def _names(node: ast.Compare, code: str) -> bool:
    sides = (node.left, *node.comparators)
    return any(isinstance(side, ast.Name) and side.id == code for side in sides)


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(str(node.value))
    return None


def _replaced(
    expression: Expression, code: str, old: float, number: float, *, everywhere: bool
) -> Expression:
    tree = copy.deepcopy(expression.tree)
    holder = ast.Expression(tree)
    for node in ast.walk(holder):
        if isinstance(node, ast.Compare) and (everywhere or _names(node, code)):
            node.left = _new(node.left, old, number)
            node.comparators = [_new(side, old, number) for side in node.comparators]
        elif everywhere and isinstance(node, ast.BinOp):
            node.left, node.right = _new(node.left, old, number), _new(node.right, old, number)
        elif everywhere and isinstance(node, ast.Call):
            node.args = [_new(side, old, number) for side in node.args]
    if everywhere:
        holder.body = _new(holder.body, old, number)
    return parse(ast.unparse(holder.body))


def _new(node: ast.expr, old: float, number: float) -> ast.expr:
    return ast.copy_location(ast.Constant(number), node) if _number(node) == old else node
