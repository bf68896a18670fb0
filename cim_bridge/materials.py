"""How surfaces look: colours and texture images, kept beside the triangles that wear them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

U32 = npt.NDArray[np.uint32]

Colour = tuple[float, float, float, float]
"""Red, green, blue as a screen shows them (sRGB) and opacity, 0 to 1."""

WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
REPEAT, MIRROR, CLAMP, BORDER = "repeat", "mirror", "clamp", "border"
WRAPS = (REPEAT, MIRROR, CLAMP, BORDER)
"""What is seen outside 0..1 of an image."""

TABLE, FOLDER = "materials.json", "textures"
_KINDS = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png"), (b"RIFF", "webp"), (b"II*\0", "tif"))


@dataclass(frozen=True)
class Picture:
    """An image as its file holds it: where the file is, or the bytes themselves."""

    path: Path | None = None
    data: bytes | None = None

    def read(self) -> bytes:
        """Bytes of the image file."""
        if self.data is not None:
            return self.data
        return self.path.read_bytes() if self.path is not None else b""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, 32 hex digits."""
        return hashlib.sha256(self.read()).hexdigest()[:32]

    @property
    def file_name(self) -> str:
        """Name by content, with the suffix that the first bytes say."""
        data = self.read()
        suffix = next((kind for start, kind in _KINDS if data.startswith(start)), "img")
        return f"{self.digest}.{suffix}"


@dataclass(frozen=True)
class Material:
    """One look: a colour, and an image by which it is multiplied."""

    colour: Colour = WHITE
    picture: Picture | None = None
    wrap: str = REPEAT


Materials = tuple[Material, ...]


def merged(tables: Sequence[Materials]) -> tuple[Materials, list[U32]]:
    """One table of several, equal materials once, and for each table where its rows went."""
    place: dict[Material, int] = {}
    moved = [
        np.array([place.setdefault(one, len(place)) for one in table], np.uint32)
        for table in tables
    ]
    return tuple(place), moved


def save(materials: Materials, folder: Path) -> None:
    """Write `materials.json` and every image once under `textures/`, named by content."""
    rows: list[dict[str, Any]] = []
    for one in materials:
        row: dict[str, Any] = {"colour": list(one.colour), "wrap": one.wrap}
        if one.picture is not None:
            name = one.picture.file_name
            row["image"] = f"{FOLDER}/{name}"
            target = folder / FOLDER / name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(one.picture.read())
        rows.append(row)
    (folder / TABLE).write_bytes(orjson.dumps(rows))


def load(folder: Path) -> Materials:
    """Read what `save` wrote; the images stay on disk until they are asked for."""
    if not (folder / TABLE).is_file():
        return ()
    rows: Iterable[dict[str, Any]] = orjson.loads((folder / TABLE).read_bytes())
    return tuple(_material(row, folder) for row in rows)


def _material(row: dict[str, Any], folder: Path) -> Material:
    red, green, blue, opacity = (float(value) for value in row["colour"])
    image = row.get("image")
    picture = Picture(folder / FOLDER / Path(image).name) if image else None
    return Material((red, green, blue, opacity), picture, row["wrap"])
