"""A small language for the shape of JSON, and the walk that compares a value with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from cim_bridge.check.findings import Findings


@dataclass(frozen=True)
class Number:
    """A finite number (or whole number) within bounds."""

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False


@dataclass(frozen=True)
class String:
    """A string, perhaps one of a few."""

    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True)
class Anything:
    """Any value."""


@dataclass(frozen=True)
class Array:
    """Items of one shape; `length` items exactly, or at least `least`."""

    item: Shape
    least: int = 1
    length: int | None = None
    unique: bool = False


@dataclass(frozen=True)
class Table:
    """An object whose keys are free and whose values have one shape."""

    item: Shape
    least: int = 1


@dataclass(frozen=True)
class Record:
    """An object with known keys; others are left to extensions and the future."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    """A reference to a shape by name, for shapes that contain themselves."""

    name: str


Shape = Number | String | Boolean | Anything | Array | Table | Record | Named


def compare(value: Any, shape: Shape, at: str, found: Findings, names: Mapping[str, Shape]) -> bool:
    """Report where a value differs from its shape; True when it has the right type."""
    if isinstance(shape, Named):
        return compare(value, names[shape.name], at, found, names)
    if isinstance(shape, Anything):
        return True
    if isinstance(shape, Number):
        return _number(value, shape, at, found)
    if isinstance(shape, String):
        return _string(value, shape, at, found)
    if isinstance(shape, Boolean):
        return _typed(value, bool, "true or false", at, found)
    if isinstance(shape, Array):
        return _array(value, shape, at, found, names)
    if not _typed(value, dict, "an object", at, found):
        return False
    if isinstance(shape, Table):
        if len(value) < shape.least:
            found.add("CHECK_EMPTY", at, expected=shape.least)
        for key, item in value.items():
            compare(item, shape.item, f"{at}/{key}", found, names)
        return True
    return _record(value, shape, at, found, names)


def _record(
    value: dict[str, Any], shape: Record, at: str, found: Findings, names: Mapping[str, Shape]
) -> bool:
    for key in shape.required:
        if key not in value:
            found.add("CHECK_MISSING", at, name=key)
    for key, item in shape.fields.items():
        if key in value:
            compare(value[key], item, f"{at}/{key}", found, names)
    return True


def _typed(value: Any, kind: type, expected: str, at: str, found: Findings) -> bool:
    if isinstance(value, kind):
        return True
    found.add("CHECK_TYPE", at, expected=expected, got=type(value).__name__)
    return False


def is_number(value: object) -> TypeGuard[float]:
    """A finite JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(value: Any, shape: Number, at: str, found: Findings) -> bool:
    if not is_number(value) or (shape.whole and value != int(value)):
        expected = "a whole number" if shape.whole else "a number"
        found.add("CHECK_TYPE", at, expected=expected, got=type(value).__name__)
        return False
    if not shape.low <= value <= shape.high:
        found.add("CHECK_RANGE", at, value=value, expected=f"{shape.low} .. {shape.high}")
    return True


def _string(value: Any, shape: String, at: str, found: Findings) -> bool:
    if not _typed(value, str, "a string", at, found):
        return False
    if shape.choices and value not in shape.choices:
        found.add("CHECK_CHOICE", at, value=value, expected=", ".join(shape.choices))
    return True


def _array(value: Any, shape: Array, at: str, found: Findings, names: Mapping[str, Shape]) -> bool:
    if not _typed(value, list, "an array", at, found):
        return False
    if shape.length is not None and len(value) != shape.length:
        found.add("CHECK_LENGTH", at, expected=shape.length, got=len(value))
    elif shape.length is None and len(value) < shape.least:
        found.add("CHECK_EMPTY", at, expected=shape.least)
    good = [compare(v, shape.item, f"{at}/{i}", found, names) for i, v in enumerate(value)]
    if shape.unique and all(good) and len(set(value)) < len(value):
        found.add("CHECK_DUPLICATE", at)
    return True
