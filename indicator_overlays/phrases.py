"""Sentences for people, filled column-wise from templates that are data.

`{name}` is a field. `{name|one|many}` is a word that goes with a number: `{value} {value|place|
places}`. `[ ... ]` is a part that is left out where one of its fields is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from indicator_overlays.evaluate import Floats

Texts = npt.NDArray[np.object_]

_FIELD = re.compile(r"\{(\w+)(?:\|([^{}|]*)\|([^{}|]*))?\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")

UNKNOWN = "—"
"""What stands in a sentence for a number that is not known."""

ONE = "1"
"""The number that takes the singular."""


def fill(template: str, fields: Mapping[str, Texts | str], size: int) -> Texts:
    """Fill a template for `size` rows; only plain names, nothing is evaluated.

    An unknown name stays as it is written, so a mistake in a template shows.
    """
    found = np.full(size, "", object)
    for place, part in enumerate(_OPTIONAL.split(template)):
        filled, known = _filled(part, fields, size)
        found = found + (np.where(known, filled, "").astype(object) if place % 2 else filled)
    return found


def _filled(
    template: str, fields: Mapping[str, Texts | str], size: int
) -> tuple[Texts, npt.NDArray[np.bool_]]:
    """Text of each row, and whether all its fields are known there."""
    found: Texts = np.full(size, "", object)
    known: npt.NDArray[np.bool_] = np.ones(size, bool)
    last = 0
    for match in _FIELD.finditer(template):
        name, one, many = match.groups()
        given = fields.get(name)
        value = match.group(0) if given is None else given
        known &= np.asarray(value != UNKNOWN, bool)
        if given is not None and one is not None:
            value = np.where(np.asarray(given == ONE), one, many).astype(object)
        found = found + template[last : match.start()] + value
        last = match.end()
    return np.asarray(found + template[last:], object), known


def joined(parts: Mapping[str, npt.NDArray[np.bool_]], size: int, comma: str, last: str) -> Texts:
    """Words that hold in each row, in order: `comma` between them, `last` before the last one."""
    found = np.full(size, "", object)
    left = np.zeros(size, np.int64) + sum(holds.astype(np.int64) for holds in parts.values())
    for word, holds in parts.items():
        left = left - holds
        between = np.where(left > 0, comma, last)
        between = np.where((found != "") & holds, between, "").astype(object)
        found = found + between + np.where(holds, word, "").astype(object)
    return found


def numbers(values: Floats) -> Texts:
    """Numbers as people write them; each distinct value is formatted once."""
    distinct, inverse = np.unique(values, return_inverse=True)
    texts = np.array([plain(float(value)) for value in distinct], object)
    return texts[inverse] if len(texts) else np.zeros(0, object)


def plain(value: float) -> str:
    """Four significant digits, thousands separated, no trailing zeros; an unknown one is a dash."""
    if not np.isfinite(value):
        return UNKNOWN
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    digits = 2 if abs(value) >= 1 else 4
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".")
