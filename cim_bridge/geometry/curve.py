"""The Z-order (Morton) curve: places that are near have numbers that are near."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

DEPTH = 20
"""Halvings of a side: 2^20 cells along each axis."""
_AT_ONCE = 1 << 16
"""Places that are looked at together."""


def morton(places: F64, origin: F64, size: float) -> U64:
    """Interleave the cells of places (n, 2) on 2^20 cells a side of a square; x leads."""
    if len(places) > _AT_ONCE:
        runs = range(0, len(places), _AT_ONCE)
        return np.concatenate([morton(places[k : k + _AT_ONCE], origin, size) for k in runs])
    cell = np.clip((places - origin) / size * 2**DEPTH, 0, 2**DEPTH - 1).astype(np.uint64)
    return _spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1))


def curve_order(places: F64) -> I64:
    """Order of places (n, 2) along the curve over their own square; those without one come last.

    Equal places keep their order.
    """
    known = np.isfinite(places).all(axis=1)
    code = np.full(len(places), np.iinfo(np.uint64).max, np.uint64)
    if known.any():
        low, high = places[known].min(axis=0), places[known].max(axis=0)
        size = float(max((high - low).max(), 1.0))
        code[known] = morton(places[known], low, size)
    return np.argsort(code, kind="stable")


def _spread(values: U64) -> U64:
    """Put a zero bit between any two bits of 32-bit numbers."""
    steps = (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    )
    for shift, mask in steps:
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values
