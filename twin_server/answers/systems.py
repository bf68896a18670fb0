"""Indicator systems and their indicators, with what the published results hold of them."""

from __future__ import annotations

from typing import Any

from cim_bridge.levels import LEVELS
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.legend import standard_json
from twin_server.errors import Missing
from twin_server.twin import Twin


def system_answer(system: IndicatorSystem) -> dict[str, Any]:
    """One system with its categories and how many indicators each holds."""
    return {
        "id": system.id,
        "label": dict(system.label),
        "version": system.version,
        "dimensions": [
            {"code": item.code, "label": dict(item.label)} for item in system.dimensions
        ],
        "categories": [
            {"code": item.code, "label": dict(item.label), "count": system.count(item.code)}
            for item in system.categories
        ],
        "indicators": len(system.indicators),
        "note": dict(system.note),
    }


def indicator_answer(twin: Twin, indicator: Indicator) -> dict[str, Any]:
    """One indicator; `columns` tells which years can be shown at which level."""
    shown = twin.results.available if twin.results else {}
    levels = shown.get((indicator.system, indicator.code), {})
    return {
        **indicator_short(indicator),
        "no": indicator.no,
        "dimension": None if indicator.dimension is None else dict(indicator.dimension),
        "group": None if indicator.group is None else dict(indicator.group),
        "indicator_type": indicator.indicator_type,
        "formula": indicator.formula,
        "natural_level": indicator.natural_level,
        "attach_levels": list(indicator.attach_levels),
        "levels": [level for level in LEVELS if level in levels],
        "years": sorted({year for years in levels.values() for year in years}),
        "columns": {level: sorted(levels[level]) for level in LEVELS if level in levels},
        "computability": indicator.computability,
        "department": None if indicator.department is None else dict(indicator.department),
        "provenance": indicator.provenance,
        "confidence": indicator.confidence,
        "note": indicator.note,
        "sensitive": None if indicator.sensitive is None else dict(indicator.sensitive),
    }


def indicator_short(indicator: Indicator) -> dict[str, Any]:
    """What stands beside a value: name, category, unit, direction, standard."""
    return {
        "code": indicator.code,
        "system": indicator.system,
        "name": dict(indicator.name),
        "category": {
            "code": indicator.category.code,
            "label": dict(indicator.category.label),
        },
        "unit": indicator.unit,
        "direction": indicator.direction,
        "standard": standard_json(indicator.standard),
    }


def find_indicator(twin: Twin, system: str | None, code: str) -> Indicator:
    """The asked indicator; Missing names the system that does not hold it."""
    chosen = twin.system(system)
    if code not in chosen.indicators:
        raise Missing("UNKNOWN_INDICATOR", f"{chosen.id} has no indicator {code!r}")
    return chosen.indicators[code]
