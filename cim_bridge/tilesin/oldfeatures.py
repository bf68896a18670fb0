"""EXT_feature_metadata, the draft that EXT_mesh_features and EXT_structural_metadata replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim_bridge.check.gltf import items, whole
from cim_bridge.tilesin.metadata import View, property_table
from cim_bridge.tilesin.pieces import I64, Table

_SCALARS = frozenset(
    {"INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64", "FLOAT32", "FLOAT64"}
)


def old_tables(extension: dict[str, Any], view: View) -> list[Table]:
    """Feature tables in the order of their names, as `old_feature_ids` counts them."""
    schema = extension.get("schema")
    modern = _modern(schema if isinstance(schema, dict) else {})
    tables = extension.get("featureTables")
    return [
        Table(whole(table.get("count"), 0), property_table(modern, table, view))
        for _, table in sorted((tables if isinstance(tables, dict) else {}).items())
        if isinstance(table, dict)
    ]


def old_feature_ids(
    document: dict[str, Any], item: dict[str, Any], attributes: dict[str, Any], none: I64
) -> tuple[I64, int]:
    """Ids of the first set: an attribute, or a constant with a divisor."""
    extension = (document.get("extensions") or {}).get("EXT_feature_metadata") or {}
    names = sorted(extension.get("featureTables") or {})
    for entry in items(item, "featureIdAttributes"):
        name = entry.get("featureTable")
        table = names.index(name) if name in names else -1
        told = entry.get("featureIds") or {}
        values = attributes.get(str(told.get("attribute")))
        if values is not None:
            return np.rint(values[:, 0]).astype(np.int64), table
        if "constant" in told or "divisor" in told:
            divisor = whole(told.get("divisor"), 0)
            steps = np.arange(len(none)) // divisor if divisor else np.zeros_like(none)
            return steps + whole(told.get("constant"), 0), table
    return none, -1


def _modern(schema: dict[str, Any]) -> dict[str, Any]:
    """The draft's schema in the words of the standard."""
    classes = {}
    for name, kind in (schema.get("classes") or {}).items():
        properties = kind.get("properties") or {}
        classes[name] = {"properties": {key: _property(p) for key, p in properties.items()}}
    return {"classes": classes, "enums": schema.get("enums") or {}}


def _property(item: dict[str, Any]) -> dict[str, Any]:
    kind = item.get("type")
    if kind == "ARRAY":
        inner = _property({**item, "type": item.get("componentType")})
        return {**inner, "array": True, "count": whole(item.get("componentCount"), 0)}
    if kind in _SCALARS:
        return {**item, "type": "SCALAR", "componentType": kind}
    return dict(item)
