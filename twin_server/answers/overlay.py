"""One indicator at one level in one year: columns, legend with counts, histogram, states."""

from __future__ import annotations

from typing import Any

from cim_bridge.levels import LEVELS
from cim_bridge.texts import Text, text
from indicator_overlays.indicator import Indicator
from indicator_overlays.ondemand import OnDemand
from indicator_overlays.results_reader import Overlay, Results
from indicator_overlays.yearly import Key
from twin_server.answers.city import parents_column
from twin_server.errors import Missing
from twin_server.twin import Twin


def find_overlay(
    twin: Twin, indicator: Indicator, level: str | None, year: int | None, period: str | None
) -> Overlay:
    """The overlay that is asked for; Missing NO_OVERLAY says what there is instead.

    Without a level the indicator's natural one is taken, or the finest that has values.
    """
    results = twin.results
    levels = results.available.get((indicator.system, indicator.code), {}) if results else {}
    chosen = level or _default_level(levels, indicator.natural_level)
    wanted = [twin.year(year)] if period is None else sorted(levels.get(chosen, []), reverse=True)
    for candidate in wanted:
        if results is None or candidate is None or candidate not in levels.get(chosen, []):
            continue
        found = results.overlay(indicator.system, indicator.code, chosen, candidate)
        if period in (None, found.period):
            return found
    there = [f"{name} {', '.join(map(str, years))}" for name, years in levels.items()]
    raise Missing(
        "NO_OVERLAY",
        f"{indicator.system} {indicator.code} has no values at level {chosen} for "
        f"{period or year or 'the latest year'}; there is: {'; '.join(there) or 'nothing'}",
    )


def _default_level(levels: dict[str, list[int]], natural: str) -> str:
    if natural in levels:
        return natural
    return next((level for level in reversed(LEVELS) if level in levels), natural)


def overlay_answer(twin: Twin, indicator: Indicator, overlay: Overlay) -> dict[str, Any]:
    """The overlay as the API gives it; made once per publication."""
    if overlay.key not in twin.answers and twin.results is not None:
        twin.answers[overlay.key] = _make(twin, twin.results, indicator, overlay)
    found: dict[str, Any] = twin.answers[overlay.key]
    return found


def _make(twin: Twin, results: Results, indicator: Indicator, overlay: Overlay) -> dict[str, Any]:
    key = overlay.key
    years = sorted(results.available[key.system, key.indicator][key.level])
    place = years.index(key.year)
    histogram = overlay.histogram()
    return {
        "code": key.indicator,
        "system": key.system,
        "year": key.year,
        "period": overlay.period,
        "level": key.level,
        "model": results.model,
        "columns": [_column(key, item) for item in _settled(twin, results, overlay)],
        "parents": _parents(twin, key.level),
        "legend": _legend(results, overlay),
        "histogram": histogram if histogram["counts"] else None,
        "states": overlay.states,
        "unit": indicator.unit,
        "privacy": _privacy(results, key),
        "coverage": {
            "with_value": len(overlay.numbers),
            "total": twin.units.counts.get(key.level, 0),
        },
        "sources": [
            {"name": name, "kind": twin.source_kinds.get(name, "")} for name in overlay.sources()
        ],
        "previous_year": years[place - 1] if place else None,
        "next_year": years[place + 1] if place + 1 < len(years) else None,
    }


_BLOCKS = text(
    "单栋数值受保护：显示所在街区的数值，街区太小的不公开",
    "single buildings are protected: each shows its block's value, small blocks none",
)
_FEW = text("单元过少的数值不公开", "sums of too few are withheld")


def _privacy(results: Results, key: Key) -> Text | None:
    """What of a protected indicator the overlay shows; None where it shows everything."""
    held = results.manifest.get("privacy", {}).get("indicators", [])
    if f"{key.system}/{key.indicator}" not in held:
        return None
    return _BLOCKS if key.level == "building" else _FEW


def _parents(twin: Twin, level: str) -> dict[str, Any] | None:
    """The column through which buildings take the colour of a higher level."""
    known = twin.model.manifest.get("parents", {}) if twin.model else {}
    return {"level": level, **parents_column(twin, level)} if level in known else None


def _settled(twin: Twin, results: Results, overlay: Overlay) -> list[dict[str, Any]]:
    """The columns with their hashes, those made on demand too."""
    if "on demand" not in twin.answers:
        twin.answers["on demand"] = OnDemand(results)
    made: OnDemand = twin.answers["on demand"]
    return made.settled(overlay.key, overlay.columns)


def _column(key: Key, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": f"/columns/{item['sha256'][:32]}/{key.indicator}.{item['dtype']}",
        "dtype": item["dtype"],
        "length": item["length"],
        "digest": item["sha256"],
    }


def _legend(results: Results, overlay: Overlay) -> dict[str, Any]:
    legend = results.legend(*overlay.key[:3])
    counts = overlay.class_counts(len(legend["classes"]))
    classes = [
        {**item, "count": count} for item, count in zip(legend["classes"], counts, strict=True)
    ]
    return {**legend, "classes": classes}
