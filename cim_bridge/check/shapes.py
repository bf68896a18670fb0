"""The shape of tileset.json (3D Tiles 1.1, and 1.0 where it differs)."""

from __future__ import annotations

from collections.abc import Mapping

from cim_bridge.check.shape import (
    Anything,
    Array,
    Boolean,
    Named,
    Number,
    Record,
    Shape,
    String,
    Table,
)

_NUMBER, _STRING, _BOOLEAN = Number(), String(), Boolean()
_NOT_NEGATIVE = Number(0)
_EXTRA: dict[str, Shape] = {"extensions": Table(Record(), 0)}

COMPONENT_TYPES = ("INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64")
FLOAT_TYPES = ("FLOAT32", "FLOAT64")
ELEMENT_SIZE = {
    "SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16,
}  # fmt: skip
TYPES = (*ELEMENT_SIZE, "STRING", "BOOLEAN", "ENUM")

_PROPERTY = Record(
    {
        "name": _STRING,
        "description": _STRING,
        "type": String(TYPES),
        "componentType": String((*COMPONENT_TYPES, *FLOAT_TYPES)),
        "enumType": _STRING,
        "array": _BOOLEAN,
        "count": Number(2, whole=True),
        "normalized": _BOOLEAN,
        "required": _BOOLEAN,
        "semantic": _STRING,
    },
    ("type",),
)

_ENUM = Record(
    {
        "valueType": String(COMPONENT_TYPES),
        "values": Array(
            Record({"name": _STRING, "value": Number(whole=True)}, ("name", "value")), 1
        ),
    },
    ("values",),
)

SCHEMA = Record(
    {
        "id": _STRING,
        "classes": Table(Record({"properties": Table(_PROPERTY), "name": _STRING}), 1),
        "enums": Table(_ENUM, 1),
    },
    ("id",),
)

_ENTITY = Record({"class": _STRING, "properties": Table(Anything(), 1)}, ("class",))

_VOLUME = Record(
    {
        "box": Array(_NUMBER, length=12),
        "region": Array(_NUMBER, length=6),
        "sphere": Array(_NUMBER, length=4),
        **_EXTRA,
    }
)

_CONTENT = Record(
    {
        "uri": _STRING,
        "url": _STRING,
        "boundingVolume": _VOLUME,
        "group": Number(0, whole=True),
        "metadata": _ENTITY,
        **_EXTRA,
    }
)

_IMPLICIT = Record(
    {
        "subdivisionScheme": String(("QUADTREE", "OCTREE")),
        "subtreeLevels": Number(1, whole=True),
        "availableLevels": Number(1, whole=True),
        "subtrees": Record({"uri": _STRING}, ("uri",)),
    },
    ("subdivisionScheme", "subtreeLevels", "availableLevels", "subtrees"),
)

TILE = Record(
    {
        "boundingVolume": _VOLUME,
        "viewerRequestVolume": _VOLUME,
        "geometricError": _NOT_NEGATIVE,
        "refine": _STRING,
        "transform": Array(_NUMBER, length=16),
        "content": _CONTENT,
        "contents": Array(_CONTENT),
        "metadata": _ENTITY,
        "implicitTiling": _IMPLICIT,
        "children": Array(Named("tile")),
        **_EXTRA,
    },
    ("boundingVolume", "geometricError"),
)

_STATISTICS = Record(
    {
        "classes": Table(
            Record({"count": Number(0, whole=True), "properties": Table(Record(), 1)}), 1
        )
    }
)

TILESET = Record(
    {
        "asset": Record({"version": _STRING, "tilesetVersion": _STRING}, ("version",)),
        "geometricError": _NOT_NEGATIVE,
        "root": Named("tile"),
        "properties": Table(
            Record({"minimum": _NUMBER, "maximum": _NUMBER}, ("minimum", "maximum")), 0
        ),
        "schema": SCHEMA,
        "schemaUri": _STRING,
        "statistics": _STATISTICS,
        "groups": Array(_ENTITY),
        "metadata": _ENTITY,
        "extensionsUsed": Array(_STRING, unique=True),
        "extensionsRequired": Array(_STRING, unique=True),
        **_EXTRA,
    },
    ("asset", "geometricError", "root"),
)

NAMES: Mapping[str, Shape] = {"tile": TILE}
