"""Columns of coordinates to the model CRS."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import is_geographic, transformer

F64 = npt.NDArray[np.float64]
_WGS84 = "EPSG:4326"


def to_model(x: F64, y: F64, crs: str, model_crs: str) -> tuple[F64, F64]:
    """(x, y) in the model CRS, NaN for none.

    crs: of the columns, as CRS are named elsewhere; x east (or longitude), y north (or latitude).
    "" is WGS 84 where every number could be degrees, else the model's own.
    """
    known = np.isfinite(x) & np.isfinite(y)
    degrees = bool((np.abs(x[known]) <= 180.0).all() and (np.abs(y[known]) <= 90.0).all())
    source = crs or (_WGS84 if degrees and not is_geographic(model_crs) else model_crs)
    east, north = np.full(len(x), np.nan), np.full(len(x), np.nan)
    if known.any():
        # never one point alone: PROJ's wrapper takes an array of one for a number
        xx, yy = (np.append(side[known], side[known][:1]) for side in (x, y))
        moved = transformer(source, model_crs).transform(xx, yy)
        east[known], north[known] = moved[0][:-1], moved[1][:-1]
    found = np.isfinite(east) & np.isfinite(north)
    return np.where(found, east, np.nan), np.where(found, north, np.nan)
