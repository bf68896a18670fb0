"""A tileset whose inputs did not change is taken over from the release before, file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from cim_bridge.mapped import release
from cim_bridge.staging import MANIFEST, file_digest, read_manifest
from cim_bridge.table import ROWS
from cim_bridge.tiles.listing import listed_contents, take_listing
from cim_bridge.tiles.store import ContentStore

_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = ("tiles/*.py", "geometry/*.py", "mesh.py", "materials.py", "images.py", "crs.py")


_SLICE = 1 << 22
"""Bytes of numbers that are looked at together."""


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
        yield from _numbers(part)
    elif hasattr(part, "runs"):  # shapes that stay on disk
        for shapes in part.runs():
            yield from _shapes(shapes)
    elif isinstance(part, np.ndarray) and all(isinstance(one, str) for one in part[:1]):
        yield orjson.dumps(part.tolist())
    elif isinstance(part, np.ndarray):
        for start in range(0, len(part), ROWS):
            yield from _shapes(part[start : start + ROWS])
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for start in range(0, len(part), ROWS):
            yield orjson.dumps(part[start : start + ROWS])
    else:
        yield orjson.dumps(part)


def _numbers(part: npt.NDArray[Any]) -> Iterator[memoryview]:
    """A few megabytes at a time: mapped ones are given back when they have been looked at."""
    rows = max(_SLICE // max(part[:1].nbytes, 1), 1)
    for start in range(0, len(part), rows):
        yield np.ascontiguousarray(part[start : start + rows]).reshape(-1).view(np.uint8).data
        release(part)


def _shapes(shapes: npt.NDArray[Any]) -> Iterator[bytes]:
    found = shapely.to_wkb(shapes, byte_order=1)
    yield np.array([len(one or b"") for one in found], np.int64).tobytes()
    yield b"".join(one or b"" for one in found)


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
        if not all(store.keep(content) for content in listed_contents(file.parent)):
            return None
        take_listing(file.parent, store.folder / name)
        return entry
