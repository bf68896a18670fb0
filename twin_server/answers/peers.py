"""A unit among its siblings: the units of its level that lie in the same parent."""

from __future__ import annotations

from typing import Any

import numpy as np

from indicator_overlays.indicator import Indicator
from indicator_overlays.results_reader import Overlay
from twin_server.answers.finding import dense_values
from twin_server.answers.unit_file import meets
from twin_server.coded import plain
from twin_server.twin import Twin

MOST = 200
"""Siblings that are named; places are counted among all."""


def peers_answer(
    twin: Twin, unit_id: str, indicator: Indicator, overlay: Overlay
) -> dict[str, Any]:
    """Siblings of a unit from the best to the worst; those without a number last."""
    units = twin.units
    index = twin.unit(unit_id)
    level, parent = units.level(index), units.nearest_parent(index)
    lines = units.search(level=level, parent=parent) if parent else units.of_level(level)
    rows = units.table.numbers("row")[lines].astype(np.int64)
    values = dense_values(twin, overlay)[rows]
    known = np.isfinite(values)
    better = -values if indicator.direction == "higher" else values
    order = np.lexsort((rows, np.where(known, better, np.inf)))
    places = _places(better, known)
    own = np.flatnonzero(lines == index)
    place = int(places[own[0]]) if len(own) and places[own[0]] else None
    shown = order[:MOST]
    above = None if parent is None else units.find(parent)
    return {
        "code": indicator.code,
        "system": indicator.system,
        "year": overlay.key.year,
        "unit": indicator.unit,
        "parent": None if above is None else units.ref(above),
        "level": level,
        "of": int(known.sum()),
        "place": place,
        "median": plain(float(np.median(values[known]))) if known.any() else None,
        "items": [
            {
                "unit": ref,
                "value": plain(float(values[at])),
                "place": int(places[at]) or None,
                "meets": meets(indicator, plain(float(values[at]))),
            }
            for ref, at in zip(units.refs(lines[shown]), shown.tolist(), strict=True)
        ],
    }


def _places(better: Any, known: Any) -> Any:
    """Place of each among those with a number, equals share the best one; 0 without a number."""
    from scipy.stats import rankdata

    found = np.zeros(len(better), np.int64)
    if known.any():
        found[known] = rankdata(better[known], method="min").astype(np.int64)
    return found
