"""Bytes on the wire: geometry and row of the finest level of detail, brotli, per building."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import brotli

from cim_bridge.check.units import leaf_contents, read_units

GOAL = 120.0
_QUALITY = 5


def measure(tiles: Path) -> dict[str, Any]:
    """Split the leaves' bytes into geometry with row, and the rest (ids, group, massing flag)."""
    core = whole = raw = stored = buildings = 0
    for file in leaf_contents(tiles / "buildings" / "tileset.json"):
        data = file.read_bytes()
        table = read_units(data)
        assert table is not None
        buildings += len(table.ids)
        raw += len(data)
        stored += file.with_name(file.name + ".br").stat().st_size
        whole += len(brotli.compress(data, quality=_QUALITY))
        core += len(brotli.compress(_without(data, ("id", "group", "massing")), quality=_QUALITY))
    return {
        "geometry_and_row": core / buildings,
        "with_ids_and_group": whole / buildings,
        "stored_brotli": stored / buildings,
        "uncompressed": raw / buildings,
        "goal": GOAL,
    }


def _without(data: bytes, names: tuple[str, ...]) -> bytes:
    """The same GLB with some columns of its property table set to zero."""
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    table = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
    start = 28 + length
    blank = bytearray(data)
    for name in names:
        for key in ("values", "stringOffsets"):
            if key in table["properties"][name]:
                view = document["bufferViews"][table["properties"][name][key]]
                first = start + view["byteOffset"]
                blank[first : first + view["byteLength"]] = bytes(view["byteLength"])
    return bytes(blank)
