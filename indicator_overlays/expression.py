"""A small, safe language for conditions over whole columns, with three-valued logic.

Text is parsed with `ast` and only whitelisted nodes are taken; nothing is ever executed. A missing
input makes a result unknown unless the known inputs already decide it (Kleene logic), so a gap in
the data is never read as "fine".

    road_density < 8 and not (use in ["industrial", "other"])
    at_least(3, elderly_facility_gap > 0, parking_gap > 0, ev_charger_gap > 0, kindergarten_gap > 0)
    count(building, height > 80) > 0        one level down: units below that satisfy a condition
    district.road_density < 8               one level up: the district the unit lies in
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from cim_bridge.errors import WrongUse
from cim_bridge.levels import LEVELS

MAX_TEXT = 2000
MAX_NODES = 300
MAX_DEPTH = 24

FUNCTIONS: dict[str, tuple[int, int]] = {
    "min": (1, 16),
    "max": (1, 16),
    "abs": (1, 1),
    "round": (1, 1),
    "count_true": (1, 32),
    "at_least": (2, 33),
    "known": (1, 1),
    "first_known": (1, 16),
    "year_of": (1, 1),
    "count": (2, 2),
    "total": (2, 2),
}
"""Every function with its smallest and largest number of arguments."""

BELOW: tuple[str, ...] = ("count", "total")
"""Functions over the units of a finer level; their first argument names it."""

_NODES: tuple[type[ast.AST], ...] = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
    ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple,
    ast.Call, ast.Attribute,
)  # fmt: skip


class ExpressionInvalid(WrongUse):
    """The text is not a condition of this language; the message says what and where."""


@dataclass(frozen=True)
class Expression:
    """A parsed condition: its text, its tree, the names it needs.

    names: names on the unit's own level, and `<level>.<name>` for the unit above.
    below: level → names needed of the units below.
    """

    text: str
    tree: ast.expr
    names: tuple[str, ...]
    below: dict[str, tuple[str, ...]] = field(default_factory=dict)


def parse(text: str) -> Expression:
    """Parse a condition; anything outside the language raises ExpressionInvalid."""
    if len(text) > MAX_TEXT:
        raise ExpressionInvalid(f"longer than {MAX_TEXT} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        raise ExpressionInvalid(f"not an expression: {exc}") from exc
    _check_size(tree)
    for node in ast.walk(tree):
        _check_node(node)
    names: list[str] = []
    below: dict[str, list[str]] = {}
    for level, name in _names(tree.body, ""):
        found = below.setdefault(level, []) if level else names
        if name and name not in found:
            found.append(name)
    return Expression(
        text.strip(), tree.body, tuple(names), {key: tuple(item) for key, item in below.items()}
    )


def _check_size(tree: ast.Expression) -> None:
    todo: list[tuple[ast.AST, int]] = [(tree, 0)]
    count = 0
    while todo:
        node, depth = todo.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionInvalid(f"larger than {MAX_NODES} parts or deeper than {MAX_DEPTH}")
        todo.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def _check_node(node: ast.AST) -> None:
    if not isinstance(node, _NODES):
        raise ExpressionInvalid(f"{type(node).__name__} is not part of the language")
    if isinstance(node, ast.Constant) and type(node.value) not in (int, float, str, bool):
        raise ExpressionInvalid(f"{node.value!r} is not a number, a text or True/False")
    if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) > 2**53:
        raise ExpressionInvalid(f"{node.value} is larger than a number can be here")
    if isinstance(node, ast.Call):
        _check_call(node)
    if isinstance(node, ast.Attribute):
        qualified(node)
    if isinstance(node, ast.Compare):
        _check_compare(node)


def _check_compare(node: ast.Compare) -> None:
    for operator, right in zip(node.ops, node.comparators, strict=True):
        listed = isinstance(right, ast.List | ast.Tuple)
        if isinstance(operator, ast.In | ast.NotIn) is not listed:
            raise ExpressionInvalid("`in` needs a list of constants, and only `in` takes one")
        if isinstance(right, ast.List | ast.Tuple) and not all(
            isinstance(item, ast.Constant) for item in right.elts
        ):
            raise ExpressionInvalid("a list holds constants only")


def _check_call(node: ast.Call) -> None:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        raise ExpressionInvalid(f"unknown function; there are {', '.join(FUNCTIONS)}")
    if node.keywords:
        raise ExpressionInvalid("functions take no named arguments")
    low, high = FUNCTIONS[node.func.id]
    if not low <= len(node.args) <= high:
        raise ExpressionInvalid(f"{node.func.id} takes {low} to {high} arguments")
    if node.func.id in BELOW:
        below_level(node)
    if node.func.id == "at_least" and not (
        isinstance(node.args[0], ast.Constant) and type(node.args[0].value) is int
    ):
        raise ExpressionInvalid("at_least takes a whole number first")


def below_level(node: ast.Call) -> str:
    """Return the level that `count` or `total` looks down to."""
    first = node.args[0]
    if not isinstance(first, ast.Name) or first.id not in LEVELS:
        raise ExpressionInvalid(f"the first argument is a level: {', '.join(LEVELS)}")
    return first.id


def qualified(node: ast.Attribute) -> str:
    """Return `<level>.<name>`, the only use of a dot."""
    if not isinstance(node.value, ast.Name) or node.value.id not in LEVELS:
        raise ExpressionInvalid(f"only a level stands before a dot: {', '.join(LEVELS)}")
    return f"{node.value.id}.{node.attr}"


def _names(node: ast.AST, level: str) -> Iterator[tuple[str, str]]:
    """(level looked down to or "", name) of every name in a tree."""
    if isinstance(node, ast.Call):
        arguments = node.args
        if isinstance(node.func, ast.Name) and node.func.id in BELOW:
            if level:
                raise ExpressionInvalid("count and total do not nest")
            level, arguments = below_level(node), node.args[1:]
            yield level, ""
        for argument in arguments:
            yield from _names(argument, level)
    elif isinstance(node, ast.Attribute):
        yield level, qualified(node)
    elif isinstance(node, ast.Name):
        yield level, node.id
    else:
        for child in ast.iter_child_nodes(node):
            yield from _names(child, level)
