"""Texts of coordinates to numbers, many texts at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64, Bools

_BLANKS = b" \t\r\n\f\v\x1f"
_NUMERIC = b"0123456789+-.eE" + _BLANKS
_TO_BLANKS = bytes(0x20 if code in _BLANKS else code for code in range(256))
_PART, _SPACE, _MINUS, _DOT, _ZERO = 0x1F, 0x20, 0x2D, 0x2E, 0x30
_EXACT = 1 << 53
"""Whole numbers up to here are exact as floats, and so is 10**22 and what is less."""
_TENS = 10.0 ** np.arange(23)

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
    if len(parts) != len(texts) - 1 or data.translate(None, _NUMERIC):
        return _carefully(texts)
    token = np.zeros(len(raw) + 2, bool)
    token[1:-1] = raw > _SPACE
    edges = np.flatnonzero(token[1:] != token[:-1])
    starts, ends = edges[::2], edges[1::2]
    counts = np.diff(np.searchsorted(starts, parts), prepend=0, append=len(starts))
    values = _decimals(data, starts, ends)
    if values is None:
        values = _parsed(data, len(starts))
    if values is None or not (np.abs(values) < FARTHEST).all():
        return _carefully(texts)
    return values, counts.astype(np.int64), bad


def _decimals(data: bytes, starts: I64, ends: I64) -> F64 | None:
    """Plain decimals (12.340) as whole numbers over a power of ten: ten times faster than strtod.

    Numerator and power are exact as floats, and a quotient of IEEE 754 is rounded to nearest, so
    the values are those of strtod to the last bit. None when some token is anything else.
    """
    raw = np.frombuffer(data, np.uint8)
    if not len(starts) or b"e" in data or b"E" in data or b"+" in data:
        return None
    minus = np.flatnonzero(raw == _MINUS)
    if (raw[minus[minus > 0] - 1] > _SPACE).any() or (raw[ends - 1] < _ZERO).any():
        return None
    dots = np.flatnonzero(raw == _DOT)
    of = np.arange(len(starts))
    if len(dots) != len(starts) or (dots < starts).any() or (dots > ends).any():
        of = np.searchsorted(starts, dots, side="right") - 1
    places = ends[of] - dots - 1
    if (np.diff(of) == 0).any() or places.max(initial=0) >= len(_TENS):
        return None
    digits = np.fromstring(data.translate(_TO_BLANKS, b"."), dtype=np.int64, sep=" ")
    if digits.max() > _EXACT or digits.min() < -_EXACT:
        return None
    values = digits.astype(np.float64)
    values[of] /= _TENS[places]
    zero = np.flatnonzero(digits == 0)
    values[zero[raw[starts[zero]] == _MINUS]] = -0.0
    return values


def _parsed(data: bytes, total: int) -> F64 | None:
    """None when not every token is one number."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # older numpy only warns of a stop
        try:
            values = np.fromstring(data.translate(_TO_BLANKS), dtype=np.float64, sep=" ")
        except ValueError:
            return None
    return values if len(values) == total else None


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
