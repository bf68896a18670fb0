"""Bytes on the wire: geometry and row of the finest level of detail, brotli, per building."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import brotli

from cim_bridge.check.units import leaf_contents, read_units

GOALS = {"portable": 85.0, "lean": 40.0, "lean implicit": 40.0}
"""Bytes of geometry and row a building, by the way tiles are written."""
_QUALITY = 5


def measure(work: Path) -> dict[str, dict[str, Any]]:
    """Bytes of every way of ours; their tiles lie in `work/<way>`."""
    return {name: {**split(work / name), "goal": goal} for name, goal in GOALS.items()}


def split(tiles: Path) -> dict[str, Any]:
    """Split the leaves' bytes into geometry with row, and the rest (ids, group, massing flag)."""
    core = whole = raw = stored = buildings = 0
    for file in leaf_contents(tiles / "buildings" / "tileset.json"):
        data = file.read_bytes()
        table = read_units(data)
        assert table is not None
        buildings += len(table.row)
        raw += len(data)
        stored += file.with_name(file.name + ".br").stat().st_size
        whole += len(brotli.compress(data, quality=_QUALITY))
        core += len(brotli.compress(_without(data, ("id", "group", "massing")), quality=_QUALITY))
    return {
        "geometry_and_row": core / buildings,
        "with_ids_and_group": whole / buildings,
        "stored_brotli": stored / buildings,
        "uncompressed": raw / buildings,
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
            number = table["properties"].get(name, {}).get(key)
            if number is not None:
                view = document["bufferViews"][number]
                view = view.get("extensions", {}).get("EXT_meshopt_compression", view)
                first = start + view["byteOffset"]
                blank[first : first + view["byteLength"]] = bytes(view["byteLength"])
    return bytes(blank)
