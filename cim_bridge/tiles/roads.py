"""Road surfaces from centre lines: widths from attributes, else from the class of the road."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from cim_bridge.geometry.footprint import Shapes

DEFAULT_WIDTH = 8.0
"""Metres, of a road about which nothing is known."""
_LANE = 3.5
_WIDTH_KEYS = ("width", "width_m", "road_width", "roadwidth", "宽度", "路宽", "红线宽度")
_LANE_KEYS = ("lanes", "lane_count", "车道数")
_CLASS_KEYS = ("class", "highway", "road_class", "fclass", "type", "等级", "道路等级")
_CLASS_WIDTH = {
    "motorway": 26.0, "trunk": 24.0, "expressway": 30.0, "primary": 20.0, "arterial": 28.0,
    "secondary": 16.0, "sub_arterial": 20.0, "tertiary": 12.0, "collector": 16.0,
    "residential": 8.0, "local": 8.0, "branch": 12.0, "unclassified": 8.0, "service": 5.0,
    "living_street": 6.0, "pedestrian": 5.0, "footway": 2.5, "cycleway": 3.0, "path": 2.0,
    "steps": 2.0, "track": 3.5,
    "快速路": 30.0, "主干路": 28.0, "主干道": 28.0, "次干路": 20.0, "次干道": 20.0, "支路": 12.0,
}  # fmt: skip


def road_areas(geometry: Shapes, attributes: npt.NDArray[Any]) -> Shapes:
    """Areas of roads: lines are widened, areas stay, anything else becomes empty."""
    kind = shapely.get_type_id(geometry)
    line = np.isin(kind, (1, 2, 5))
    width = np.array([_width(text) for text in attributes[line]], dtype=np.float64)
    areas = np.array(geometry, dtype=object)
    areas[~np.isin(kind, (3, 6))] = shapely.Polygon()
    areas[line] = shapely.buffer(
        geometry[line], width / 2.0, quad_segs=2, cap_style="flat", join_style="round"
    )
    return areas


def _width(text: object) -> float:
    """Metres; the first of width, lanes and class that says something usable."""
    try:
        attributes = orjson.loads(text) if isinstance(text, str) and text else {}
    except orjson.JSONDecodeError:
        return DEFAULT_WIDTH
    if not isinstance(attributes, dict):
        return DEFAULT_WIDTH
    known = {str(key).lower(): value for key, value in attributes.items()}
    width = _number(known, _WIDTH_KEYS)
    if width is not None and 0.5 <= width <= 150.0:
        return width
    lanes = _number(known, _LANE_KEYS)
    if lanes is not None and 1 <= lanes <= 16:
        return lanes * _LANE
    words = (str(known[key]).lower().removesuffix("_link") for key in _CLASS_KEYS if key in known)
    return next((_CLASS_WIDTH[word] for word in words if word in _CLASS_WIDTH), DEFAULT_WIDTH)


def _number(known: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    for key in keys:
        try:
            value = float(str(known[key]).lower().removesuffix("m").strip())
        except (KeyError, ValueError):
            continue
        if np.isfinite(value):
            return value
    return None
