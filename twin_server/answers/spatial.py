"""Where values cluster, where problems pile up, what no facility reaches."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cim_bridge.crs import WGS84, transformer
from cim_bridge.errors import NotFound
from cim_bridge.texts import text
from indicator_overlays.columns import NUMBER
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.results_reader import Overlay
from indicator_overlays.spatial.blind import Reaching, blind_areas
from indicator_overlays.spatial.hotspots import COLD, HOT, LEAST, Hotspots, hotspots
from indicator_overlays.spatial.piles import Pile, pile
from twin_server.answers.rulework import results_of, rule_units, shapes_of
from twin_server.errors import Missing
from twin_server.twin import Twin

MOST = 200_000
"""Units of a level above which clusters are not asked for one by one."""

_REASONS = {
    "": None,
    "too few": text(f"有数值的单元不足 {LEAST} 个", f"fewer than {LEAST} units have a number"),
    "all equal": text("所有数值相同", "all values are equal"),
}


def hotspot_answer(twin: Twin, overlay: Overlay) -> dict[str, Any]:
    """Hot and cold units of one overlay, strongest first."""
    key = ("hotspots", overlay.key)
    if key not in twin.answers:
        twin.answers[key] = _hotspots(twin, overlay)
    found: Hotspots = twin.answers[key]
    order = np.argsort(-np.abs(np.nan_to_num(found.z)), kind="stable")
    rows = order[found.kind[order] != 0]
    lines = np.array([twin.units.at(overlay.key.level, int(row)) for row in rows], np.int64)
    refs = twin.units.refs(lines) if len(lines) else []
    return {
        "code": overlay.key.indicator,
        "system": overlay.key.system,
        "year": overlay.key.year,
        "period": overlay.period,
        "level": overlay.key.level,
        "method": text(
            "Getis-Ord Gi*（8 个最近邻，错误发现率 5%）",
            "Getis-Ord Gi* (8 nearest neighbours, false discovery rate 5 %)",
        ),
        "tested": found.tested,
        "reason": _REASONS[found.reason],
        "moran": None if found.moran is None else {"i": found.moran, "p": found.moran_p},
        "items": [
            {"unit": ref, "kind": "hot" if found.kind[row] == HOT else "cold", "z": found.z[row]}
            for ref, row in zip(refs, rows.tolist(), strict=True)
        ],
        "hot": int(np.sum(found.kind == HOT)),
        "cold": int(np.sum(found.kind == COLD)),
    }


def _hotspots(twin: Twin, overlay: Overlay) -> Hotspots:
    shapes = shapes_of(twin, overlay.key.year).shapes(overlay.key.level)
    if len(shapes) > MOST:
        raise Missing("TOO_MANY_UNITS", f"clusters are found among at most {MOST} units")
    values = np.full(len(shapes), np.nan)
    cells = overlay.cells
    has = cells.state == NUMBER
    values[cells.row[has]] = cells.value[has]
    return hotspots(values, shapely.centroid(shapes))


def pile_items(twin: Twin, year: int, level: str) -> list[dict[str, Any]]:
    """Units of a level with more than one kind of problem, most kinds first."""
    units, table = rule_units(twin), results_of(twin).diagnosis
    if level not in units.levels:
        raise Missing("UNKNOWN_LEVEL", f"this city has no units of level {level!r}")
    key = ("pile", year, level)
    if key not in twin.answers:
        mine = np.flatnonzero(table["year"].to_numpy() == year)
        part = table.select(["unit_id", "rule"]).take(mine)
        rules = np.array([rule or "" for rule in part["rule"].to_pylist()], object)
        names = np.array(part["unit_id"].to_pylist(), object)
        told = rules != ""
        twin.answers[key] = pile(units, level, names[told], rules[told])
    found: Pile = twin.answers[key]
    order = np.lexsort((-found.problems, -found.kinds))
    rows = order[found.kinds[order] > 1]
    lines = np.array([twin.units.at(level, int(row)) for row in rows], np.int64)
    refs = twin.units.refs(lines) if len(lines) else []
    return [
        {
            "unit": ref,
            "kinds": int(found.kinds[row]),
            "problems": int(found.problems[row]),
            "rules": found.rules.get(row, []),
        }
        for ref, row in zip(refs, rows.tolist(), strict=True)
    ]


def blind_answer(twin: Twin, code: str, year: int) -> dict[str, Any]:
    """Land that a coverage indicator's facilities do not reach, as GeoJSON (WGS 84)."""
    measure: object = next((m for m in BUILT_IN if m.code == code), None)
    if not isinstance(measure, Reaching):
        known = ", ".join(sorted(m.code for m in BUILT_IN if isinstance(m, Reaching)))
        raise Missing("NO_BLIND_AREAS", f"{code} has no reach; these have: {known}")
    pieces = blind_areas(measure, shapes_of(twin, year))
    if pieces is None or twin.model is None:
        raise NotFound(f"{code}: no facility or no land is mapped in this model")
    move = transformer(twin.model.manifest["crs"], WGS84)
    degrees = shapely.transform(
        pieces, lambda at: np.column_stack(move.transform(at[:, 0], at[:, 1]))
    )
    return {
        "type": "FeatureCollection",
        "code": code,
        "year": year,
        "area_m2": float(shapely.area(pieces).sum()),
        "features": [
            {
                "type": "Feature",
                "properties": {"area_m2": float(area)},
                "geometry": shapely.geometry.mapping(shape),
            }
            for shape, area in zip(
                shapely.set_precision(degrees, 1e-7), shapely.area(pieces), strict=True
            )
            if not shape.is_empty
        ],
    }
