"""Batch tables of 3D Tiles 1.0: JSON columns, binary columns, and the hierarchy extension."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import whole
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.pieces import I64, Columns

_DTYPES = {
    "BYTE": "i1", "UNSIGNED_BYTE": "u1", "SHORT": "<i2", "UNSIGNED_SHORT": "<u2", "INT": "<i4",
    "UNSIGNED_INT": "<u4", "FLOAT": "<f4", "DOUBLE": "<f8",
}  # fmt: skip
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_DEPTH = 64
MAX_PAIRS = 2_000_000
"""Pairs of feature and ancestor: a hierarchy that makes more is a bomb."""


def binary_column(
    item: dict[str, Any], data: bytes, count: int, *, dtype: str = "", width: int = 0
) -> npt.NDArray[Any]:
    """(count,) or (count, width) values of a reference {byteOffset, componentType, type}."""
    kind = np.dtype(_DTYPES[str(item.get("componentType", dtype))])
    wide = width or _WIDTHS[str(item.get("type", "SCALAR"))]
    offset = whole(item.get("byteOffset"))
    if min(offset, count) < 0 or offset + count * wide * kind.itemsize > len(data):
        raise Broken(f"a binary property of {count} rows ends beyond the table")
    values = np.frombuffer(data, kind, count * wide, offset)
    return values if wide == 1 else values.reshape(count, wide)


def batch_columns(table: dict[str, Any], data: bytes, count: int) -> Columns:
    """Columns of `count` features; those of the hierarchy stand beside the plain ones."""
    found: Columns = {}
    for name, item in table.items():
        if name in ("extensions", "extras", "HIERARCHY"):
            continue
        values = _values(item, data, count)
        if values is not None:
            found[name] = values
    extensions = table.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    tree = extensions.get("3DTILES_batch_table_hierarchy", table.get("HIERARCHY"))
    if isinstance(tree, dict):
        for name, values in _Hierarchy(tree, data).columns(count).items():
            found.setdefault(name, values)
    return found


def _values(item: Any, data: bytes, count: int) -> npt.NDArray[Any] | None:
    if isinstance(item, dict) and "byteOffset" in item:
        values = binary_column(item, data, count)
        return values if values.ndim == 1 else _objects(values.tolist())
    if not isinstance(item, list) or len(item) < count:
        return None
    rows = item[:count]
    if rows and all(type(value) in (int, float) for value in rows):
        numbers = np.array(rows)
        return numbers if numbers.dtype.kind in "if" else _objects(rows)
    return _objects(rows)


def _objects(rows: list[Any]) -> npt.NDArray[Any]:
    return np.array([*rows, None], object)[:-1]


class _Hierarchy:
    """Instances of classes with parents: a feature has its own properties, then its ancestors'."""

    def __init__(self, tree: dict[str, Any], data: bytes) -> None:
        self._tree = tree
        self._data = data
        self._count = whole(tree.get("instancesLength"))
        self._classes = [c for c in tree.get("classes") or [] if isinstance(c, dict)]
        self._class = self._numbers("classIds", self._count)
        if len(self._class) and not 0 <= self._class.max() < len(self._classes):
            raise Broken("a hierarchy with classes that it does not name")

    def columns(self, count: int) -> Columns:
        """Columns of the first `count` instances, which are the features."""
        if count > self._count:
            raise Broken(f"a hierarchy of {self._count} instances for {count} features")
        own, given = self._own()
        found = {name: np.full(count, None, object) for name in own}
        empty = {name: np.ones(count, bool) for name in own}
        feature = instance = np.arange(count)
        parents = self._parents()
        for _ in range(_DEPTH):
            for name, values in own.items():
                take = given[name][instance] & empty[name][feature]
                rows = feature[take][::-1]
                found[name][rows] = values[instance[take][::-1]]
                empty[name][rows] = False
            feature, instance = _up(feature, instance, *parents)
            if not len(feature):
                break
        names = np.array([str(c.get("name", "")) for c in self._classes] or [""], object)
        return {"class": names[self._class[:count]], **found}

    def _own(self) -> tuple[Columns, dict[str, npt.NDArray[np.bool_]]]:
        """Every property over all instances, and where it is given."""
        own: Columns = {}
        given: dict[str, npt.NDArray[np.bool_]] = {}
        for number, kind in enumerate(self._classes):
            rows = np.flatnonzero(self._class == number)
            for name, item in (kind.get("instances") or {}).items():
                values = _values(item, self._data, len(rows))
                if values is None:
                    continue
                own.setdefault(name, np.full(self._count, None, object))[rows] = values
                given.setdefault(name, np.zeros(self._count, bool))[rows] = True
        return own, given

    def _parents(self) -> tuple[I64, I64, I64]:
        if "parentIds" not in self._tree:
            zero = np.zeros(self._count, np.int64)
            return zero, zero, zero
        if "parentCounts" in self._tree:
            counts = self._numbers("parentCounts", self._count)
        else:
            counts = np.ones(self._count, np.int64)
        if len(counts) and counts.min() < 0:
            raise Broken("a hierarchy with negative counts")
        parents = self._numbers("parentIds", int(counts.sum()))
        if len(parents) and not 0 <= parents.min() <= parents.max() < self._count:
            raise Broken("a hierarchy with parents that it does not have")
        return counts, np.cumsum(counts) - counts, parents

    def _numbers(self, name: str, count: int) -> I64:
        item = self._tree.get(name)
        if isinstance(item, dict):
            return binary_column(item, self._data, count, dtype="UNSIGNED_SHORT").astype(np.int64)
        if not isinstance(item, list) or len(item) < count or count < 0:
            raise Broken(f"a hierarchy without {count} {name}")
        return np.array(item[:count], np.int64)


def _up(feature: I64, instance: I64, counts: I64, first: I64, parents: I64) -> tuple[I64, I64]:
    """Pairs of a feature and each parent of its instance; a parent of itself ends a line."""
    number = counts[instance]
    if int(number.sum()) > MAX_PAIRS:
        raise Broken("a hierarchy that multiplies without end")
    above = np.repeat(feature, number)
    start = np.repeat(first[instance] - (np.cumsum(number) - number), number)
    found = parents[start + np.arange(len(above))] if len(above) else np.zeros(0, np.int64)
    moves = found != np.repeat(instance, number)
    return above[moves], found[moves]
