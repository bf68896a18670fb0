"""Storeys of buildings, estimated from their height where nobody says how many there are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from indicator_overlays.unit_table import LevelUnits

STOREY = 3.0
"""m a storey, where only the height is known."""


def floors(units: LevelUnits) -> npt.NDArray[np.float64]:
    """Storeys of every unit, height / 3 m rounded where unknown, NaN where neither is known."""
    storeys, height = units.numbers("storeys"), units.numbers("height")
    return np.where(np.isfinite(storeys), storeys, np.maximum(1.0, np.rint(height / STOREY)))
