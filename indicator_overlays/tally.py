"""Sums by unit row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def tally(
    rows: npt.NDArray[np.int64], size: int, amounts: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """Sum of amounts (or the count) for each of `size` rows; a row of -1 belongs to none."""
    inside = rows >= 0
    picked = None if amounts is None else amounts[inside]
    return np.bincount(rows[inside], picked, size).astype(np.float64)
