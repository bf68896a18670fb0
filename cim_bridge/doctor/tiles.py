"""What a tileset is made of: tiles, contents, errors, extensions, properties, ids across tiles."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.tileset import check_tileset
from cim_bridge.doctor.glance import Glance, glance
from cim_bridge.issues import IssueLog
from cim_bridge.tilesin.keys import choose_key, texts_of
from cim_bridge.tilesin.opened import Opened
from cim_bridge.tilesin.pieces import WHOLE, Piece
from cim_bridge.tilesin.walk import Walk

_CHECKED_CONTENTS, _CHECKED_BYTES = 300, 64 << 20
"""Larger tilesets are not validated here: `cimtwin check` does that."""


@dataclass
class TilesetFacts:
    """A tileset as the doctor tells it; see `to_json` for the keys."""

    package: str
    version: str
    up: list[str]
    tiles: int
    depth: int
    bytes: int
    errors: dict[str, Any]
    glance: Glance
    used: list[str]
    required: list[str]
    blocked: list[str]
    unread: list[str]
    features: int = 0
    wholes: int = 0
    contents: int = 0
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    key: str = ""
    key_repeated: int = 0
    key_cut: int = 0
    key_empty: int = 0
    triangles: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        look = self.glance
        return {
            "package": self.package,
            "version": self.version,
            "up_axis": self.up,
            "tiles": self.tiles,
            "depth": self.depth,
            "bytes": self.bytes,
            "contents": look.total,
            "contents_seen": look.seen,
            "formats": dict(look.formats),
            "gzipped": look.gzipped,
            "geometric_error": self.errors,
            "extensions": {"used": self.used, "required": self.required,
                           "not_in_cesium": self.blocked, "not_read": self.unread},
            "features": self.features,
            "whole_contents": self.wholes,
            "feature_ids": dict(look.ids),
            "metadata": dict(look.metadata),
            "largest_table": look.largest,
            "properties": self.properties,
            "id": {"property": self.key or None, "unique": self.key_repeated == 0,
                   "repeated_within": self.key_repeated, "in_several_tiles": self.key_cut,
                   "empty": self.key_empty},
            "unread_contents": self.lost,
            "faults": self.faults,
        }  # fmt: skip


@cache
def taken() -> dict[str, Any]:
    """Return cesium.toml: what CesiumJS takes."""
    return tomllib.loads(Path(__file__).with_name("cesium.toml").read_text(encoding="utf-8"))


def tileset_facts(path: Path, opened: Opened, key: str | None = None) -> TilesetFacts:
    """Facts from the walk and a glance at the contents; `add_pieces` adds what reading gave."""
    walk, look = opened.walk, glance(opened.walk)
    size = _bytes(path, opened)
    used = sorted({*map(str, walk.extensions), *look.used})
    required = sorted({*_required(opened), *look.required})
    known = {*taken()["tileset"], *taken()["gltf"]}
    draco = "KHR_draco_mesh_compression" in look.used or "3DTILES_draco_point_compression" in used
    unread = ["KHR_draco_mesh_compression (pip install 'cim-twin[draco]')"]
    found = TilesetFacts(
        opened.package.kind,
        walk.version,
        sorted({content.up for _, content in walk.contents()}),
        len(walk.tiles),
        _depth(walk),
        size,
        _errors(walk),
        look,
        used,
        required,
        [name for name in required if name not in known],
        unread if draco and find_spec("DracoPy") is None else [],
    )
    small = look.total <= _CHECKED_CONTENTS and size <= _CHECKED_BYTES
    file = path / "tileset.json" if path.is_dir() else path
    if small and file.is_file():
        found.faults = dict(Counter(i.code for i in check_tileset(file) if i.severity != "info"))
    return found


def _required(opened: Opened) -> list[str]:
    from cim_bridge.tilesin.broken import FAULTS
    from cim_bridge.tilesin.package import json_object, plain

    data = opened.package.raw(opened.package.entry)
    try:
        listed = json_object(plain(data or b""), "tileset").get("extensionsRequired")
    except FAULTS:
        return []
    return [str(name) for name in listed] if isinstance(listed, list) else []


def _bytes(path: Path, opened: Opened) -> int:
    if opened.package.kind != "folder":
        return path.stat().st_size
    top = opened.package.top
    files = (top / name for name in opened.walk.files)
    return sum(file.stat().st_size for file in files if file.is_file())


def _depth(walk: Walk) -> int:
    depth = [0] * len(walk.tiles)
    for number, tile in enumerate(walk.tiles):
        depth[number] = depth[tile.parent] + 1 if 0 <= tile.parent < number else 1
    return max(depth, default=0)


def _errors(walk: Walk) -> dict[str, Any]:
    """Sanity of geometric errors: tiles whose error is larger than their parent's, zeros above."""
    error = np.array([tile.error for tile in walk.tiles], np.float64)
    parent = np.array([tile.parent for tile in walk.tiles], np.int64)
    above = np.where(parent >= 0, error[np.maximum(parent, 0)], np.inf) if len(error) else error
    inner = np.zeros(len(error), bool)
    inner[parent[parent >= 0]] = True
    return {
        "root": float(error[0]) if len(error) else None,
        "grows": int((error > above).sum()),
        "zero_above_children": int((inner & (error == 0)).sum()),
        "leaves_max": float(error[~inner].max()) if (~inner).any() else None,
    }


def add_pieces(found: TilesetFacts, pieces: list[Piece], opened: Opened, key: str | None) -> None:
    """Add what the contents hold: features, properties, and whether ids are unique."""
    found.contents = len(pieces)
    found.features = sum(int((piece.fid != WHOLE).sum()) for piece in pieces)
    found.wholes = sum(int((piece.fid == WHOLE).sum()) for piece in pieces)
    found.triangles = sum(len(piece.triangles) for piece in pieces)
    found.lost = {
        name: len(lost)
        for name, lost in (("missing", opened.missing), ("broken", opened.broken),
                           ("unreadable", opened.unreadable)) if lost
    }  # fmt: skip
    for piece in pieces:
        for name, values in piece.columns.items():
            told = found.properties.setdefault(name, {"contents": 0, "kind": _kind(values)})
            told["contents"] += 1
    if any(len(piece) for piece in pieces):
        found.key = choose_key(pieces, key, IssueLog(), "") or ""
    if found.key:
        _across(found, pieces)


def _kind(values: npt.NDArray[Any]) -> str:
    if values.dtype.kind in "iufb":
        return "number" if values.dtype.kind != "b" else "boolean"
    first = next((value for value in values.tolist()[:200] if value is not None), None)
    kinds = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}
    return kinds.get(type(first), "text")


def _across(found: TilesetFacts, pieces: list[Piece]) -> None:
    """Ids that stand twice in one content, and ids that several contents share."""
    inside: list[npt.NDArray[Any]] = []
    for piece in pieces:
        if found.key not in piece.columns:
            found.key_empty += len(piece)
            continue
        texts = texts_of(piece.columns[found.key]).astype(str)
        found.key_empty += int((texts == "").sum())
        unique = np.unique(texts[texts != ""])
        found.key_repeated += int((texts != "").sum()) - len(unique)
        inside.append(unique)
    if inside:
        number = np.unique(np.concatenate(inside), return_counts=True)[1]
        found.key_cut = int((number > 1).sum())
