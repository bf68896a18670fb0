"""A tileset whose inputs did not change is taken over from the release before, file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from cim_bridge.staging import MANIFEST, file_digest, read_manifest
from cim_bridge.tiles.store import ContentStore, link_with_copies

_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = ("tiles/*.py", "geometry/*.py", "mesh.py", "materials.py", "images.py", "crs.py")


def inputs_digest(*parts: Any) -> str:
    """SHA-256 (32 hex digits) over everything a tileset is made of, this program included.

    Parts are arrays of numbers, geometries or texts, lists of texts, and plain values.
    """
    total = hashlib.sha256(_code().encode())
    for part in parts:
        for piece in _bytes(part):
            total.update(len(piece).to_bytes(8, "little"))
            total.update(piece)
    return total.hexdigest()[:32]


def _bytes(part: Any) -> Iterator[bytes | memoryview]:
    if isinstance(part, np.ndarray) and part.dtype != object:
        yield f"{part.dtype.str}{part.shape}".encode()
        yield np.ascontiguousarray(part).reshape(-1).view(np.uint8).data
    elif isinstance(part, np.ndarray) and all(isinstance(one, str) for one in part[:1]):
        yield orjson.dumps(part.tolist())
    elif isinstance(part, np.ndarray):
        found = shapely.to_wkb(part, byte_order=1)
        yield np.array([len(one or b"") for one in found], np.int64).tobytes()
        yield b"".join(one or b"" for one in found)
    else:
        yield orjson.dumps(part)


@cache
def _code() -> str:
    """SHA-256 of the code that makes tiles: other code, other inputs."""
    total = hashlib.sha256()
    for pattern in _CODE:
        for file in sorted(_PACKAGE.glob(pattern)):
            total.update(file.read_bytes())
    return total.hexdigest()


class Previous:
    """The tilesets of the release before."""

    def __init__(self, tiles: Path | None) -> None:
        """Look at a release's `tiles` folder; None, or one without a manifest, has nothing."""
        self._tiles = tiles
        known = tiles is not None and (tiles.parent / MANIFEST).is_file()
        manifest = read_manifest(tiles.parent) if tiles is not None and known else {}
        self._entries: dict[str, dict[str, Any]] = manifest.get("tilesets", {})

    def take(self, name: str, inputs: str, store: ContentStore) -> dict[str, Any] | None:
        """Link a tileset of equal inputs into the store; return its manifest entry, or None."""
        entry = self._entries.get(name)
        if self._tiles is None or entry is None or entry.get("inputs") != inputs:
            return None
        file = self._tiles / name / "tileset.json"
        if not file.is_file() or file_digest(file) != entry["sha256"]:
            return None
        contents = list(_contents(orjson.loads(file.read_bytes())["root"]))
        if not all(store.keep(Path(uri).name) for uri in contents):
            return None
        target = store.folder / name
        target.mkdir(parents=True, exist_ok=True)
        link_with_copies(file, target / file.name)
        return entry


def _contents(tile: dict[str, Any]) -> Iterator[str]:
    if "content" in tile:
        yield tile["content"]["uri"]
    for child in tile.get("children", ()):
        yield from _contents(child)
