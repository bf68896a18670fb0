"""The legend of one indicator at one level: classes with bounds, labels and colours."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from cim_bridge.texts import Text, text
from indicator_overlays import ramp
from indicator_overlays.breaks import Breaks
from indicator_overlays.indicator import Indicator, Standard

FLAG: tuple[Text, Text] = (text("无", "None"), text("有", "Yes"))
"""Labels of 0 and 1 where a value only says whether one building has the problem."""


def make_legend(
    breaks: Breaks, indicator: Indicator, level: str, domain: tuple[float, float] | None
) -> dict[str, Any]:
    """Return the legend as JSON-ready data; `count` of each class is filled per year later."""
    meets = [class_meets(breaks, index, indicator.standard) for index in range(len(breaks))]
    colors, name = _colors(breaks, indicator, meets)
    classes = [
        {
            "index": index,
            **_bounds(breaks, index),
            "label": _label(breaks, index, level),
            "color": color,
            "ink": ramp.ink(color),
            "meets": meets[index],
            "count": 0,
        }
        for index, color in enumerate(colors)
    ]
    return {
        "classes": classes,
        "direction": indicator.direction,
        "unit": indicator.unit,
        "standard": standard_json(indicator.standard),
        "method": breaks.method,
        "ramp": name,
        "domain": None if domain is None else {"min": domain[0], "max": domain[1]},
    }


def legend_breaks(legend: dict[str, Any]) -> Breaks:
    """Return the breaks a legend was made of, so exact values classify the same way again."""
    classes = legend["classes"]
    inner = tuple(float(item["from"]) for item in classes[1:])
    owned = tuple(not item["from_closed"] for item in classes[1:])
    return Breaks(inner, owned, legend["method"])


def standard_json(standard: Standard | None) -> dict[str, Any] | None:
    """Return a standard as JSON-ready data."""
    if standard is None:
        return None
    return {
        "op": standard.op,
        "value": standard.value,
        "low": standard.low,
        "high": standard.high,
        "text": standard.text,
        "provenance": standard.provenance,
        "confidence": standard.confidence,
        "reference": standard.reference,
    }


def class_meets(breaks: Breaks, index: int, standard: Standard | None) -> bool | None:
    """Whether every value of a class meets the standard; None without a number to meet."""
    if standard is None or standard.op == "=":
        return None
    if standard.op == "range":
        if standard.low is None and standard.high is None:
            return None
    elif standard.value is None:
        return None
    return standard.meets(_inside(breaks, index))


def _inside(breaks: Breaks, index: int) -> float:
    """Return a value that lies in a class."""
    if not breaks.inner:
        return next((value for value in breaks.distinct if value is not None), 0.0)
    edges = breaks.edges()
    if index == len(edges):
        return float(edges[-1])
    if index:
        return float(edges[index - 1])
    first = breaks.inner[0]
    return first if breaks.lower_owns[0] else first - max(1.0, abs(first))


def _bounds(breaks: Breaks, index: int) -> dict[str, Any]:
    low = breaks.inner[index - 1] if index else None
    high = breaks.inner[index] if index < len(breaks.inner) else None
    return {
        "from": low,
        "to": high,
        "from_closed": bool(index) and not breaks.lower_owns[index - 1],
        "to_closed": high is not None and breaks.lower_owns[index],
    }


def _label(breaks: Breaks, index: int, level: str) -> Text:
    single = breaks.distinct[index] if breaks.distinct else None
    known = {value for value in breaks.distinct if value is not None}
    if single is not None and level == "building" and known <= {0.0, 1.0}:
        return FLAG[int(single)]
    if single is not None:
        return text(plain_number(single), plain_number(single))
    bounds = _bounds(breaks, index)
    if bounds["from"] is None and bounds["to"] is None:
        return text("全部", "All")
    if bounds["from"] is None:
        words = f"{'≤' if bounds['to_closed'] else '<'} {plain_number(bounds['to'])}"
    elif bounds["to"] is None:
        words = f"{'≥' if bounds['from_closed'] else '>'} {plain_number(bounds['from'])}"
    else:
        words = f"{plain_number(bounds['from'])} – {plain_number(bounds['to'])}"
    return text(words, words)


def plain_number(value: float) -> str:
    """Return a number for people: no binary dust, thousands separated."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.6g}"


def _colors(
    breaks: Breaks, indicator: Indicator, meets: list[bool | None]
) -> tuple[list[str], str]:
    n, lower = len(breaks), indicator.direction == "lower"
    standard = indicator.standard
    sides = [item for item in meets if item is not None]
    if len(sides) == n and standard is not None:
        if standard.op == "range":
            distance = [_distance(breaks, index, standard) for index in range(n)]
            return ramp.inside_range(sides, distance), "judged"
        monotone = sum(a != b for a, b in pairwise(sides)) <= 1
        if monotone and indicator.direction in ("higher", "lower"):
            return ramp.split(sides, lower), "judged"
    if indicator.direction in ("higher", "lower"):
        return ramp.judged(n, lower), "judged"
    return ramp.plain(n), "plain"


def _distance(breaks: Breaks, index: int, standard: Standard) -> float:
    value = _inside(breaks, index)
    low = standard.low if standard.low is not None else value
    high = standard.high if standard.high is not None else value
    return max(low - value, value - high, 0.0)
