"""What heights count from, and why that may be doubted."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim_bridge.crs import height_factor, known, read_crs
from cim_bridge.crsspell import spelling
from cim_bridge.doctor.words import say
from cim_bridge.reader import Reading
from cim_bridge.texts import Text

_NEAR = 0.5
"""Metres within which every foot stands at zero."""


def datum(
    reading: Reading, crs: str | None, feet: tuple[float, float], offset: float | None
) -> tuple[dict[str, Any], Text, bool]:
    """(data, words, doubtful). feet: lowest and highest foot in metres; offset: the city's.

    Doubts: no datum is named; every building stands at 0; heights are above the ellipsoid and the
    city names no offset; heights are in feet.
    """
    name = _named(crs)
    flat = bool(np.isfinite(feet).all() and max(abs(feet[0]), abs(feet[1])) < _NEAR)
    data: dict[str, Any] = {
        "named": name or None,
        "ellipsoidal": reading.ellipsoidal,
        "feet": [round(foot, 2) for foot in feet] if np.isfinite(feet).all() else None,
        "at_zero": flat,
    }
    if reading.ellipsoidal:
        doubt = not offset
        key = "datum.ellipsoidal_doubt" if doubt and offset is not None else "datum.ellipsoidal"
        return data, say(key, low=feet[0], high=feet[1]), doubt and offset is not None
    if not np.isfinite(feet).all():
        return data, say("datum.none"), False
    if name:
        feets = crs is not None and height_factor(known(crs)) != 1.0
        return data, say("datum.named", name=name, low=feet[0], high=feet[1]), feets
    if flat:
        return data, say("datum.at_zero"), True
    return data, say("datum.unnamed", low=feet[0], high=feet[1]), True


def _named(crs: str | None) -> str:
    """Name of the vertical part of a compound system, "" when there is none."""
    found = read_crs(spelling(crs).base) if crs else None
    if found is None:
        return ""
    if found.is_compound and len(found.sub_crs_list) > 1:
        return str(found.sub_crs_list[-1].name)
    return str(found.name) if len(found.axis_info) == 3 else ""
