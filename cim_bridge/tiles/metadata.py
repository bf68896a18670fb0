"""The property table of a tile: class `unit` with id, row, group and massing."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.glb import Buffer
from cim_bridge.tiles.strings import I64

CLASS = "unit"

SCHEMA: dict[str, Any] = {
    "id": "cimtwin",
    "classes": {
        CLASS: {
            "properties": {
                "id": {"type": "STRING", "required": True},
                "row": {"type": "SCALAR", "componentType": "UINT32", "required": True},
                "group": {"type": "SCALAR", "componentType": "UINT32", "required": True},
                "massing": {"type": "SCALAR", "componentType": "UINT8", "required": True},
            }
        }
    },
}
"""row: the unit's row in its level (0xFFFFFFFF: no unit). massing: 1 where the feature stands for
a whole block, whose id and row it then carries."""


def property_table(buffer: Buffer, source: FeatureSet, chosen: I64) -> dict[str, Any]:
    """Append the columns of the chosen features; return EXT_structural_metadata's object."""
    ids = source.ids.take(chosen)
    blob = ids.blob.tobytes() or b"\0"
    properties = {
        "id": {
            "values": buffer.view(blob),
            "stringOffsets": buffer.view(ids.offsets.astype(np.uint32).tobytes()),
            "stringOffsetType": "UINT32",
        },
        "row": {"values": buffer.view(source.row[chosen].tobytes())},
        "group": {"values": buffer.view(source.group[chosen].tobytes())},
        "massing": {"values": buffer.view(source.massing[chosen].tobytes())},
    }
    table = {"class": CLASS, "count": len(chosen), "properties": properties}
    return {"schema": SCHEMA, "propertyTables": [table]}
