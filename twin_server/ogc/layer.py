"""A layer: features as columns and geometries of the model, found by place, ready to be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from twin_server.coded import Rows, pc
from twin_server.ogc.systems import System

Mask = npt.NDArray[np.bool_]
Shapes = npt.NDArray[Any]

_KEPT = 300_000
"""Features of the largest layer whose written features are kept in memory."""

TYPES: dict[str, dict[str, str]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "object": {"type": "object"},
}
"""JSON Schema of each kind of a field."""

ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "object": pa.string(),
}
"""Arrow type of each kind; an object is JSON text."""


@dataclass(frozen=True)
class Field:
    """One property: name, kind (a key of TYPES), title and what it says."""

    name: str
    kind: str
    title: str = ""
    told: str = ""
    asked_by_name: bool = True
    """Whether the description of the API writes out `?name=value`."""

    @property
    def queryable(self) -> bool:
        """Whether filters may name it."""
        return self.kind != "object"

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        more = {"title": self.title, "description": self.told}
        return {**TYPES[self.kind], **{name: text for name, text in more.items() if text}}


@dataclass
class Layer:
    """Features of one collection in a fixed order.

    ids: unique texts. shapes: geometries in `crs` (None where a feature has no place). table: one
    column a field, typed as ARROW says. times: names of the fields a feature's time begins and ends
    with; "" where features have no time.
    """

    ids: list[str]
    shapes: Shapes
    fields: tuple[Field, ...]
    table: pa.Table
    crs: str
    times: tuple[str, str] = ("", "")
    more: list[bytes] | None = None
    """JSON that follows the properties of each feature, with its leading comma."""
    _written: dict[str, tuple[npt.NDArray[Any], Mask]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Line of each id."""
        return {name: line for line, name in enumerate(self.ids)}

    @cached_property
    def tree(self) -> Any:
        """Index of the geometries by place."""
        import shapely

        return shapely.STRtree(self.shapes)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind of each field that filters may name, `id` and `geometry` among them."""
        found = {one.name: one.kind for one in self.fields if one.queryable}
        return {"id": "text", **found, "geometry": "geometry"}

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all in the layer's system; NaN when nothing has a place."""
        import shapely

        if shapely.is_missing(self.shapes).all():
            return np.nan, np.nan, np.nan, np.nan
        west, south, east, north = shapely.total_bounds(self.shapes).tolist()
        return west, south, east, north

    def column(self, name: str) -> Any:
        """An Arrow array of one field, or of the ids."""
        if name == "id":
            return pa.array(self.ids, pa.string())
        return self.table[name].combine_chunks()

    def touching(self, shape: Any) -> Mask:
        """Which features meet a geometry in the layer's system; those without a place do not."""
        keep = np.zeros(len(self), bool)
        keep[self.tree.query(shape, predicate="intersects")] = True
        return keep

    def during(self, first: Any, last: Any) -> Mask:
        """Which features' time meets the days first..last (None open); timeless ones always do.

        A feature whose beginning or end is not known is open there.
        """
        begin, end = self.times
        if not begin:
            return np.ones(len(self), bool)
        keep = np.ones(len(self), bool)
        if last is not None:
            keep &= _true(pc.less_equal(self.column(begin), last), unknown=True)
        if first is not None:
            keep &= _true(pc.greater_equal(self.column(end), first), unknown=True)
        return keep

    def written(self, rows: Rows, system: System, chosen: Sequence[str] | None) -> list[bytes]:
        """GeoJSON of some features, each as bytes; made once for all their properties."""
        if chosen is not None or len(self) > _KEPT:
            return self._write(rows, system, chosen)
        kept, ready = self._written.setdefault(system.uri, self._nothing())
        lacking = rows[~ready[rows]]
        if len(lacking):
            made = np.full(len(lacking), None, object)
            made[:] = self._write(lacking, system, None)
            kept[lacking] = made
            ready[lacking] = True
        found: list[bytes] = kept[rows].tolist()
        return found

    def _nothing(self) -> tuple[npt.NDArray[Any], Mask]:
        return np.full(len(self), None, object), np.zeros(len(self), bool)

    def _write(self, rows: Rows, system: System, chosen: Sequence[str] | None) -> list[bytes]:
        import shapely

        fields = [one for one in self.fields if chosen is None or one.name in chosen]
        names = [one.name for one in fields]
        part = self.table.select(names).take(rows)
        columns = [_cells(part[one.name], one.kind) for one in fields]
        drawn = shapely.to_geojson(system.given(self.shapes[rows], self.crs)).tolist()
        properties = zip(*columns, strict=True) if columns else iter([()] * len(rows))
        found = [
            orjson.dumps(
                {
                    "type": "Feature",
                    "id": self.ids[row],
                    "geometry": None if shape is None else orjson.Fragment(shape),
                    "properties": dict(zip(names, cells, strict=True)),
                }
            )
            for row, shape, cells in zip(rows.tolist(), drawn, properties, strict=True)
        ]
        if self.more is None:
            return found
        lines = zip(found, rows.tolist(), strict=True)
        return [written[:-1] + self.more[row] + b"}" for written, row in lines]


def _cells(column: Any, kind: str) -> list[Any]:
    found: list[Any] = column.to_pylist()
    if kind == "object":
        return [None if cell is None else orjson.Fragment(cell) for cell in found]
    return found


def _true(found: Any, *, unknown: bool) -> Mask:
    mask: Mask = pc.fill_null(found, unknown).to_numpy(zero_copy_only=False)
    return mask
