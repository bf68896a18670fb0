"""What a request asks of a collection; whatever cannot be read or is not known is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cim_bridge.crs import horizontal, known
from cim_bridge.errors import WrongUse
from twin_server.ogc.cql2.evaluate import Filter
from twin_server.ogc.cql2.places import box_of
from twin_server.ogc.cql2.times import moment
from twin_server.ogc.cql2.tree import read_filter
from twin_server.ogc.layer import Layer, Mask
from twin_server.ogc.records import ASKED, searched
from twin_server.ogc.systems import System, named

MOST = 10_000
"""Most features of one page; who asks for more gets so many and a `next` link."""

_WORLD = ((-180.0, -90.0, -180.0, -90.0), (180.0, 90.0, 180.0, 90.0))

USUAL = 100
"""Features of a page when nothing is said."""

ITEMS: tuple[str, ...] = (
    "f", "limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang",
    "filter-crs", "properties",
)  # fmt: skip
"""Parameters of every items path, besides the names of its properties."""


@dataclass(frozen=True)
class Asked:
    """A page: how many from where, in which system, which properties, of which features."""

    limit: int
    offset: int
    system: System
    chosen: tuple[str, ...] | None
    keep: Mask


def parameters(pairs: list[tuple[str, str]], allowed: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a request, each known and given once; else WrongUse."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise WrongUse(f"unknown parameter {name[:60]!r}; known: {', '.join(allowed)[:600]}")
        if name in found:
            raise WrongUse(f"parameter {name!r} is given twice")
        found[name] = value
    return found


def read_page(layer: Layer, given: Mapping[str, str]) -> Asked:
    """What a request to `items` asks for."""
    return Asked(
        limit=min(count(given.get("limit", str(USUAL)), "limit", 1), MOST),
        offset=count(given.get("offset", "0"), "offset", 0),
        system=named(given.get("crs"), layer.crs, "crs"),
        chosen=_chosen(layer, given.get("properties")),
        keep=_kept(layer, given),
    )


def count(written: str, name: str, least: int) -> int:
    """A whole number of a parameter; WrongUse else."""
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 12 else -1
    if number < least:
        raise WrongUse(f"{name} {written[:40]!r} is not a whole number from {least}")
    return number


def _chosen(layer: Layer, written: str | None) -> tuple[str, ...] | None:
    if written is None:
        return None
    names = tuple(filter(None, written.split(",")))
    there = {one.name for one in layer.fields}
    lacking = [name for name in names if name not in there]
    if lacking:
        raise WrongUse(f"properties: there is no {lacking[0][:60]!r}")
    return names


def _kept(layer: Layer, given: Mapping[str, str]) -> Mask:
    keep = np.ones(len(layer), bool)
    bbox_system = named(given.get("bbox-crs"), layer.crs, "bbox-crs")
    if "bbox" in given:
        keep &= _in_box(layer, given["bbox"], bbox_system)
    if "datetime" in given:
        keep &= layer.during(*days(given["datetime"]))
    if any(name in given for name in ASKED):
        keep &= searched(layer, given)
    filter_system = named(given.get("filter-crs"), layer.crs, "filter-crs")
    language = given.get("filter-lang", "cql2-text")
    if "filter" in given:
        keep &= Filter(layer, filter_system).mask(read_filter(given["filter"], language))
    elif "filter-lang" in given:
        read_filter("true", language)
    for name, value in given.items():
        if name not in (*ITEMS, *ASKED):
            tree = {"op": "=", "args": [{"property": name}, _typed(layer, name, value)]}
            keep &= Filter(layer, filter_system).mask(tree)
    return keep


def _typed(layer: Layer, name: str, value: str) -> Any:
    kind = layer.kinds[name]
    if kind in ("number", "integer"):
        try:
            number = float(value)
        except ValueError as exc:
            raise WrongUse(f"{name} {value[:40]!r} is not a number") from exc
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind == "boolean":
        if value not in ("true", "false"):
            raise WrongUse(f"{name} {value[:40]!r} is neither true nor false")
        return value == "true"
    return {"date": value} if kind == "date" else value


def _in_box(layer: Layer, written: str, system: System) -> Mask:
    """Features that meet a box; one that crosses 180 degrees is two."""
    try:
        edges = [float(part) for part in written.split(",")]
    except ValueError as exc:
        raise WrongUse(f"bbox {written[:80]!r} is not 4 or 6 numbers") from exc
    keep = np.zeros(len(layer), bool)
    for box in _halves(edges, system):
        shape = shapely.intersection(box_of(box), system.window(layer.bounds, layer.crs))
        if not shape.is_empty:
            keep |= layer.touching(system.taken(shape, layer.crs))
    return keep


def degrees(written: str) -> tuple[float, float, float, float]:
    """West, south, east, north of a bbox of 4 or 6 numbers in CRS84; WrongUse else.

    What reaches beyond the world is cut off there; west may be east of east, across 180 degrees.
    """
    try:
        edges = [float(part) for part in written.split(",")]
    except ValueError as exc:
        raise WrongUse(f"bbox {written[:80]!r} is not 4 or 6 numbers") from exc
    if len(edges) == 6:
        edges = [*edges[:2], *edges[3:5]]
    if len(edges) != 4 or not np.isfinite(edges).all() or edges[1] > edges[3]:
        raise WrongUse(f"bbox {written[:80]!r} is not west,south,east,north in degrees")
    west, south, east, north = np.clip(edges, *_WORLD).tolist()
    return west, south, east, north


def _halves(edges: list[float], system: System) -> list[list[float]]:
    if len(edges) == 6:
        edges = [*edges[:2], *edges[3:5]]
    east = 1 if system.northing_first else 0
    geographic = horizontal(known(system.text)).is_geographic
    if len(edges) != 4 or not geographic or edges[east] <= edges[east + 2]:
        return [edges]
    left, right = list(edges), list(edges)
    left[east + 2], right[east] = 180.0, -180.0
    return [left, right]


def days(written: str) -> tuple[Any, Any]:
    """First and last day of `datetime`; None is open."""
    first, slash, last = written.partition("/")
    if not slash:
        day = moment(first).date()
        return day, day
    ends = [None if end in ("", "..") else moment(end).date() for end in (first, last)]
    if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        raise WrongUse(f"datetime {written[:80]!r} ends before it begins")
    return ends[0], ends[1]
