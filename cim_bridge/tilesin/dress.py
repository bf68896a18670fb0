"""What primitives of a glTF wear: base colours and base-colour images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import items, whole
from cim_bridge.materials import CLAMP, MIRROR, REPEAT, WHITE, Colour, Material, Materials, Picture
from cim_bridge.tilesin.accessors import Accessors
from cim_bridge.tilesin.broken import Broken

F32 = npt.NDArray[np.float32]

_WRAPS = {10497: REPEAT, 33071: CLAMP, 33648: MIRROR}
_SOURCES = ("EXT_texture_webp", "EXT_texture_avif")


@dataclass
class Dress:
    """Reads the materials of one document, each once. lost: images that could not be had."""

    data: Accessors
    table: dict[Material, int] = field(default_factory=dict)
    lost: int = 0
    _known: dict[int, tuple[int, int, Any]] = field(default_factory=dict)

    @property
    def materials(self) -> Materials:
        """The table that rows count."""
        return tuple(self.table)

    def row(self, primitive: dict[str, Any]) -> tuple[int, int, Any]:
        """(row of the table or -1, set of texture coordinates or -1, their transform)."""
        number = whole(primitive.get("material"))
        if number not in self._known:
            self._known[number] = self._read(number)
        return self._known[number]

    def _read(self, number: int) -> tuple[int, int, Any]:
        listed = items(self.data.document, "materials")
        if not 0 <= number < len(listed):
            return -1, -1, None
        pbr = listed[number].get("pbrMetallicRoughness") or {}
        given = pbr.get("baseColorTexture")
        texture = given if isinstance(given, dict) else {}
        picture, wrap = self._picture(texture) if texture else (None, REPEAT)
        colour = _shown(pbr.get("baseColorFactor"))
        if picture is None and colour == WHITE:
            return -1, -1, None
        row = self.table.setdefault(Material(colour, picture, wrap), len(self.table))
        moved = (texture.get("extensions") or {}).get("KHR_texture_transform")
        moved = moved if isinstance(moved, dict) else {}
        which = whole(moved.get("texCoord", texture.get("texCoord", 0)), 0)
        return row, which if picture is not None else -1, moved

    def _picture(self, texture: dict[str, Any]) -> tuple[Picture | None, str]:
        document = self.data.document
        listed, number = items(document, "textures"), whole(texture.get("index"))
        if not 0 <= number < len(listed):
            return None, REPEAT
        found = listed[number]
        more = found.get("extensions") or {}
        named = [(more.get(name) or {}).get("source") for name in _SOURCES]
        image = next((whole(n) for n in (*named, found.get("source")) if n is not None), -1)
        samplers, sampler = items(document, "samplers"), whole(found.get("sampler"))
        wrap = samplers[sampler].get("wrapS") if 0 <= sampler < len(samplers) else None
        return self._bytes(image), _WRAPS.get(whole(wrap, 10497), REPEAT)

    def _bytes(self, number: int) -> Picture | None:
        listed = items(self.data.document, "images")
        if not 0 <= number < len(listed):
            self.lost += 1
            return None
        try:
            uri = listed[number].get("uri")
            if isinstance(uri, str):
                return Picture(data=self.data.fetch(uri))
            return Picture(data=self.data.view(whole(listed[number].get("bufferView"))))
        except (Broken, OSError):
            self.lost += 1
            return None


def placed(uv: npt.NDArray[Any], moved: dict[str, Any]) -> F32:
    """Texture coordinates with a KHR_texture_transform, and v turned up."""
    found = uv[:, :2].astype(np.float64)
    offset = np.array(moved.get("offset") or (0.0, 0.0), np.float64)[:2]
    scale = np.array(moved.get("scale") or (1.0, 1.0), np.float64)[:2]
    turn = float(moved.get("rotation") or 0.0)
    u, v = (found * scale).T
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.column_stack([cos * u + sin * v, cos * v - sin * u]) + offset
    turned[:, 1] = 1.0 - turned[:, 1]
    return np.where(np.isfinite(turned), turned, 0.0).astype(np.float32)


def _shown(factor: Any) -> Colour:
    """A linear colour factor as a screen shows it; white where there is none."""
    if not isinstance(factor, list) or len(factor) != 4:
        return WHITE
    if not all(isinstance(value, int | float) for value in factor):
        return WHITE
    rgb = np.clip(np.array(factor[:3], np.float64), 0.0, 1.0)
    curve = 1.055 * np.maximum(rgb, 1e-9) ** (1 / 2.4) - 0.055
    red, green, blue = np.round(np.where(rgb <= 0.0031308, rgb * 12.92, curve), 6).tolist()
    return red, green, blue, min(max(float(factor[3]), 0.0), 1.0)
