"""Rules held against units one by one, with an evaluator of their texts of our own.

True, False and None (unknown); numbers, words and None. Texts are read with `ast`, units with
`tests.support.ownvalues`; nothing of the product's evaluation is used.
"""

from __future__ import annotations

import ast
import operator
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.ownvalues import OwnCity, Row

ATTRIBUTES = ("height", "ground", "storeys", "year_built", "area", "use", "structure", "kind")
Value = float | bool | str | None

_SIGNS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a rule says about a unit."""

    outcome: str
    value: float | None
    threshold: float | None
    margin: float | None
    need: float | None


def read_rules(*folders: Path) -> dict[str, dict[str, Any]]:
    """Rule files as they are written; a later folder's rule replaces an earlier one's."""
    found = {}
    for folder in folders:
        for file in sorted(folder.glob("*.toml")):
            if not file.name.startswith("_"):
                rule = tomllib.loads(file.read_text("utf-8"))
                found[str(rule["code"])] = rule
    return found


class OwnYear:
    """A city's values of one checkup year, asked unit by unit."""

    def __init__(self, city: OwnCity, year: int, order: Iterable[str]) -> None:
        """`order`: the systems in the order in which they are asked for a code."""
        self.city = city
        self.year = year
        self.values = city.of_year(year)
        self._order = tuple(order)
        self._level_has: set[tuple[str, str, str]] = {
            (system, code, str(city.units[unit]["level"])) for system, code, unit in self.values
        }

    def standing(self, code: str, unit: str) -> Row | None:
        """The row of the first system that has a number, else of the first that has any column."""
        level = str(self.city.units[unit]["level"])
        asked = [name for name in self._order if (name, code, level) in self._level_has]
        rows = [self.values.get((name, code, unit)) for name in asked]
        number = next(
            (r for r in rows if r and r["state"] in ("measured", "computed", "adjusted")), None
        )
        return number or (rows[0] if rows else None)

    def name(self, name: str, unit: str) -> Value:
        """A name of a rule's text at a unit."""
        row = self.city.units[unit]
        if name == "year":
            return float(self.year)
        if name == "population":
            return self._people(unit)
        if name in ATTRIBUTES:
            found = row[name]
            return (
                None if found in (None, "") else found if isinstance(found, str) else float(found)
            )
        stands = self.standing(name, unit)
        if stands is None or stands["state"] not in ("measured", "computed", "adjusted"):
            return None
        return None if stands["value"] is None else float(stands["value"])

    def inside(self, unit: str, level: str) -> list[str]:
        """Units of a finer level that lie in a unit."""
        return self.city.below.get((unit, level), [])

    def _people(self, unit: str) -> float | None:
        stated = self.city.units[unit]["population"]
        if stated is not None:
            return float(stated)
        homes = [self.city.units[name] for name in self.inside(unit, "building")]
        told = [float(home["population"]) for home in homes if home["population"] is not None]
        untold = [
            home for home in homes
            if home["population"] is None and (home["use"] or "") in ("residential", "")
        ]  # fmt: skip
        return sum(told) if told and not untold else None

    def verdict(self, rule: dict[str, Any], unit: str) -> Verdict:
        """Hold a rule against a unit."""
        ask = lambda key: _of(rule, key, self, unit)  # noqa: E731
        when, scope = ask("when"), ask("scope") if rule.get("scope") else True
        value, limit = _number(ask("value")), _number(ask("limit"))
        better = rule.get("better", "higher")
        margin = None
        if value is not None and limit is not None:
            margin = limit - value if better == "higher" else value - limit
        outcome = self._outcome(rule, unit, when, scope, value, limit)
        near = float(rule.get("near", 0.1)) * abs(limit or 0.0)
        if outcome == "fine" and near > 0 and margin is not None and 0 <= -margin <= near:
            outcome = "near"
        return Verdict(outcome, value, limit, margin, _number(ask("need")))

    def _outcome(
        self, rule: dict[str, Any], unit: str, when: Value, scope: Value,
        value: float | None, limit: float | None,
    ) -> str:  # fmt: skip
        if scope is False:
            return "out_of_scope"
        unsaid = (rule.get("value") and value is None) or (rule.get("limit") and limit is None)
        if when is None or scope is None:
            rows = [self.standing(code, unit) for code in _codes(str(rule["when"]))]
            ruled_out = any(row and row["state"] == "not_applicable" for row in rows)
            return "not_applicable" if ruled_out else "unknown"
        if when:
            return "unknown" if unsaid else "fires"
        return "fine"


def _of(rule: dict[str, Any], key: str, year: OwnYear, unit: str) -> Value:
    text = rule.get(key)
    return answer(_tree(str(text)), year, unit) if text else None


@cache
def _tree(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


@cache
def _codes(text: str) -> tuple[str, ...]:
    names = [node.id for node in ast.walk(_tree(text)) if isinstance(node, ast.Name)]
    return tuple(name for name in names if name not in (*ATTRIBUTES, "population", "year"))


def _number(value: Value) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)


def answer(node: ast.expr, year: OwnYear, unit: str) -> Value:
    """The value of a piece of text at one unit."""
    match node:
        case ast.Constant(value=value):
            return value if isinstance(value, bool | str) else float(str(value))
        case ast.Name(id=name):
            return year.name(name, unit)
        case ast.Attribute(value=ast.Name(id=level), attr=name):
            above = year.city.units[unit][f"parent_{level}"]
            return year.name(name, str(above)) if above in year.city.units else None
        case ast.BoolOp(op=op, values=parts):
            return _joined([answer(part, year, unit) for part in parts], isinstance(op, ast.Or))
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            found = answer(inner, year, unit)
            return None if found is None else not found
        case ast.UnaryOp(operand=inner):
            found = _number(answer(inner, year, unit))
            return None if found is None else -found
        case ast.BinOp(left=left, op=op, right=right):
            return _pair(type(op), answer(left, year, unit), answer(right, year, unit))
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.List(elts=items)]):
            found = answer(left, year, unit)
            return None if found is None else found in [ast.literal_eval(item) for item in items]
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _pair(type(op), answer(left, year, unit), answer(right, year, unit))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, year, unit)
    raise AssertionError(ast.dump(node))


def _joined(parts: list[Value], decides: bool) -> bool | None:
    if decides in parts:
        return decides
    return None if None in parts else not decides


def _pair(sign: type, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if sign is ast.Div:
        return None if float(right) == 0 else float(left) / float(right)
    found: Value = _SIGNS[sign](left, right)
    return found


def _called(name: str, arguments: list[ast.expr], year: OwnYear, unit: str) -> Value:
    if name in ("count", "total"):
        assert isinstance(arguments[0], ast.Name)
        found = [answer(arguments[1], year, one) for one in year.inside(unit, arguments[0].id)]
        return None if None in found else float(sum(float(one or 0) for one in found))
    parts = [answer(one, year, unit) for one in arguments]
    if name == "at_least":
        least, rest = int(float(parts[0] or 0)), parts[1:]
        if rest.count(True) >= least:
            return True
        return None if rest.count(True) + rest.count(None) >= least else False
    if name == "first_known":
        return next((part for part in parts if part is not None), None)
    if name == "known":
        return parts[0] is not None
    if None in parts:
        return None
    if name == "count_true":
        return float(parts.count(True))
    numbers = [float(part or 0) for part in parts]
    if name == "round":
        return float(round(numbers[0]))
    return {"abs": lambda: abs(numbers[0]), "min": lambda: min(numbers),
            "max": lambda: max(numbers)}[name]()  # fmt: skip
