"""Metadata of 3D Tiles and glTF: classes, entities, binary property tables to plain columns.

Follows the 3D Metadata Specification 1.0: enums become their names, scale, offset and normalized
are applied, noData becomes the default, else missing (NaN in numbers, None in others).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import whole
from cim_bridge.tilesin.broken import Broken

Column = npt.NDArray[Any]
View = Callable[[int], bytes]

_WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_DTYPE = {
    "INT8": "i1", "UINT8": "u1", "INT16": "<i2", "UINT16": "<u2", "INT32": "<i4", "UINT32": "<u4",
    "INT64": "<i8", "UINT64": "<u8", "FLOAT32": "<f4", "FLOAT64": "<f8",
}  # fmt: skip


def class_of(schema: dict[str, Any], name: Any) -> dict[str, Any]:
    """Properties of a class; empty when the schema does not know it."""
    found = (schema.get("classes") or {}).get(name)
    properties = found.get("properties") if isinstance(found, dict) else None
    return properties if isinstance(properties, dict) else {}


def entity(schema: dict[str, Any], item: Any) -> dict[str, Any]:
    """Values of a JSON metadata entity (tileset, tile, content, group), enums by name."""
    if not isinstance(item, dict):
        return {}
    given = item.get("properties")
    given = given if isinstance(given, dict) else {}
    kinds = class_of(schema, item.get("class"))
    found = {name: _told(schema, kinds.get(name, {}), value) for name, value in given.items()}
    for name, kind in kinds.items():
        if isinstance(kind, dict) and "default" in kind:
            found.setdefault(name, kind["default"])
    return {name: value for name, value in found.items() if value is not None}


def _told(schema: dict[str, Any], kind: Any, value: Any) -> Any:
    if not isinstance(kind, dict) or (value is not None and value == kind.get("noData")):
        return kind.get("default") if isinstance(kind, dict) else value
    kind_type = kind.get("type")
    if kind_type in _WIDTH and any(key in kind for key in ("scale", "offset", "normalized")):
        return _scaled(np.asarray(value, np.float64), kind).tolist()
    return value


def property_table(schema: dict[str, Any], table: dict[str, Any], view: View) -> dict[str, Column]:
    """Columns of a property table, each of `count` rows; sizes are checked against the bytes."""
    count = whole(table.get("count"))
    if count < 0:
        raise Broken("a property table without count")
    given = table.get("properties")
    kinds = class_of(schema, table.get("class"))
    found: dict[str, Column] = {}
    for name, place in (given if isinstance(given, dict) else {}).items():
        kind = kinds.get(name)
        if isinstance(place, dict) and isinstance(kind, dict):
            own = {key: place[key] for key in ("scale", "offset") if key in place}
            found[name] = _column(schema, kind | own, place, count, view)
    for name, kind in kinds.items():
        if found and name not in found and isinstance(kind, dict) and "default" in kind:
            found[name] = np.full(count, None, object)
            found[name][:] = [kind["default"]] * count
    return found


def _column(
    schema: dict[str, Any], kind: dict[str, Any], place: dict[str, Any], count: int, view: View
) -> Column:
    array = kind.get("array") is True or kind.get("type") == "ARRAY"
    fixed = whole(kind.get("count", kind.get("componentCount")), 0) if array else 1
    if not array:
        return _single(_flat(schema, kind, place, count, view), kind)
    bounds = None if fixed else _offsets(place, "arrayOffset", count, view)
    total = count * fixed if bounds is None else int(bounds[-1])
    flat = _flat(schema, kind, place, total, view)
    values = _scaled(flat, kind) if kind.get("type") in _WIDTH else flat
    if bounds is None:
        bounds = np.arange(count + 1, dtype=np.int64) * fixed
    return _lists(values, bounds)


def _flat(
    schema: dict[str, Any], kind: dict[str, Any], place: dict[str, Any], total: int, view: View
) -> Column:
    """(total,) or (total, width) values, decoded."""
    name = kind.get("type")
    data = view(whole(place.get("values", place.get("bufferView"))))
    if name == "BOOLEAN":
        _enough(len(data) * 8, total)
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[:total].astype(bool)
    if name == "STRING":
        return _strings(data, _offsets(place, "stringOffset", total, view))
    if name == "ENUM":
        return _enum(schema, kind, data, total)
    width = _WIDTH.get(str(name), 0)
    dtype = np.dtype(_DTYPE.get(str(kind.get("componentType")), "V0"))
    if not width or not dtype.itemsize:
        raise Broken(f"a property of type {name} / {kind.get('componentType')}")
    _enough(len(data), total * width * dtype.itemsize)
    values = np.frombuffer(data, dtype, total * width).reshape(total, width)
    return values[:, 0] if width == 1 else values


def _enum(schema: dict[str, Any], kind: dict[str, Any], data: bytes, total: int) -> Column:
    enum = (schema.get("enums") or {}).get(kind.get("enumType")) or {}
    dtype = np.dtype(_DTYPE[enum.get("valueType", "UINT16")])
    _enough(len(data), total * dtype.itemsize)
    codes = np.frombuffer(data, dtype, total)
    names = {item.get("value"): item.get("name") for item in enum.get("values", ())}
    unique, index = np.unique(codes, return_inverse=True)
    texts = np.array([names.get(int(code), str(code)) for code in unique], object)
    return texts[index] if total else np.zeros(0, object)


def _strings(data: bytes, bounds: npt.NDArray[np.int64]) -> Column:
    _enough(len(data), int(bounds[-1]))
    ends = bounds.tolist()
    texts = [data[a:b].decode("utf-8", "replace") for a, b in pairwise(ends)]
    return np.array([*texts, None], object)[:-1]


def _offsets(place: dict[str, Any], key: str, count: int, view: View) -> npt.NDArray[np.int64]:
    number = place.get(f"{key}s", place.get(f"{key}BufferView"))
    dtype = np.dtype(_DTYPE[str(place.get(f"{key}Type", place.get("offsetType", "UINT32")))])
    data = view(whole(number))
    _enough(len(data), (count + 1) * dtype.itemsize)
    found = np.frombuffer(data, dtype, count + 1).astype(np.int64)
    if found[0] < 0 or (np.diff(found) < 0).any():
        raise Broken(f"{key}s that do not increase")
    return found


def _enough(there: int, needed: int) -> None:
    if needed > there:
        raise Broken(f"a property needs {needed} bytes, there are {there}")


def _scaled(values: Column, kind: dict[str, Any]) -> Column:
    """Normalized integers to -1..1, then scale and offset."""
    dtype = np.dtype(_DTYPE.get(str(kind.get("componentType")), "<f8"))
    found = values
    if kind.get("normalized") is True and dtype.kind in "iu":
        found = np.maximum(found / float(np.iinfo(dtype).max), -1.0)
    scale, offset = kind.get("scale"), kind.get("offset")
    if scale is not None:
        found = found * np.ravel(np.asarray(scale, np.float64)) if found.ndim else found * scale
    if offset is not None:
        found = found + np.ravel(np.asarray(offset, np.float64)) if found.ndim else found + offset
    return found


def _single(flat: Column, kind: dict[str, Any]) -> Column:
    missing = np.zeros(len(flat), bool)
    if "noData" in kind and len(flat):
        same = flat == np.asarray(kind["noData"]).ravel()
        missing = same.all(axis=1) if flat.ndim == 2 else same
    values = _scaled(flat, kind) if kind.get("type") in _WIDTH else flat
    if values.ndim == 2:
        values = np.array([*values.tolist(), None], object)[:-1]
    if missing.any():
        default = kind.get("default")
        whole_numbers = values.dtype.kind in "iu"
        values = values.astype(np.float64 if whole_numbers else values.dtype)
        if values.dtype.kind == "b":
            values = values.astype(object)
        fill = default if default is not None else (np.nan if values.dtype.kind == "f" else None)
        values = values.copy()
        for row in np.flatnonzero(missing).tolist() if isinstance(fill, list) else ():
            values[row] = fill
        if not isinstance(fill, list):
            values[missing] = fill
    return values


def _lists(flat: Column, bounds: npt.NDArray[np.int64]) -> Column:
    """One Python list a row (JSON-ready)."""
    values, ends = flat.tolist(), bounds.tolist()
    rows = [values[a:b] for a, b in pairwise(ends)]
    return np.array([*rows, None], object)[:-1]
