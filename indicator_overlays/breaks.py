"""Class breaks of one indicator at one level, fixed over all years.

A standard is always a break and owns its own side ("<= 30" keeps 30 with the good ones), so a class
never mixes values that meet it with values that do not. The other breaks are quantiles of each side
or, where its values are skewed, natural breaks; always readable numbers. Few distinct values get
one class each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indicator_overlays.indicator import Standard
from indicator_overlays.natural import is_skewed, natural_gaps

Floats = npt.NDArray[np.float64]

FEW = 6
"""Up to so many distinct values get one class each."""

_MANY = 32
"""Breaks from which on searching is quicker than comparing with each."""

CLASSES = 5
"""Classes wanted where values are continuous."""


@dataclass(frozen=True, slots=True)
class Breaks:
    """Ascending inner breaks; n breaks make n + 1 classes.

    lower_owns: for each break whether a value equal to it belongs to the class below it.
    distinct: the single value of each class when there are few (None for a class without one).
    """

    inner: tuple[float, ...]
    lower_owns: tuple[bool, ...]
    method: str
    distinct: tuple[float | None, ...] = ()

    def __len__(self) -> int:
        return len(self.inner) + 1

    def edges(self) -> Floats:
        """Return thresholds t such that class = number of t with t <= value (float64)."""
        inner = np.asarray(self.inner, np.float64)
        owned = np.asarray(self.lower_owns, bool)
        return np.where(owned, np.nextafter(inner, np.inf), inner)

    def classify(self, values: Floats) -> npt.NDArray[np.uint8]:
        """Class index of every value; NaN must be masked by the caller."""
        edges = self.edges()
        if len(edges) > _MANY:
            return np.searchsorted(edges, values, side="right").astype(np.uint8)
        found = np.zeros(len(values), np.uint8)
        for edge in edges.tolist():  # ten times faster than searching, while edges are few
            found += values >= edge
        return found


def make_breaks(values: Floats, standard: Standard | None, classes: int = CLASSES) -> Breaks:
    """Make breaks for all finite values of all years; deterministic, order does not matter."""
    weights = np.sort(values[np.isfinite(values)])
    finite = weights[np.concatenate([[True], weights[1:] != weights[:-1]])[: len(weights)]]
    lines = standard_lines(standard)
    if len(finite) <= FEW:
        return _one_each(finite, lines)
    sides = _sides(finite, lines)
    counts = _share(sides, classes)
    found: dict[float, bool] = {}
    way = "quantile"
    for side, count in zip(sides, counts, strict=True):
        if len(side) > 1 and count > 1:
            inside = weights[(weights >= side[0]) & (weights <= side[-1])]
            skewed = is_skewed(inside)
            way = "natural" if skewed else way
            cuts = _natural(inside, count) if skewed else _nice_quantiles(inside, count)
            found |= dict.fromkeys(cuts, False)
    kept = _apart(found, lines, float(finite[-1] - finite[0]))
    kept |= lines
    order = sorted(kept)
    method = f"standard+{way}" if lines else way
    return Breaks(tuple(order), tuple(kept[item] for item in order), method)


def standard_lines(standard: Standard | None) -> dict[float, bool]:
    """Return the breaks a standard asks for, each with whether the class below owns it."""
    if standard is None:
        return {}
    if standard.op == "range":
        lines = {} if standard.low is None else {float(standard.low): False}
        return lines if standard.high is None else lines | {float(standard.high): True}
    if standard.value is None or standard.op == "=":
        return {}
    return {float(standard.value): standard.op in ("<=", ">")}


def _one_each(finite: Floats, lines: dict[float, bool]) -> Breaks:
    kept = {(float(value), False) for value in finite[1:]}
    for line, owned in lines.items():
        above = finite[finite > line] if owned else finite[finite >= line]
        if len(above):
            kept.discard((float(above[0]), False))
        if owned and (line, False) in kept:  # the line is a value: part it from the one below
            kept.remove((line, False))
            kept.add((float(finite[finite < line][-1] + line) / 2, False))
        kept.add((line, owned))
    order = sorted(kept)
    breaks = Breaks(tuple(b for b, _ in order), tuple(o for _, o in order), "distinct")
    owner: list[float | None] = [None] * len(breaks)
    for index, value in zip(breaks.classify(finite), finite, strict=True):
        owner[index] = float(value)
    return Breaks(breaks.inner, breaks.lower_owns, breaks.method, tuple(owner))


def _sides(finite: Floats, lines: dict[float, bool]) -> list[Floats]:
    edges = sorted(lines)
    sides: list[Floats] = []
    rest = finite
    for line in edges:
        below = rest <= line if lines[line] else rest < line
        sides.append(rest[below])
        rest = rest[~below]
    return [*sides, rest]


def _share(sides: list[Floats], classes: int) -> list[int]:
    filled = sum(1 for side in sides if len(side))
    spare = classes - len(sides)
    sizes = [len(side) for side in sides]
    counts = [1] * len(sides)
    for _ in range(max(spare, 0)):
        pick = max(range(len(sides)), key=lambda i: (sizes[i] / counts[i], -i))
        counts[pick] += 1
    return counts if filled else [1] * len(sides)


def _natural(values: Floats, count: int) -> list[float]:
    """Natural breaks at round numbers: inside their gap, or beside it where the gap is narrow."""
    gaps = natural_gaps(values, count)
    if not gaps:
        return []
    step = nice_step((gaps[-1][1] - gaps[0][0]) / 25)
    cuts = {
        roundest(below, above) if above - below >= step else round_to(above, step)
        for below, above in gaps
    }
    low, high = float(values[0]), float(values[-1])
    return sorted(cut for cut in cuts if low < cut <= high)


def roundest(below: float, above: float) -> float:
    """Return the number of fewest digits that is above `below` and not above `above`."""
    step = nice_step(above - below)
    for coarser in (step * 10, step * 5, step * 2, step):
        found = round_to(math.floor(above / coarser * (1 + 1e-12)) * coarser, step)
        if below < found <= above:
            return found
    return above


def _nice_quantiles(values: Floats, count: int) -> list[float]:
    cuts = np.quantile(values, np.arange(1, count) / count)
    low, high = float(values[0]), float(values[-1])
    if len(np.unique(cuts)) < len(cuts) or cuts[0] <= low:
        rest = values[values > low]
        cuts = np.quantile(rest, np.arange(1, count) / count) if len(rest) else cuts[:0]
        first = rest[:1]
        cuts = np.unique(np.concatenate([first, cuts]))[: count - 1] if len(rest) else cuts
    spread = float(cuts[-1] - cuts[0]) if len(cuts) > 1 else high - low
    step = nice_step(spread / 12 if spread else high - low)
    rounded = {round_to(float(cut), step) for cut in cuts}
    return sorted(cut for cut in rounded if low < cut <= high)


def _apart(found: dict[float, bool], lines: dict[float, bool], spread: float) -> dict[float, bool]:
    near = spread * 0.01
    return {cut: owned for cut, owned in found.items() if all(abs(cut - x) > near for x in lines)}


def nice_step(size: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above `size`."""
    if size <= 0 or not math.isfinite(size):
        return 1.0
    power = math.floor(math.log10(size))
    for factor in (5, 2, 1):
        if factor * 10.0**power <= size * (1 + 1e-9):
            return float(f"{factor}e{power}")
    return float(f"1e{power}")


def round_to(value: float, step: float) -> float:
    """Round to a multiple of a nice step without binary dust."""
    digits = max(0, -math.floor(math.log10(step)))
    return round(round(value / step) * step, digits)
