"""An overlay with all that a map needs to wear it: one answer, one question for each change."""

from __future__ import annotations

import base64
from typing import Any

from indicator_overlays.columns import read_column
from indicator_overlays.indicator import Indicator
from indicator_overlays.results_reader import Overlay
from twin_server.answers.overlay import overlay_answer
from twin_server.answers.ranking import ranking_page
from twin_server.twin import Twin


def painting(twin: Twin, indicator: Indicator, overlay: Overlay) -> dict[str, Any]:
    """The overlay with its classes inside; for buildings also those of the masses seen from afar.

    `masses`: the overlay of the level whose simple masses stand for the buildings, None where
    there is none. `city`: the city's own value as a ranking gives it, None without one.
    """
    masses = None
    if overlay.key.level == "building":
        masses = _beside(twin, overlay, _massing_level(twin))
    city = _beside(twin, overlay, "city")
    return {
        **_inside(twin, indicator, overlay),
        "masses": None if masses is None else _inside(twin, indicator, masses),
        "city": None if city is None else _first(twin, city),
    }


def _massing_level(twin: Twin) -> str | None:
    manifest = twin.model.manifest if twin.model else {}
    units = [item for item in manifest.get("tilesets", {}).values() if item["kind"] == "units"]
    return next((item.get("massing_level") for item in units), None)


def _beside(twin: Twin, overlay: Overlay, level: str | None) -> Overlay | None:
    """The same indicator and year at another level."""
    results, key = twin.results, overlay.key
    if results is None or level is None:
        return None
    years = results.available.get((key.system, key.indicator), {}).get(level, [])
    if key.year not in years:
        return None
    return results.overlay(key.system, key.indicator, level, key.year)


def _first(twin: Twin, overlay: Overlay) -> dict[str, Any] | None:
    items, _ = ranking_page(twin, overlay, worst=True, offset=0, limit=1)
    return items[0] if items else None


def _inside(twin: Twin, indicator: Indicator, overlay: Overlay) -> dict[str, Any]:
    """The overlay's answer with its u8 column as a data: address; hash and length stay."""
    answer = overlay_answer(twin, indicator, overlay)
    results = twin.results
    item = next((one for one in overlay.columns if one["dtype"] == "u8" and "uri" in one), None)
    if results is None or item is None:
        return answer
    packed = base64.b64encode(read_column(results.path / item["uri"])).decode()
    url = f"data:application/octet-stream;base64,{packed}"
    columns = [{**one, "url": url} if one["dtype"] == "u8" else one for one in answer["columns"]]
    return {**answer, "columns": columns}
