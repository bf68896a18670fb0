"""How much of an indicator system has values: shown beside every total, never scored as zero."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from indicator_overlays.columns import NUMBER, STATE_CODES, Cells
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.yearly import Group

_NAMES = {code: name for name, code in STATE_CODES.items()}


def coverage(groups: Iterable[Group], systems: dict[str, IndicatorSystem]) -> dict[str, Any]:
    """{system: {year: {indicators, with_values, values, by_category}}}; only numbers count."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    seen: dict[tuple[str, int], set[str]] = {}
    for group in groups:
        numbers = int(np.sum(group.cells.state == NUMBER))
        system = systems[group.key.system]
        entry = found.setdefault(system.id, {}).setdefault(
            str(group.key.year),
            {"indicators": len(system.indicators), "with_values": 0, "values": 0},
        )
        entry["values"] += numbers
        if numbers:
            seen.setdefault((system.id, group.key.year), set()).add(group.key.indicator)
    for (name, year), codes in seen.items():
        entry = found[name][str(year)]
        entry["with_values"] = len(codes)
        entry["by_category"] = _by_category(systems[name], codes)
    return found


def _by_category(system: IndicatorSystem, codes: set[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for code, indicator in system.indicators.items():
        entry = found.setdefault(indicator.category.code, {"indicators": 0, "with_values": 0})
        entry["indicators"] += 1
        entry["with_values"] += code in codes
    return found


def state_counts(cells: Cells, units: int) -> dict[str, int]:
    """Units of a level by state: numbers under `measured`, units without any value `missing`."""
    counts = np.bincount(cells.state, minlength=256)
    found = {"measured": int(counts[NUMBER])}
    found |= {name: int(counts[code]) for code, name in _NAMES.items()}
    found["missing"] += units - len(cells.row)
    return found
