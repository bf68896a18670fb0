"""The units inside tiles: which ids and rows a tileset draws, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.check.features import metadata_of
from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import BrokenGlb, Gltf, split_glb
from cim_bridge.check.gltf import items, view_bytes, whole
from cim_bridge.check.implied import finest_uris
from cim_bridge.check.packed import unpacked
from cim_bridge.mesh import NONE


@dataclass(frozen=True)
class UnitTable:
    """The `unit` property table of one content: public source ids, rows, massing flags.

    ids: None in lean tiles, which leave them to the API.
    """

    ids: list[str] | None
    row: npt.NDArray[np.uint32]
    group: npt.NDArray[np.uint32]
    massing: npt.NDArray[np.uint8]


def read_units(data: bytes) -> UnitTable | None:
    """Read the property table our bridge wrote into a GLB; None when there is none."""
    document, binary = split_glb(data)
    gltf = unpacked(Gltf(document, [binary]))
    tables = items(metadata_of(gltf), "propertyTables")
    if not tables or tables[0].get("class") != "unit":
        return None
    columns: dict[str, Any] = tables[0].get("properties") or {}
    count = whole(tables[0].get("count"), 0)

    def column(name: str, kind: type[np.generic], extra: int = 0) -> npt.NDArray[Any]:
        held, _, key = name.partition(".")
        raw = view_bytes(gltf, whole(columns[held][key or "values"])) or b""
        return np.frombuffer(raw, kind, count + extra)

    ids: list[str] | None = None
    if "id" in columns:
        offsets = column("id.stringOffsets", np.uint32, 1).tolist()
        blob = view_bytes(gltf, whole(columns["id"]["values"])) or b""
        ids = [blob[a:b].decode() for a, b in pairwise(offsets)]
    return UnitTable(
        ids, column("row", np.uint32), column("group", np.uint32), column("massing", np.uint8)
    )


def leaf_contents(tileset: Path) -> Iterator[Path]:
    """Files of the contents on the finest level of detail: tiles without children."""
    stack = [orjson.loads(tileset.read_bytes())["root"]]
    while stack:
        tile = stack.pop()
        if "implicitTiling" in tile:
            for uri in finest_uris(tile, lambda uri: (tileset.parent / uri).read_bytes()):
                yield tileset.parent / uri
            continue
        children = tile.get("children", [])
        stack += children
        if not children and "content" in tile:
            yield tileset.parent / tile["content"]["uri"]


def check_units(
    tileset: Path, ids: dict[str, int], found: Findings, *, complete: bool = True
) -> None:
    """Every unit once on the finest level, under its own row; nothing that is no unit.

    ids: source id to row of the units that must be drawn (`complete`) or may be.
    """
    seen: dict[str, int] = {}
    names = {row: name for name, row in ids.items()}
    for file in leaf_contents(tileset):
        try:
            table = read_units(file.read_bytes()) if file.is_file() else None
        except (BrokenGlb, KeyError, ValueError, IndexError):
            continue  # check_tileset has said so already
        if table is None:
            found.add("CHECK_UNIT_TABLE", "", uri=file.name)
            continue
        real = (table.massing == 0) & (table.row != NONE)
        for index in np.flatnonzero(real).tolist():
            row = int(table.row[index])
            name = names.get(row, f"row {row}") if table.ids is None else table.ids[index]
            seen[name] = seen.get(name, 0) + 1
            if ids.get(name) != row:
                found.add("CHECK_UNIT_STRANGE", "", name=name, row_found=row)
    twice = [name for name, count in seen.items() if count > 1]
    if twice:
        found.add("CHECK_UNIT_TWICE", "", name=twice[0], count=len(twice))
    absent = [name for name in ids if name not in seen] if complete else []
    if absent:
        found.add("CHECK_UNIT_ABSENT", "", name=absent[0], count=len(absent))
