"""Geometries in filters: WKT, GeoJSON and boxes, into the layer's own system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import shapely

from cim_bridge.errors import WrongUse
from twin_server.ogc.layer import Layer
from twin_server.ogc.systems import System

SPATIAL: dict[str, Callable[[Any, Any], Any]] = {
    "s_intersects": shapely.intersects,
    "s_within": shapely.within,
    "s_contains": shapely.contains,
    "s_disjoint": shapely.disjoint,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_overlaps": shapely.overlaps,
}
"""The spatial functions of CQL2."""

_MOST_POINTS = 20_000
_PIECES = 32


_DEGREES = 9
"""Decimals of systems whose coordinates are degrees."""

_BOUNDED = frozenset(("s_intersects", "s_within", "s_disjoint"))
"""Functions whose answer is the same when the literal is cut to where the layer lies."""


def place_of(part: Any, operator: str, layer: Layer, system: System) -> Any:
    """The geometry of a literal in the layer's system; WrongUse says what is wrong with it."""
    shape = _literal(part)
    if system.digits == _DEGREES and np.abs(shape.bounds).max(initial=0) > 360:
        raise WrongUse("filter: these are no degrees; filter-crs names the system they are in")
    if operator in _BOUNDED:
        shape = shapely.intersection(shape, system.window(layer.bounds, layer.crs))
    return shape if shape.is_empty else system.taken(shape, layer.crs)


def _literal(part: Any) -> Any:
    if not isinstance(part, dict):
        raise WrongUse("filter: a geometry is WKT, GeoJSON or a BBOX")
    if "bbox" in part:
        return box_of(part["bbox"])
    shape = _wkt(part["wkt"]) if "wkt" in part else _geojson(part)
    if shape is None or shape.is_empty:
        raise WrongUse("filter: the geometry is empty")
    if shapely.get_num_coordinates(shape) > _MOST_POINTS:
        raise WrongUse(f"filter: the geometry has more than {_MOST_POINTS} points")
    if not np.isfinite(shapely.get_coordinates(shape)).all() or not shape.is_valid:
        raise WrongUse(f"filter: the geometry is not valid: {shapely.is_valid_reason(shape)}")
    return shape


_FARTHEST = 1e9
"""No coordinate of any system is larger, in metres or degrees."""


def box_of(edges: Any) -> Any:
    """A box of 4 or 6 numbers as a polygon whose edges stay straight in any system."""
    numbers = _numbers(edges)
    low, high = (numbers[:2], numbers[2:]) if len(numbers) == 4 else (numbers[:2], numbers[3:5])
    if low[0] > high[0] or low[1] > high[1]:
        raise WrongUse(f"the box {edges} has its corners in the wrong order")
    box = shapely.box(low[0], low[1], high[0], high[1])
    longest = max(high[0] - low[0], high[1] - low[1])
    return shapely.segmentize(box, longest / _PIECES) if longest > 0 else box


def _numbers(edges: Any) -> list[float]:
    good = isinstance(edges, list) and len(edges) in (4, 6)
    if not good or not all(isinstance(n, int | float) and np.isfinite(n) for n in edges):
        raise WrongUse(f"a box has 4 or 6 finite numbers, not {str(edges)[:80]}")
    if any(abs(n) > _FARTHEST for n in edges):
        raise WrongUse(f"the box {str(edges)[:80]} reaches beyond any system's numbers")
    return [float(number) for number in edges]


def _wkt(written: Any) -> Any:
    if not isinstance(written, str):
        raise WrongUse("filter: wkt is a text")
    try:
        return shapely.from_wkt(written)
    except shapely.errors.GEOSException as exc:
        raise WrongUse(f"filter: the geometry cannot be read: {exc}") from exc


def _geojson(part: dict[str, Any]) -> Any:
    try:
        return shapely.from_geojson(orjson.dumps(part))
    except (shapely.errors.GEOSException, orjson.JSONEncodeError) as exc:
        raise WrongUse(f"filter: the geometry is not GeoJSON: {exc}") from exc
