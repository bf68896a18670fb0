"""A list of the report as a table, or the words that there is nothing; values as cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cim_bridge.texts import Text
from scenes.report.content import Cell, Figure, Table
from scenes.report.facts import Answer
from scenes.report.words import named, number, say

NUMBERS = frozenset({
    "area", "people", "buildings", "value", "before", "n", "count", "known", "good", "bad", "score",
    "satisfaction", "money", "progress",
})  # fmt: skip
"""Columns of numbers."""

MANY = 100_000
"""Rows that are never too many for a document."""

LAST_SHOWN = 40
"""Rows of a long list of units that are printed."""


def tabled(
    name: str, caption: Text, head: str, rows: Iterable[Sequence[Cell | Text]],
    widths: Sequence[float], most: int = 60,
) -> list[Text | Table | Figure]:  # fmt: skip
    """A table, or the words that there is nothing."""
    every = list(rows)
    if not every:
        return [say("nothing")]
    words = head.split()
    numeric = frozenset(at for at, word in enumerate(words) if word in NUMBERS)
    heads = [say(f"h_{word}") for word in words]
    table = Table(name, caption, heads, every, widths, most, numeric)
    told: list[Text | Table | Figure] = [table]
    if len(every) > most:
        told.append(say("more", most=most, count=len(every)))
    return told


def shown(item: Answer) -> str | Text:
    """A value, or why there is none."""
    return number(item["value"]) if item["value"] is not None else named(item["state"])
