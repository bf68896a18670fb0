"""A filter's tree held against a layer: one answer a feature, by whole columns.

Three-valued as SQL has it: a comparison with what is not known is unknown, and unknown is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from cim_bridge.errors import WrongUse
from twin_server.coded import pc
from twin_server.ogc.cql2.places import SPATIAL, place_of
from twin_server.ogc.cql2.times import TEMPORAL, instant, span
from twin_server.ogc.layer import Layer, Mask
from twin_server.ogc.systems import System

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal, "<>": pc.not_equal, "<": pc.less, "<=": pc.less_equal,
    ">": pc.greater, ">=": pc.greater_equal,
}  # fmt: skip
_NUMBERS = frozenset(("number", "integer"))
_MOST_LISTED = 1000
OPERATORS: tuple[str, ...] = (
    "and", "or", "not", *_COMPARE, "between", "in", "like", "isNull", *SPATIAL, *TEMPORAL,
)  # fmt: skip
"""Every operator that a filter may use."""


@dataclass(frozen=True)
class Operand:
    """One side of a comparison: its kind, and an Arrow array or scalar."""

    kind: str
    value: Any


class Filter:
    """Answers a tree for one layer. system: what the filter's geometries are written in."""

    def __init__(self, layer: Layer, system: System) -> None:
        self._layer = layer
        self._system = system

    def mask(self, tree: Any) -> Mask:
        """Which features the filter is true for; WrongUse says what it cannot answer."""
        return np.asarray(pc.fill_null(self._truth(tree), False).to_numpy(zero_copy_only=False))

    def _truth(self, part: Any) -> Any:
        if isinstance(part, bool):
            return pa.array(np.full(len(self._layer), part))
        if isinstance(part, dict) and "property" in part:
            found = self._operand(part)
            if found.kind == "boolean":
                return found.value
            raise WrongUse(f"filter: {part['property']} is not true or false by itself")
        operator, args = _node(part)
        if operator in ("and", "or"):
            join = pc.and_kleene if operator == "and" else pc.or_kleene
            _count(operator, args, 2, 1000)
            found = self._truth(args[0])
            for one in args[1:]:
                found = join(found, self._truth(one))
            return found
        if operator == "not":
            _count(operator, args, 1)
            return pc.invert(self._truth(args[0]))
        return self._predicate(operator, args)

    def _predicate(self, operator: str, args: list[Any]) -> Any:
        if operator in _COMPARE:
            _count(operator, args, 2)
            left, right = self._operand(args[0]), self._operand(args[1])
            return self._compared(operator, left, right)
        if operator == "between":
            _count(operator, args, 3)
            value, low, high = (self._operand(one) for one in args)
            inside = (self._compared(">=", value, low), self._compared("<=", value, high))
            return pc.and_kleene(*inside)
        if operator == "in":
            return self._listed(args)
        if operator == "like":
            return self._like(args)
        if operator == "isNull":
            return self._is_null(args)
        if operator in SPATIAL:
            return self._spatial(operator, args)
        if operator in TEMPORAL:
            return self._temporal(operator, args)
        raise WrongUse(f"filter: operator {operator!r} is not supported; {', '.join(OPERATORS)}")

    def _operand(self, part: Any) -> Operand:
        if isinstance(part, dict) and set(part) == {"property"}:
            return self._property(part["property"])
        if isinstance(part, bool):
            return Operand("boolean", pa.scalar(part))
        if isinstance(part, int) and abs(part) < 2**53:
            return Operand("integer", pa.scalar(part, pa.int64()))
        if isinstance(part, int | float):
            return Operand("number", pa.scalar(float(part)))
        if isinstance(part, str):
            return Operand("text", pa.scalar(part, pa.string()))
        if isinstance(part, dict) and set(part) in ({"date"}, {"timestamp"}):
            return Operand("date", pa.scalar(instant(part), pa.timestamp("us")))
        raise WrongUse(f"filter: {_short(part)} is neither a property nor a value")

    def _property(self, name: Any) -> Operand:
        kinds = self._layer.kinds
        if not isinstance(name, str) or name not in kinds:
            raise WrongUse(f"filter: there is no property {name!r}; there is: {_names(kinds)}")
        if kinds[name] == "geometry":
            raise WrongUse("filter: geometry is for s_intersects and its like, and isNull")
        column = self._layer.column(name)
        if kinds[name] == "date":
            column = column.cast(pa.timestamp("us"))
        return Operand(kinds[name], column)

    def _compared(self, operator: str, left: Operand, right: Operand) -> Any:
        left, right = _dated(left, right), _dated(right, left)
        alike = left.kind == right.kind or {left.kind, right.kind} <= _NUMBERS
        if not alike:
            raise WrongUse(f"filter: {left.kind} cannot be compared with {right.kind}")
        if left.kind == "boolean" and operator not in ("=", "<>"):
            raise WrongUse(f"filter: true and false have no order for {operator}")
        return self._all(_COMPARE[operator](left.value, right.value))

    def _all(self, found: Any) -> Any:
        """A truth of two values as one answer a feature."""
        if isinstance(found, pa.Scalar):
            return pa.array([found.as_py()] * len(self._layer), pa.bool_())
        return found

    def _listed(self, args: list[Any]) -> Any:
        _count("in", args, 2)
        if not isinstance(args[1], list) or not 0 < len(args[1]) <= _MOST_LISTED:
            raise WrongUse(f"filter: in needs a list of 1 to {_MOST_LISTED} values")
        value = self._operand(args[0])
        found = self._compared("=", value, self._operand(args[1][0]))
        for one in args[1][1:]:
            found = pc.or_kleene(found, self._compared("=", value, self._operand(one)))
        return found

    def _like(self, args: list[Any]) -> Any:
        _count("like", args, 2)
        value = self._operand(args[0])
        if value.kind != "text" or not isinstance(args[1], str):
            raise WrongUse("filter: like compares a text property with a pattern in quotes")
        return self._all(pc.match_like(value.value, args[1]))

    def _is_null(self, args: list[Any]) -> Any:
        _count("isNull", args, 1)
        if args[0] == {"property": "geometry"}:
            return pa.array(shapely.is_missing(self._layer.shapes))
        return self._all(pc.is_null(self._operand(args[0]).value))

    def _spatial(self, operator: str, args: list[Any]) -> Any:
        _count(operator, args, 2)
        turned = args[1] == {"property": "geometry"}
        if turned == (args[0] == {"property": "geometry"}):
            raise WrongUse(f"filter: {operator} needs the property geometry and one geometry")
        shape = place_of(args[0] if turned else args[1], operator, self._layer, self._system)
        shapes = self._layer.shapes
        nothing = shapely.is_missing(shapes)
        relation = SPATIAL[operator]
        if operator == "s_intersects":
            found = self._layer.touching(shape)
        else:
            try:
                found = relation(shape, shapes) if turned else relation(shapes, shape)
            except shapely.errors.GEOSException as exc:
                raise WrongUse(f"filter: {operator} has no answer: {exc}") from exc
        return pa.array(found, pa.bool_(), mask=nothing)

    def _temporal(self, operator: str, args: list[Any]) -> Any:
        _count(operator, args, 2)
        relation = TEMPORAL[operator]
        return self._all(relation(self._time(args[0]), self._time(args[1])))

    def _time(self, part: Any) -> tuple[Any, Any]:
        if isinstance(part, dict) and "property" in part:
            found = self._operand(part)
            if found.kind != "date":
                raise WrongUse(f"filter: {part['property']} is not a date")
            return found.value, found.value
        return span(part)


def _dated(one: Operand, other: Operand) -> Operand:
    """A text beside a date is read as one, as simple clients write it."""
    if one.kind != "text" or other.kind != "date" or not isinstance(one.value, pa.Scalar):
        return one
    moment: dt.datetime = instant({"date": one.value.as_py()})
    return Operand("date", pa.scalar(moment, pa.timestamp("us")))


def _node(part: Any) -> tuple[str, list[Any]]:
    if isinstance(part, dict) and isinstance(part.get("op"), str):
        args = part.get("args")
        if isinstance(args, list):
            return part["op"], args
    raise WrongUse(f'filter: {_short(part)} is not {{"op": ..., "args": [...]}}')


def _count(operator: str, args: list[Any], least: int, most: int | None = None) -> None:
    if not least <= len(args) <= (most or least):
        raise WrongUse(f"filter: {operator} needs {least} arguments, not {len(args)}")


def _short(part: Any) -> str:
    written = repr(part)
    return written if len(written) <= 60 else f"{written[:57]}..."


def _names(kinds: dict[str, str]) -> str:
    names = list(kinds)
    return ", ".join(names if len(names) <= 40 else [*names[:40], f"... {len(names)} in all"])
