"""Texts of coordinates to numbers, many texts at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64, Bools

_BLANK = np.zeros(256, bool)
_BLANK[[*b" \t\r\n\f\v\x1f"]] = True
_NUMERIC = _BLANK.copy()
_NUMERIC[[*b"0123456789+-.eE"]] = True
_TO_BLANKS = bytes(0x20 if blank else code for code, blank in enumerate(_BLANK))
_PART = 0x1F

FARTHEST = 1e9
"""No coordinate on the Earth is larger, in metres or feet; larger ones only overflow."""


def read_numbers(texts: list[str]) -> tuple[F64, I64, Bools]:
    """All numbers of the texts, how many each text has, and which texts hold something else.

    A text that is not all finite numbers of a sane size counts as empty and is marked.
    """
    bad = np.zeros(len(texts), bool)
    if not texts:
        return np.zeros(0), np.zeros(0, np.int64), bad
    data = "\x1f".join(texts).encode()
    raw = np.frombuffer(data, np.uint8)
    parts = np.flatnonzero(raw == _PART)
    if len(parts) != len(texts) - 1:
        return _carefully(texts)
    odd = np.flatnonzero(~_NUMERIC[raw])
    if len(odd):
        return _carefully(texts)
    token = ~_BLANK[raw]
    begins = token.copy()
    begins[1:] &= ~token[:-1]
    counts = np.diff(np.searchsorted(np.flatnonzero(begins), parts), prepend=0)
    total = int(np.count_nonzero(begins))
    counts = np.append(counts, total - int(counts.sum())).astype(np.int64)
    values = _parsed(data, total)
    if values is None:
        return _carefully(texts)
    return values, counts, bad


def _parsed(data: bytes, total: int) -> F64 | None:
    """None when not every token is one finite number."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # older numpy only warns of a stop
        try:
            values = np.fromstring(data.translate(_TO_BLANKS), dtype=np.float64, sep=" ")
        except ValueError:
            return None
    return values if len(values) == total and (np.abs(values) < FARTHEST).all() else None


def _carefully(texts: list[str]) -> tuple[F64, I64, Bools]:
    """Text by text, for the rare chunk that holds something odd."""
    found: list[npt.NDArray[np.float64]] = []
    bad = np.zeros(len(texts), bool)
    for number, text in enumerate(texts):
        try:
            words = text.split() if text.isascii() else ["no number"]
            values = np.array([float(word) for word in words], np.float64)
        except ValueError:
            values = np.array([np.nan])
        bad[number] = not (np.abs(values) < FARTHEST).all()
        found.append(values[:0] if bad[number] else values)
    counts = np.array([len(values) for values in found], np.int64)
    return np.concatenate(found), counts, bad
