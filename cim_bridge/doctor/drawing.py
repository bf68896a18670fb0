"""A plain picture of where sources lie against the city: footprints as lines, shifts as arrows.

Inline SVG without script or request. What a source would be as declared is dashed where another
system fits better, so that a shift of coordinates is seen at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.crs import Placement, read_crs
from cim_bridge.doctor.words import say
from cim_bridge.texts import Text

if TYPE_CHECKING:
    from cim_bridge.doctor.city import City
    from cim_bridge.doctor.examine import Examination
    from cim_bridge.doctor.source import Source

Shapes = npt.NDArray[Any]
F64 = npt.NDArray[np.float64]
WIDE, HIGH, EDGE = 880.0, 440.0, 28.0
"""Pixels of the picture, and of its margin."""
_MOST = 1500
"""Shapes of one layer that are drawn; more are thinned evenly."""
_DOT = 8.0
"""Pixels below which a layer is drawn as a ring around its middle."""


@dataclass(frozen=True)
class Layer:
    """Shapes in metres of the picture's system. look: class of the style sheet."""

    look: str
    label: Text
    shapes: Shapes


@dataclass(frozen=True)
class Frame:
    """From metres to pixels: y goes down."""

    west: float
    north: float
    scale: float

    @classmethod
    def around(cls, layers: list[Layer]) -> Frame:
        """The frame that shows every layer whole."""
        box = np.array([shapely.total_bounds(layer.shapes) for layer in layers])
        west, south = box[:, :2].min(axis=0).tolist()
        east, north = box[:, 2:].max(axis=0).tolist()
        inner = (WIDE - 2 * EDGE, HIGH - 2 * EDGE)
        scale = min(inner[0] / max(east - west, 1.0), inner[1] / max(north - south, 1.0))
        x = (east + west) / 2 - WIDE / 2 / scale
        return cls(x, (north + south) / 2 + HIGH / 2 / scale, scale)

    def pixels(self, points: F64) -> F64:
        """(N, 2) metres as pixels."""
        flat: F64 = np.column_stack(
            ((points[:, 0] - self.west) * self.scale, (self.north - points[:, 1]) * self.scale)
        )
        return flat


def drawing(found: Examination) -> str:
    """The picture with its legend as HTML; "" where nothing has a place."""
    metres = _system(found)
    layers = [*_city(found.city, metres), *_sources(found.sources, metres)] if metres else []
    if not any(layer.look == "source" for layer in layers):
        return ""
    frame = Frame.around(layers)
    body = "".join(_drawn(layer, frame) for layer in layers)
    body += "".join(_arrows(found, layers, frame)) + _bar(frame)
    keys = dict.fromkeys((layer.look, layer.label["zh"], layer.label["en"]) for layer in layers)
    legend = "".join(
        f'<li class="{look}"><span lang=zh>{escape(zh)}</span><span lang=en>{escape(en)}</span>'
        for look, zh, en in keys
    )
    title = say("map.title")
    alt = escape(f"{title['zh']} {title['en']}")
    size = f"0 0 {WIDE:.0f} {HIGH:.0f}"
    return (
        f'<svg class="map" viewBox="{size}" role="img" aria-label="{alt}">{body}</svg>'
        f"<ul class=legend>{legend}</ul>"
    )


def _system(found: Examination) -> str:
    """The metre system of the picture: the city's model, else the first source that has a place."""
    if found.city is not None and found.city.model is not None:
        return str(found.city.model.manifest["crs"])
    return next((one.metres for one in found.sources if one.ready is not None), "")


def _city(city: City | None, metres: str) -> Iterator[Layer]:
    """Buildings of the city, else the finest level that it has."""
    for level in ("building", "block", "compound", "community", "subdistrict", "district"):
        known = city.bodies(level) if city is not None and level in city.levels else None
        if known is not None and len(known.shapes):
            yield Layer("city", say("map.city"), _few(known.shapes))
            return


def _sources(sources: list[Source], metres: str) -> Iterator[Layer]:
    """Each source where it will be read; dashed where it would be as declared."""
    for source in sources:
        raw = max(source.reading.units, key=len) if source.reading else None
        units = source.main if source.ready is not None and source.metres else None
        if units is not None:
            moved = Placement(source.metres, metres).shapes(_few(units.shapes))
            if len(moved := _real(moved)):
                yield Layer("source", say("map.source", name=source.name), moved)
        place = source.position
        declared = place.declared if place else None
        if raw is None or place is None or declared in (None, place.crs):
            continue
        if read_crs(str(declared)) is not None:
            hull = shapely.MultiPoint(shapely.get_coordinates(_few(raw.shapes))).convex_hull
            outline = Placement(str(declared), metres).shapes(np.array([hull], object))
            if len(outline := _real(outline)):
                told = say("map.declared", name=source.name, crs=str(declared)[:40])
                yield Layer("declared", told, outline)


def _few(shapes: Shapes) -> Shapes:
    """An even sample of the shapes that are there."""
    there = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    return there[:: max(1, -(-len(there) // _MOST))]


def _real(shapes: Shapes) -> Shapes:
    """Shapes whose every coordinate is finite."""
    kept: Shapes = shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]
    return kept


def _drawn(layer: Layer, frame: Frame) -> str:
    box = shapely.total_bounds(layer.shapes).reshape(2, 2)
    (left, low), (right, high) = frame.pixels(box).tolist()
    if max(right - left, low - high) < _DOT:
        x, y = (left + right) / 2, (low + high) / 2
        return f'<circle class="{layer.look} far" cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
    fine = shapely.simplify(layer.shapes, 0.4 / frame.scale, preserve_topology=False)
    fine = np.where(shapely.is_empty(fine), layer.shapes, fine)
    parts = shapely.get_parts(fine)
    kind = shapely.get_dimensions(parts)
    rings = shapely.get_rings(parts[kind == 2])
    lines = np.concatenate([rings, parts[kind == 1]])
    path = _path(lines, frame) + _marks(parts[kind == 0], frame)
    return f'<path class="{layer.look}" d="{path}"/>'


def _path(lines: Shapes, frame: Frame) -> str:
    points, line = shapely.get_coordinates(lines, return_index=True)
    first = np.diff(line, prepend=-1) != 0
    spots = np.round(frame.pixels(points), 1).tolist()
    steps = zip(first.tolist(), spots, strict=True)
    return "".join(f"{'M' if new else 'L'}{x:g} {y:g}" for new, (x, y) in steps)


def _marks(points: Shapes, frame: Frame) -> str:
    """Points as small diamonds."""
    spots = np.round(frame.pixels(shapely.get_coordinates(points)), 1).tolist()
    return "".join(f"M{x - 2:g} {y:g}l2 -2l2 2l-2 2z" for x, y in spots)


def _arrows(found: Examination, layers: list[Layer], frame: Frame) -> Iterator[str]:
    """From the middle of a source to where the city has the same things."""
    labels = {layer.label["zh"]: layer for layer in layers if layer.look == "source"}
    for source, one, _ in found.offsets:
        layer = labels.get(say("map.source", name=source.name)["zh"])
        if layer is None or not one.flat:
            continue
        middle = shapely.total_bounds(layer.shapes).reshape(2, 2).mean(axis=0)
        ends = frame.pixels(np.array([middle, middle + np.array([one.east, one.north])]))
        (x, y), (to_x, to_y) = np.round(ends, 1).tolist()
        far = float(np.hypot(one.east, one.north))
        told = f"{one.east:+.1f} E, {one.north:+.1f} N ({far:.1f} m)"
        left, top = min(max(x, to_x) + 8, WIDE - 260), min(y, to_y) - 6
        yield (
            f'<path class="shift" d="M{x:g} {y:g}L{to_x:g} {to_y:g}"/>'
            f'<circle class="tip" cx="{to_x:g}" cy="{to_y:g}" r="3.5"/>'
            f'<text class="told" x="{left:g}" y="{top:g}">{told}</text>'
        )


def _bar(frame: Frame) -> str:
    """A scale bar of a round length."""
    wish = WIDE / 5 / frame.scale
    power = 10.0 ** np.floor(np.log10(wish))
    length = float(power * max(step for step in (1, 2, 5) if step * power <= wish))
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    x, y = EDGE / 2, HIGH - EDGE / 2
    return (
        f'<path class="bar" d="M{x:g} {y - 4:g}v4h{length * frame.scale:.1f}v-4"/>'
        f'<text x="{x:g}" y="{y - 8:g}">{told}</text>'
    )
