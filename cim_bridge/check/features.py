"""EXT_mesh_features and EXT_structural_metadata: columns, lengths and feature ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import Gltf
from cim_bridge.check.gltf import items, read_accessor, view_bytes, whole
from cim_bridge.check.metadata import check_schema
from cim_bridge.check.shape import compare
from cim_bridge.check.shapes import ELEMENT_SIZE, NAMES, SCHEMA

_OFFSET_TYPES = {"UINT8": 1, "UINT16": 2, "UINT32": 4, "UINT64": 8}
_MOST_FEATURES = 2**26


def metadata_of(gltf: Gltf) -> dict[str, Any]:
    """The document's EXT_structural_metadata object, or an empty one."""
    extensions = gltf.document.get("extensions")
    found = extensions.get("EXT_structural_metadata") if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else {}


def check_features(gltf: Gltf, found: Findings) -> None:
    """Check property tables against their class and bytes, feature ids against the tables."""
    metadata = metadata_of(gltf)
    schema = metadata.get("schema")
    if schema is not None:
        compare(schema, SCHEMA, "/schema", found, NAMES)
        check_schema(schema, "/schema", found)
    classes = schema.get("classes") if isinstance(schema, dict) else None
    tables = items(metadata, "propertyTables")
    if len(found.log.errors) == 0 or isinstance(classes, dict):
        for index, table in enumerate(tables):
            at = f"/extensions/EXT_structural_metadata/propertyTables/{index}"
            known = isinstance(classes, dict) or "schemaUri" in metadata
            if not known:
                found.add("CHECK_NO_SCHEMA", at)
            elif isinstance(classes, dict):
                _check_table(gltf, table, classes, schema or {}, at, found)
    _check_feature_ids(gltf, tables, found)


def _check_table(
    gltf: Gltf, table: dict[str, Any], classes: dict[str, Any], schema: dict[str, Any], at: str,
    found: Findings,
) -> None:  # fmt: skip
    count = whole(table.get("count"))
    described = classes.get(str(table.get("class")))
    if not isinstance(described, dict):
        found.add("CHECK_NOT_FOUND", f"{at}/class", name=table.get("class"))
        return
    if not 1 <= count <= _MOST_FEATURES:
        found.add("CHECK_TABLE", at, reason=f"count {table.get('count')}")
        return
    known = described.get("properties") or {}
    given = table.get("properties") or {}
    for key in given:
        if key not in known:
            found.add("CHECK_NOT_FOUND", f"{at}/properties/{key}", name=key)
    for key, item in known.items():
        column = given.get(key)
        if isinstance(column, dict) and isinstance(item, dict):
            _check_column(gltf, item, schema, column, count, f"{at}/properties/{key}", found)
        elif item.get("required") is True:
            found.add("CHECK_VALUE_REQUIRED", f"{at}/properties/{key}", name=key)


def _check_column(
    gltf: Gltf, item: dict[str, Any], schema: dict[str, Any], column: dict[str, Any], count: int,
    at: str, found: Findings,
) -> None:  # fmt: skip
    views = items(gltf.document, "bufferViews")
    for key in ("values", "arrayOffsets", "stringOffsets"):
        if key not in column:
            continue
        number = whole(column[key])
        if not 0 <= number < len(views):
            found.add("CHECK_TABLE", f"{at}/{key}", reason=f"bufferView {column[key]}")
            return
        if whole(views[number].get("byteOffset", 0), 0) % 8:
            found.add("CHECK_TABLE", f"{at}/{key}", reason="bufferView is not aligned to 8 bytes")
    if "values" not in column:
        found.add("CHECK_MISSING", at, name="values")
        return
    elements: int | None = count
    if item.get("array") is True:
        if isinstance(item.get("count"), int):
            elements = count * item["count"]
        else:
            elements = _check_offsets(gltf, column, "arrayOffset", count, at, found)
    if elements is None:
        return
    kind = item.get("type")
    if kind == "STRING":
        size = _check_offsets(gltf, column, "stringOffset", elements, at, found)
    elif kind == "BOOLEAN":
        size = -(-elements // 8)
    else:
        size = elements * _element_bytes(item, schema)
    length = whole(views[whole(column["values"])].get("byteLength"), 0)
    if size is not None and length < size:
        found.add("CHECK_TABLE", at, reason=f"needs {size} bytes, its view has {length}")


def _element_bytes(item: dict[str, Any], schema: dict[str, Any]) -> int:
    component = item.get("componentType")
    if item.get("type") == "ENUM":
        entry = (schema.get("enums") or {}).get(item.get("enumType"))
        component = entry.get("valueType", "UINT16") if isinstance(entry, dict) else "UINT8"
    digits = "".join(c for c in str(component) if c.isdigit())
    return ELEMENT_SIZE.get(str(item.get("type")), 1) * (int(digits or 8) // 8)


def _check_offsets(
    gltf: Gltf, column: dict[str, Any], key: str, count: int, at: str, found: Findings
) -> int | None:
    """Last offset of a column of strings or arrays; None when the offsets cannot be right."""
    at = f"{at}/{key}s"
    if f"{key}s" not in column:
        found.add("CHECK_MISSING", at, name=f"{key}s")
        return None
    size = _OFFSET_TYPES.get(str(column.get(f"{key}Type", "UINT32")))
    data = view_bytes(gltf, whole(column[f"{key}s"]))
    if data is None or size is None:
        return None
    if len(data) < (count + 1) * size:
        found.add("CHECK_TABLE", at, reason=f"{count + 1} offsets do not fit {len(data)} bytes")
        return None
    offsets = np.frombuffer(data, f"<u{size}", count + 1)
    if (offsets[1:] < offsets[:-1]).any():
        found.add("CHECK_TABLE", at, reason="offsets do not increase")
        return None
    return int(offsets[-1])


def _check_feature_ids(gltf: Gltf, tables: list[dict[str, Any]], found: Findings) -> None:
    for index, mesh in enumerate(items(gltf.document, "meshes")):
        for number, primitive in enumerate(items(mesh, "primitives")):
            extensions = primitive.get("extensions")
            sets = extensions.get("EXT_mesh_features") if isinstance(extensions, dict) else None
            for k, entry in enumerate(items(sets, "featureIds") if isinstance(sets, dict) else []):
                at = f"/meshes/{index}/primitives/{number}/featureIds/{k}"
                _check_set(gltf, primitive, entry, tables, at, found)


def _check_set(
    gltf: Gltf, primitive: dict[str, Any], entry: dict[str, Any], tables: list[dict[str, Any]],
    at: str, found: Findings,
) -> None:  # fmt: skip
    count = whole(entry.get("featureCount"))
    if count < 1:
        found.add("CHECK_FEATURE_IDS", at, reason="featureCount is not positive")
        return
    limit = count
    if "propertyTable" in entry:
        number = whole(entry["propertyTable"])
        if not 0 <= number < len(tables):
            found.add("CHECK_FEATURE_IDS", at, reason=f"propertyTable {entry['propertyTable']}")
        else:
            limit = min(limit, whole(tables[number].get("count"), 0))
    if "attribute" not in entry:
        return
    name = f"_FEATURE_ID_{entry['attribute']}"
    accessor = whole((primitive.get("attributes") or {}).get(name))
    if not 0 <= accessor < len(items(gltf.document, "accessors")):
        found.add("CHECK_FEATURE_IDS", at, reason=f"no attribute {name}")
        return
    values = read_accessor(gltf, accessor)
    if values is None or "propertyTable" not in entry:
        return
    null = entry.get("nullFeatureId")
    used: npt.NDArray[Any] = values[values != null] if null is not None else values
    if len(used) and used.max() >= limit:
        found.add("CHECK_FEATURE_IDS", at, reason=f"id {used.max():g}, features {limit}")
