"""Evaluates an Expression over whole columns; unknown stays unknown (Kleene logic)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
import numpy.typing as npt

from indicator_overlays.expression import (
    BELOW,
    Expression,
    ExpressionInvalid,
    below_level,
    qualified,
)

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """A column and where it is known.

    kind: "number" (float64), "truth" (bool) or "text" (object). Where `known` is false, `values`
    holds 0, False or "".
    """

    kind: str
    values: npt.NDArray[np.generic]
    known: Bools


class Names(Protocol):
    """Where names come from: one level of units in one year."""

    @property
    def size(self) -> int:
        """Number of units."""

    def term(self, name: str) -> Term:
        """Return the column of a name; a name nobody knows is all unknown."""

    def down(self, level: str) -> Names:
        """Return the units of a finer level."""

    def gather(self, level: str, amounts: Floats) -> Floats:
        """Sum amounts of the finer level's units for each unit of this level."""


def number(values: npt.NDArray[np.float64], known: Bools | None = None) -> Term:
    """Return a number column; NaN and infinity are unknown."""
    finite = np.isfinite(values)
    known = finite if known is None else known & finite
    return Term("number", np.where(known, values, 0.0), known)


def truth(values: Bools, known: Bools) -> Term:
    """Return a truth column."""
    return Term("truth", values & known, known)


def words(values: npt.NDArray[np.object_], known: Bools) -> Term:
    """Return a text column."""
    return Term("text", np.where(known, values, ""), known)


def evaluate(expression: Expression, names: Names) -> Term:
    """Evaluate over all units at once."""
    return _node(expression.tree, names)


def condition(expression: Expression, names: Names) -> Term:
    """Evaluate and insist on a condition (true, false, unknown)."""
    return _as(evaluate(expression, names), "truth", expression.text)


def _as(term: Term, kind: str, what: str) -> Term:
    if term.kind != kind:
        raise ExpressionInvalid(f"{what}: a {term.kind} where a {kind} is needed")
    return term


def _node(node: ast.expr, names: Names) -> Term:
    if isinstance(node, ast.Constant):
        return _constant(node.value, names.size)
    if isinstance(node, ast.Name):
        return names.term(node.id)
    if isinstance(node, ast.Attribute):
        return names.term(qualified(node))
    if isinstance(node, ast.BoolOp):
        parts = [_as(_node(part, names), "truth", ast.unparse(part)) for part in node.values]
        return reduce(_and if isinstance(node.op, ast.And) else _or, parts)
    if isinstance(node, ast.UnaryOp):
        return _unary(node, names)
    if isinstance(node, ast.BinOp):
        return _arithmetic(node, names)
    if isinstance(node, ast.Compare):
        return _compare(node, names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, node, names)
    raise ExpressionInvalid(f"{ast.unparse(node)} cannot stand here")


def _constant(value: object, size: int) -> Term:
    """One value for all units, held once."""
    known = np.broadcast_to(np.True_, size)
    if isinstance(value, bool):
        return Term("truth", np.broadcast_to(np.bool_(value), size), known)
    if isinstance(value, int | float):
        given = float(value) if np.isfinite(value) else 0.0
        known = np.broadcast_to(np.isfinite(value), size)
        return Term("number", np.broadcast_to(np.float64(given), size), known)
    return Term("text", np.broadcast_to(np.array(value, object), size), known)


def _unary(node: ast.UnaryOp, names: Names) -> Term:
    term = _node(node.operand, names)
    if isinstance(node.op, ast.Not):
        _as(term, "truth", ast.unparse(node))
        return truth(~np.asarray(term.values, bool), term.known)
    values = np.asarray(_as(term, "number", ast.unparse(node)).values, float)
    return number(-values if isinstance(node.op, ast.USub) else values, term.known)


def _and(left: Term, right: Term) -> Term:
    a, b = np.asarray(left.values, bool), np.asarray(right.values, bool)
    decided = (left.known & ~a) | (right.known & ~b)
    return truth(a & b, (left.known & right.known) | decided)


def _or(left: Term, right: Term) -> Term:
    a, b = np.asarray(left.values, bool), np.asarray(right.values, bool)
    return truth((a & left.known) | (b & right.known), (left.known & right.known) | a | b)


def _arithmetic(node: ast.BinOp, names: Names) -> Term:
    left = _as(_node(node.left, names), "number", ast.unparse(node.left))
    right = _as(_node(node.right, names), "number", ast.unparse(node.right))
    a, b = np.asarray(left.values, float), np.asarray(right.values, float)
    with np.errstate(all="ignore"):
        if isinstance(node.op, ast.Add):
            found = a + b
        elif isinstance(node.op, ast.Sub):
            found = a - b
        elif isinstance(node.op, ast.Mult):
            found = a * b
        else:
            found = np.divide(a, b, out=np.full(len(a), np.nan), where=b != 0)
    return number(found, left.known & right.known)


def _compare(node: ast.Compare, names: Names) -> Term:
    left = _node(node.left, names)
    found: Term | None = None
    for operator, part in zip(node.ops, node.comparators, strict=True):
        if isinstance(operator, ast.In | ast.NotIn):
            step = _member(left, part, isinstance(operator, ast.NotIn))
        else:
            right = _node(part, names)
            step = _ordered(operator, left, right, ast.unparse(node))
            left = right
        found = step if found is None else _and(found, step)
    if found is None:
        raise ExpressionInvalid(ast.unparse(node))
    return found


def _ordered(operator: ast.cmpop, left: Term, right: Term, what: str) -> Term:
    _as(right, left.kind, what)
    known = left.known & right.known
    a, b = left.values, right.values
    if isinstance(operator, ast.Eq):
        return truth(np.asarray(a == b, bool), known)
    if isinstance(operator, ast.NotEq):
        return truth(np.asarray(a != b, bool), known)
    _as(left, "number", what)
    x, y = np.asarray(a, float), np.asarray(b, float)
    if isinstance(operator, ast.Lt):
        return truth(x < y, known)
    if isinstance(operator, ast.LtE):
        return truth(x <= y, known)
    if isinstance(operator, ast.Gt):
        return truth(x > y, known)
    return truth(x >= y, known)


def _member(left: Term, part: ast.expr, inverted: bool) -> Term:
    if not isinstance(part, ast.List | ast.Tuple):
        raise ExpressionInvalid("`in` needs a list of constants")
    options = [item.value for item in part.elts if isinstance(item, ast.Constant)]
    texts = [isinstance(item, str) for item in options]
    if any(flag is not (left.kind == "text") for flag in texts) or left.kind == "truth":
        raise ExpressionInvalid(f"{ast.unparse(part)}: the list and the column are of two kinds")
    found = np.zeros(len(left.known), bool)
    for option in options:
        found |= np.asarray(left.values == option, bool)
    return truth(~found if inverted else found, left.known)


def _call(name: str, node: ast.Call, names: Names) -> Term:
    if name in BELOW:
        return _below(name, node, names)
    if name == "at_least":
        first = node.args[0]
        least = first.value if isinstance(first, ast.Constant) else 0
        terms = [_as(_node(arg, names), "truth", "at_least") for arg in node.args[1:]]
        return _at_least(int(str(least)), terms)
    terms = [_node(argument, names) for argument in node.args]
    if name == "known":
        return Term("truth", terms[0].known.copy(), np.ones(names.size, bool))
    if name == "count_true":
        flags = [np.asarray(_as(term, "truth", name).values, float) for term in terms]
        return number(np.sum(flags, axis=0), np.logical_and.reduce([t.known for t in terms]))
    if name == "first_known":
        return reduce(_first_known, terms)
    if name == "year_of":
        return _year_of(terms[0])
    return _numeric(name, [_as(term, "number", name) for term in terms])


def _numeric(name: str, terms: list[Term]) -> Term:
    values = [np.asarray(term.values, float) for term in terms]
    known = np.logical_and.reduce([term.known for term in terms])
    if name == "abs":
        return number(np.abs(values[0]), known)
    if name == "round":
        return number(np.rint(values[0]), known)
    return number(np.min(values, axis=0) if name == "min" else np.max(values, axis=0), known)


def _at_least(least: int, terms: list[Term]) -> Term:
    sure = np.sum([np.asarray(t.values, bool) & t.known for t in terms], axis=0)
    possible = sure + np.sum([~t.known for t in terms], axis=0)
    return truth(sure >= least, (sure >= least) | (possible < least))


def _first_known(left: Term, right: Term) -> Term:
    _as(right, left.kind, "first_known")
    values = np.where(left.known, left.values, right.values)
    return Term(left.kind, values, left.known | right.known)


def _year_of(term: Term) -> Term:
    if term.kind == "number":
        return term
    _as(term, "text", "year_of")
    head = term.values.astype("U4")
    valid = np.char.isdecimal(head) & (np.char.str_len(head) == 4) & term.known
    years = np.where(valid, head, "0").astype(np.float64)
    return number(years, valid)


def _below(name: str, node: ast.Call, names: Names) -> Term:
    """Count or total over the units below; unknown where any unit below is unknown."""
    level = below_level(node)
    lower = names.down(level)
    inner = _as(_node(node.args[1], lower), "truth" if name == "count" else "number", name)
    amounts = names.gather(level, np.asarray(inner.values, float))
    unknown = names.gather(level, (~inner.known).astype(float))
    return number(amounts, unknown == 0)
