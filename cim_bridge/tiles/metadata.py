"""The property table of a tile: class `unit` with id, row, group and massing."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.glb import Buffer
from cim_bridge.tiles.strings import I64

CLASS = "unit"

_ID: dict[str, Any] = {"id": {"type": "STRING", "required": True}}
_NUMBERS: dict[str, Any] = {
    "row": {"type": "SCALAR", "componentType": "UINT32", "required": True},
    "group": {"type": "SCALAR", "componentType": "UINT32", "required": True},
    "massing": {"type": "SCALAR", "componentType": "UINT8", "required": True},
}
"""row: the unit's row in its level (0xFFFFFFFF: no unit). massing: 1 where the feature stands for
a whole block, whose id and row it then carries."""


def _schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": "cimtwin", "classes": {CLASS: {"properties": properties}}}


SCHEMA = _schema(_ID | _NUMBERS)
NUMBERS = _schema(_NUMBERS)
"""Without ids: readers ask the API for them by row."""


def property_table(
    buffer: Buffer, source: FeatureSet, chosen: I64, *, ids: bool = True
) -> dict[str, Any]:
    """Append the columns of the chosen features; return EXT_structural_metadata's object."""
    properties: dict[str, Any] = {}
    if ids:
        names = source.ids.take(chosen)
        properties["id"] = {
            "values": buffer.view(names.blob.tobytes() or b"\0"),
            "stringOffsets": buffer.view(names.offsets.astype(np.uint32).tobytes()),
            "stringOffsetType": "UINT32",
        }
    for name in _NUMBERS:
        properties[name] = {"values": buffer.column(getattr(source, name)[chosen])}
    table = {"class": CLASS, "count": len(chosen), "properties": properties}
    return {"schema": SCHEMA if ids else NUMBERS, "propertyTables": [table]}
