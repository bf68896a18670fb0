"""Five-year evaluation 五年一评估: how an indicator went, and whether it was measured alike.

A change of method, of its version or of the indicator's own definition (another system's list) is a
break: what changes across it may be the yardstick, not the city. Both are told: the change between
points measured alike, and the change across breaks, never one sum for both.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from indicator_overlays.values import NUMBER_STATES

SAME = "same"
"""Relation of two systems' indicators that may be compared; all others only stand side by side."""


@dataclass(frozen=True)
class Point:
    """One year of a line; value is None where there is no number, and state says why."""

    year: int
    period: str
    value: float | None
    state: str
    system: str
    indicator: str
    method: str
    version: str
    source: str

    @property
    def measured_by(self) -> tuple[str, str, str]:
        """What must be equal for two points to be measured alike."""
        return (self.system, self.method, self.version)


@dataclass(frozen=True)
class Break:
    """Two neighbouring points that were not measured alike. kinds: system, method, version."""

    before: int
    after: int
    kinds: tuple[str, ...]
    change: float


@dataclass(frozen=True)
class Line:
    """The years of one indicator at one unit.

    change: last minus first number. alike: sum of changes between neighbours measured alike, None
    where there are none. across: change across breaks; change = alike + across. sources: names,
    when more than one. gaps: years without a number.
    """

    points: tuple[Point, ...]
    breaks: tuple[Break, ...]
    change: float | None
    alike: float | None
    across: float
    better: bool | None
    sources: tuple[str, ...]
    gaps: tuple[int, ...]


def line(points: Sequence[Point], direction: str) -> Line:
    """Judge the points of one unit, one a year; direction says which way is better.

    better: whether the change that was measured alike goes the right way; None where it is 0, where
    neither way is better, or where nothing was measured alike.
    """
    ordered = sorted(points, key=lambda point: point.year)
    told = [p for p in ordered if p.value is not None and p.state in NUMBER_STATES]
    breaks, alike, steps = [], 0.0, 0
    for one, two in pairwise(told):
        change = float(two.value or 0.0) - float(one.value or 0.0)
        kinds = _kinds(one, two)
        if kinds:
            breaks.append(Break(one.year, two.year, kinds, change))
        else:
            alike, steps = alike + change, steps + 1
    first, last = (told[0].value, told[-1].value) if len(told) > 1 else (None, None)
    change_all = None if first is None or last is None else last - first
    sources = tuple(dict.fromkeys(point.source for point in told if point.source))
    return Line(
        tuple(ordered),
        tuple(breaks),
        change_all,
        alike if steps else None,
        sum(item.change for item in breaks),
        _better(alike, direction) if steps else None,
        sources if len(sources) > 1 else (),
        tuple(p.year for p in ordered if p not in told),
    )


def _kinds(one: Point, two: Point) -> tuple[str, ...]:
    names = ("system", "method", "version")
    pairs = zip(names, one.measured_by, two.measured_by, strict=True)
    return tuple(name for name, before, after in pairs if before != after)


def _better(change: float, direction: str) -> bool | None:
    if change == 0 or direction not in ("higher", "lower"):
        return None
    return (change > 0) is (direction == "higher")


@cache
def links() -> Mapping[tuple[str, str], tuple[tuple[str, str, str], ...]]:
    """(system, indicator) → its counterparts (system, indicator, relation) in other lists."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    folder = resources.files("indicator_overlays").joinpath("systems/links")
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        one, _, other = file.name.removesuffix(".csv").partition("__")
        for row in csv.reader(file.read_text(encoding="utf-8").splitlines()[1:]):
            code, counterpart, relation = (cell.strip() for cell in row)
            if counterpart:
                found.setdefault((one, code), []).append((other, counterpart, relation))
                found.setdefault((other, counterpart), []).append((one, code, relation))
    return {key: tuple(values) for key, values in found.items()}


def counterparts(system: str, indicator: str) -> tuple[tuple[str, str, str], ...]:
    """Counterparts of an indicator in other systems; `same` ones may continue its line."""
    return links().get((system, indicator), ())
