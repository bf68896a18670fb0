"""Sentences for people, filled column-wise from templates that are data."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from indicator_overlays.evaluate import Floats

Texts = npt.NDArray[np.object_]

_FIELD = re.compile(r"\{(\w+)\}")

UNKNOWN = "—"
"""What stands in a sentence for a number that is not known."""


def fill(template: str, fields: Mapping[str, Texts | str], size: int) -> Texts:
    """Fill `{name}` in a template for `size` rows; only plain names, nothing is evaluated.

    An unknown name stays as it is written, so a mistake in a template shows.
    """
    found = np.full(size, "", object)
    for place, part in enumerate(_FIELD.split(template)):
        known = fields.get(part) if place % 2 else part
        found = found + (f"{{{part}}}" if known is None else known)
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
