"""Tiles of base maps on disk for some days, within bounds; any process may write or clear it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from twin_server.basemaps.settings import Basemap

FOLDER = ".cache"
"""In the city folder; no part of a backup."""

TYPES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_LOOK_EVERY = 200


@dataclass(frozen=True)
class Tile:
    """An image: bytes, media type, entity tag."""

    body: bytes
    kind: str

    @property
    def etag(self) -> str:
        """Of the bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


class Cache:
    """Keeps at most `most` bytes, none of them longer than `seconds`."""

    def __init__(self, city: Path, most: int, seconds: float) -> None:
        self._root = city / FOLDER / "basemaps"
        self._most, self._seconds, self._written = most, seconds, 0

    def _path(self, one: Basemap, z: int, x: int, y: int) -> Path:
        """Another address of the service is another folder; the key is in none."""
        told = f"{one.kind}|{one.url}|{one.layer}|{one.style}|{one.matrix_set}|{one.form}"
        digest = hashlib.sha256(told.encode()).hexdigest()[:12]
        return self._root / f"{one.name}-{digest}" / str(z) / str(x) / str(y)

    def get(self, one: Basemap, z: int, x: int, y: int) -> Tile | None:
        """A tile that is there and not too old."""
        path = self._path(one, z, x, y)
        for kind, ending in TYPES.items():
            file = path.with_name(path.name + ending)
            with contextlib.suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime < self._seconds:
                    return Tile(file.read_bytes(), kind)
        return None

    def put(self, one: Basemap, z: int, x: int, y: int, tile: Tile) -> None:
        """Keep a tile; a full disk only means that it is asked for again."""
        path = self._path(one, z, x, y)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(tile.body)
            part.replace(path.with_name(path.name + TYPES[tile.kind]))
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        self._written += 1
        if self._written % _LOOK_EVERY == 1:
            self.trim()

    def trim(self) -> None:
        """Take away what is too old, then the oldest until it is small enough again."""
        found: list[tuple[float, int, str]] = []
        for folder, _, names in os.walk(self._root):
            for name in names:
                with contextlib.suppress(OSError):
                    state = (Path(folder) / name).stat()
                    found.append((state.st_mtime, state.st_size, str(Path(folder) / name)))
        found.sort()
        held, oldest = sum(size for _, size, _ in found), time.time() - self._seconds
        for moment, size, file in found:
            if held <= self._most and moment >= oldest:
                break
            with contextlib.suppress(OSError):
                Path(file).unlink()
                held -= size
