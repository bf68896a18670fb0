"""What trimesh knows of a part's look: colour and image by triangle (in the child)."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

_STEP = 8
"""Steps of 256 in which vertex colours are told apart."""
_UNTOLD = (102, 102, 102)
"""The library's own grey, where an OBJ names no colour."""
_LARGEST = 1 << 27
"""Pixels of an image that is encoded anew."""


@dataclass
class Looks:
    """Collects materials and writes images beside what else the child hands over."""

    job: Path
    linear: bool
    wanted: bool = True
    rows: list[dict[str, Any]] = field(default_factory=list)
    material: list[npt.NDArray[np.int64]] = field(default_factory=list)
    uv: list[npt.NDArray[np.float32]] = field(default_factory=list)
    _known: dict[int, int] = field(default_factory=dict)

    def take(self, mesh: Any, faces: npt.NDArray[np.int64]) -> None:
        """Note what the triangles of one part wear; `faces` as they are handed over."""
        visual: Any = getattr(mesh, "visual", None) if self.wanted else None
        count = len(faces)
        material = np.full(count, -1, np.int64)
        uv = np.zeros((count, 3, 2), np.float32)
        kind = getattr(visual, "kind", None)
        if kind == "texture":
            material[:] = self._row(visual.material)
            given = getattr(visual, "uv", None)
            if given is not None and len(given) == len(mesh.vertices):
                uv = np.asarray(given, np.float32)[faces][:, :, :2]
        elif kind in ("vertex", "face"):
            colours = np.asarray(visual.face_colors, np.float64)[:, :4]
            steps = np.minimum(np.rint(colours / _STEP) * _STEP, 255.0) / 255.0
            table, of = np.unique(steps, axis=0, return_inverse=True)
            first = len(self.rows)
            self.rows += [{"colour": self._shown(row.tolist())} for row in table]
            material = first + of.reshape(-1)
        self.material.append(material)
        self.uv.append(np.where(np.isfinite(uv), uv, np.float32(0.0)))

    def _row(self, material: Any) -> int:
        """Row of a material; the same object gives the same row."""
        if id(material) not in self._known:
            told = self._told(material)
            self._known[id(material)] = len(self.rows) if told else -1
            self.rows += [told] if told else []
        return self._known[id(material)]

    def _told(self, material: Any) -> dict[str, Any] | None:
        """Colour and image; None for a material that says nothing."""
        image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
        factor = getattr(material, "baseColorFactor", None)
        pbr = hasattr(material, "baseColorFactor")
        data = _bytes(image)
        if not pbr and not data:
            factor = getattr(material, "diffuse", None)
            if factor is None or np.array_equal(np.asarray(factor)[:3], _UNTOLD):
                return None
        row: dict[str, Any] = {"colour": self._shown(_unit(factor))}
        if data:
            name = f"image{len(self.rows)}"
            (self.job / name).write_bytes(data)
            row["image"] = name
        elif row["colour"] == [1.0, 1.0, 1.0, 1.0]:
            return None  # what a format gives to what has no material
        return row

    def _shown(self, colour: list[float]) -> list[float]:
        """A colour as a screen shows it; glTF's are linear."""
        if not self.linear:
            return colour
        rgb = np.array(colour[:3])
        shown = np.where(
            rgb <= 0.0031308, rgb * 12.92, 1.055 * np.maximum(rgb, 1e-9) ** (1 / 2.4) - 0.055
        )
        return [*np.clip(shown, 0.0, 1.0).tolist(), colour[3]]

    def save(self) -> dict[str, npt.NDArray[Any]]:
        """Write the table; return the arrays that go with the triangles, none when all is bare."""
        (self.job / "looks.json").write_bytes(orjson.dumps(self.rows))
        if not self.rows:
            return {}
        return {
            "material": np.concatenate([np.zeros(0, np.int64), *self.material]),
            "uv": np.concatenate([np.zeros((0, 3, 2), np.float32), *self.uv]),
        }


def _unit(factor: Any) -> list[float]:
    """Red, green, blue, opacity from 0 to 1; white where nothing is told."""
    if factor is None:
        return [1.0, 1.0, 1.0, 1.0]
    found = np.asarray(factor)
    values = found.astype(np.float64) / (255.0 if found.dtype.kind in "ui" else 1.0)
    filled = [*values.ravel().tolist()[:4], 1.0, 1.0, 1.0, 1.0][:4]
    return [min(max(value, 0.0), 1.0) for value in filled]


def _bytes(image: Any) -> bytes:
    """Bytes of an image as its file has them; encoded anew when the library lost them."""
    if image is None:
        return b""
    source = getattr(image, "fp", None)
    if source is not None:
        source.seek(0)
        data = source.read()
        if isinstance(data, bytes) and data:
            return data
    if image.width <= 2 or image.width * image.height > _LARGEST:
        return b""  # the library's own placeholder is a pixel or two
    buffer = io.BytesIO()
    image.convert("RGBA").save(buffer, "PNG")
    return buffer.getvalue()
