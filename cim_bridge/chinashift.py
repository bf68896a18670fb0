"""GCJ-02 and BD-09, the shifted degrees of Chinese map services, and their exact inverses.

The formulas are the publicly known ones (measured against PROJ in facts of the project); the
inverse is found by iteration to a tenth of a millimetre and better. All arrays are (N, 2)
longitude, latitude in degrees. Outside the formula's box (72.004 to 137.8347 E, 0.8293 to
55.8271 N) nothing is shifted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

_A, _EE = 6378245.0, 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0
_EXACT = 1e-11
"""Degrees (about a micrometre) at which the inverse stops."""
_MOST = 50


def gcj02_of(wgs84: F64) -> F64:
    """WGS 84 → GCJ-02."""
    x, y = wgs84[:, 0], wgs84[:, 1]
    inside = (x >= 72.004) & (x <= 137.8347) & (y >= 0.8293) & (y <= 55.8271)
    safe = np.where(inside, y, 30.0)
    east, north = _waves(np.where(inside, x, 110.0) - 105.0, safe - 35.0)
    slope = np.radians(safe)
    magic = 1 - _EE * np.sin(slope) ** 2
    root = np.sqrt(magic)
    north = north * 180.0 / ((_A * (1 - _EE)) / (magic * root) * np.pi)
    east = east * 180.0 / (_A / root * np.cos(slope) * np.pi)
    moved = wgs84 + np.column_stack((east, north))
    found: F64 = np.where(inside[:, None], moved, wgs84)
    return found


def _waves(x: F64, y: F64) -> tuple[F64, F64]:
    """Metres east and north of the published polynomial and its waves."""
    root, pi, sin = np.sqrt(np.abs(x)), np.pi, np.sin
    short = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return east, north


def bd09_of(wgs84: F64) -> F64:
    """WGS 84 → BD-09."""
    gcj = gcj02_of(wgs84)
    x, y = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD)
    found: F64 = np.column_stack((radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006))
    return found


def wgs84_of_gcj02(gcj02: F64) -> F64:
    """GCJ-02 → WGS 84."""
    return _inverse(gcj02_of, gcj02)


def wgs84_of_bd09(bd09: F64) -> F64:
    """BD-09 → WGS 84."""
    return _inverse(bd09_of, bd09)


def _inverse(forward: Callable[[F64], F64], wanted: F64) -> F64:
    """Fixed point: the shift is nearly constant, so each step gains about two digits."""
    found = wanted.copy()
    for _ in range(_MOST):
        miss = wanted - forward(found)
        found = found + np.where(np.isfinite(miss), miss, 0.0)
        if not len(miss) or not np.nanmax(np.abs(miss), initial=0.0) > _EXACT:
            break
    return found


FORWARD: dict[str, Callable[[F64], F64]] = {"gcj02": gcj02_of, "bd09": bd09_of}
INVERSE: dict[str, Callable[[F64], F64]] = {"gcj02": wgs84_of_gcj02, "bd09": wgs84_of_bd09}
