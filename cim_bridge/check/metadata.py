"""Metadata of a tileset: schema, groups, statistics, and the entities that use them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from cim_bridge.check.findings import Findings
from cim_bridge.check.shape import compare, is_number
from cim_bridge.check.shapes import COMPONENT_TYPES, ELEMENT_SIZE, NAMES, SCHEMA

_IDENTIFIER = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")
_SEMANTICS = re.compile(
    r"^(ID|NAME|DESCRIPTION|ATTRIBUTION_(IDS|STRINGS)"
    r"|TILESET_TILE_COUNT|TILE_(BOUNDING_(BOX|REGION|SPHERE)|MINIMUM_HEIGHT|MAXIMUM_HEIGHT"
    r"|HORIZON_OCCLUSION_POINT|GEOMETRIC_ERROR|REFINE|TRANSFORM)"
    r"|CONTENT_(BOUNDING_(BOX|REGION|SPHERE)|MINIMUM_HEIGHT|MAXIMUM_HEIGHT"
    r"|HORIZON_OCCLUSION_POINT|URI|GROUP_ID))$"
)


def check_schema(schema: Any, at: str, found: Findings) -> None:
    """Check classes, properties and enums beyond their plain shape."""
    if not isinstance(schema, dict):
        return
    classes, enums = _table(schema, "classes"), _table(schema, "enums")
    for name, entry in (*classes.items(), *enums.items()):
        if not _IDENTIFIER.match(name):
            found.add("CHECK_IDENTIFIER", at, name=name)
        for key, item in _table(entry, "properties").items():
            place = f"{at}/classes/{name}/properties/{key}"
            if not _IDENTIFIER.match(key):
                found.add("CHECK_IDENTIFIER", place, name=key)
            if isinstance(item, dict):
                _check_property(item, enums, place, found)


def _check_property(item: dict[str, Any], enums: dict[str, Any], at: str, found: Findings) -> None:
    kind = item.get("type")
    numeric = kind in ELEMENT_SIZE
    if numeric and "componentType" not in item:
        found.add("CHECK_MISSING", at, name="componentType")
    if not numeric and "componentType" in item and isinstance(kind, str):
        found.add("CHECK_UNEXPECTED", at, name="componentType")
    if kind == "ENUM" and item.get("enumType") not in enums:
        found.add("CHECK_NOT_FOUND", f"{at}/enumType", name=item.get("enumType"))
    if item.get("normalized") is True and item.get("componentType") not in COMPONENT_TYPES:
        found.add("CHECK_UNEXPECTED", at, name="normalized")
    if "count" in item and item.get("array") is not True:
        found.add("CHECK_UNEXPECTED", at, name="count")
    if item.get("required") is True and ("noData" in item or "default" in item):
        found.add("CHECK_UNEXPECTED", at, name="noData / default")
    semantic = item.get("semantic")
    if isinstance(semantic, str) and not _SEMANTICS.match(semantic):
        found.add("CHECK_SEMANTIC_UNKNOWN", f"{at}/semantic", name=semantic)


def read_schema(
    document: dict[str, Any], external: Any | None, found: Findings
) -> dict[str, Any] | None:
    """The schema in force: the tileset's own or the one its schemaUri leads to."""
    schema = document.get("schema")
    if external is not None:
        compare(external, SCHEMA, "/schemaUri", found, NAMES)
        schema = external
    check_schema(schema, "/schema", found)
    return schema if isinstance(schema, dict) else None


def check_groups(document: dict[str, Any], schema: dict[str, Any] | None, found: Findings) -> None:
    """Check tileset metadata, groups and statistics against the schema."""
    if "metadata" in document:
        check_entity(document["metadata"], schema, "/metadata", found)
    groups = document.get("groups")
    for index, group in enumerate(groups if isinstance(groups, list) else []):
        check_entity(group, schema, f"/groups/{index}", found)
    statistics = document.get("statistics")
    if not isinstance(statistics, dict) or not isinstance(statistics.get("classes"), dict):
        return
    if schema is None:
        found.add("CHECK_NO_SCHEMA", "/statistics")
        return
    classes = _table(schema, "classes")
    for name, entry in statistics["classes"].items():
        at = f"/statistics/classes/{name}"
        if name not in classes:
            found.add("CHECK_NOT_FOUND", at, name=name)
            continue
        known = _table(classes[name], "properties")
        for key in _table(entry, "properties"):
            if key not in known:
                found.add("CHECK_NOT_FOUND", f"{at}/properties/{key}", name=key)


def check_entity(entity: Any, schema: dict[str, Any] | None, at: str, found: Findings) -> None:
    """Check one metadata entity: its class, its required properties, its values."""
    if not isinstance(entity, dict) or not isinstance(entity.get("class"), str):
        return
    if schema is None:
        found.add("CHECK_NO_SCHEMA", at)
        return
    described = _table(schema, "classes").get(entity["class"])
    if not isinstance(described, dict):
        found.add("CHECK_NOT_FOUND", f"{at}/class", name=entity["class"])
        return
    known, given = _table(described, "properties"), _table(entity, "properties")
    for key in given:
        if key not in known:
            found.add("CHECK_NOT_FOUND", f"{at}/properties/{key}", name=key)
    for key, item in known.items():
        if not isinstance(item, dict):
            continue
        if given.get(key) is None:
            if item.get("required") is True:
                found.add("CHECK_VALUE_REQUIRED", f"{at}/properties/{key}", name=key)
        else:
            _check_value(given[key], item, schema, f"{at}/properties/{key}", found)


def _check_value(
    value: Any, item: dict[str, Any], schema: dict[str, Any], at: str, found: Findings
) -> None:
    kind = item.get("type")
    rows = value if item.get("array") is True else [value]
    if not isinstance(rows, list):
        found.add("CHECK_TYPE", at, expected="an array", got=type(value).__name__)
        return
    if isinstance(item.get("count"), int) and len(rows) != item["count"]:
        found.add("CHECK_LENGTH", at, expected=item["count"], got=len(rows))
    if kind == "ENUM":
        entry = _table(schema, "enums").get(str(item.get("enumType")))
        listed = entry.get("values") if isinstance(entry, dict) else None
        names = {v.get("name") for v in listed if isinstance(v, dict)} if listed else set()
        for name in rows:
            if name not in names:
                found.add("CHECK_NOT_FOUND", at, name=name)
    elif kind in ("STRING", "BOOLEAN"):
        wanted = str if kind == "STRING" else bool
        if not all(isinstance(row, wanted) for row in rows):
            found.add("CHECK_TYPE", at, expected=str(kind).lower(), got=type(rows[0]).__name__)
    elif kind in ELEMENT_SIZE:
        _check_numbers(rows, item, ELEMENT_SIZE[str(kind)], at, found)


def _check_numbers(
    rows: list[Any], item: dict[str, Any], size: int, at: str, found: Findings
) -> None:
    table = [row if size > 1 else [row] for row in rows]
    if not all(isinstance(row, list) and len(row) == size for row in table):
        found.add("CHECK_LENGTH", at, expected=size, got="?")
        return
    flat = [value for row in table for value in row]
    if not all(is_number(value) for value in flat):
        found.add("CHECK_TYPE", at, expected="numbers", got="?")
        return
    component = str(item.get("componentType"))
    raw = np.array(table, dtype=np.float64)
    low, high = component_range(component)
    if ((raw < low) | (raw > high)).any():
        found.add("CHECK_RANGE", at, value=flat, expected=f"{low} .. {high} ({component})")
    if item.get("normalized") is True and component in COMPONENT_TYPES:
        raw = np.maximum(raw / high, -1.0)
    scale, offset = (_constant(item.get(key), size) for key in ("scale", "offset"))
    raw = raw * (1.0 if scale is None else scale) + (0.0 if offset is None else offset)
    for key, wrong in (("min", np.less), ("max", np.greater)):
        limit = _constant(item.get(key), size)
        if limit is not None and wrong(raw, limit).any():
            found.add("CHECK_METADATA_RANGE", at, name=key, expected=item[key])


def component_range(component: str) -> tuple[float, float]:
    """Least and greatest value of a component type; floats have no limit here."""
    if component not in COMPONENT_TYPES:
        return -np.inf, np.inf
    limits = np.iinfo(component.lower())
    return float(limits.min), float(limits.max)


def _constant(value: Any, size: int) -> Any | None:
    """A number or vector of the property, as an array; arrays of vectors too."""
    if value is None:
        return None
    try:
        numbers = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return numbers if numbers.size == 1 or numbers.shape[-1] == size else numbers[:, None]


def _table(value: Any, key: str) -> dict[str, Any]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}
