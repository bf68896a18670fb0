"""A tile's atlas in glTF: attribute, image, sampler and material.

Portable tiles hold JPEG (PNG where there are only colours, or something to be seen through): the
two formats that glTF 2.0 asks of every client. Lean ones hold WebP by EXT_texture_webp as a
required extension; a fallback beside it would cost more than WebP saves.
"""

from __future__ import annotations

from typing import Any

from cim_bridge.images import jpeg, png, webp
from cim_bridge.tiles.atlas import Atlas
from cim_bridge.tiles.glb import Buffer
from cim_bridge.tiles.part import Part

_LINEAR, _LINEAR_MIPMAP_LINEAR, _NEAREST, _CLAMP_TO_EDGE = 9729, 9987, 9728, 33071
WEBP = "EXT_texture_webp"
UNLIT = "KHR_materials_unlit"


def dress(
    buffer: Buffer, part: Part, document: dict[str, Any], *, small: bool = False
) -> dict[str, Any]:
    """Return the glTF document of a part with its atlas; without an atlas it stays as it is.

    small: WebP, which a client must know. Photographs hold their own light, so their material is
    unlit; colours are lit.
    """
    if part.atlas is None or part.uv is None:
        return document
    mime, data = image_of(part.atlas, small=small)
    primitive = document["meshes"][0]["primitives"][0]
    primitive["attributes"]["TEXCOORD_0"] = buffer.attribute(part.uv, normalized=True)
    texture: dict[str, Any] = {"sampler": 0}
    texture |= {"extensions": {WEBP: {"source": 0}}} if small else {"source": 0}
    used = [*document["extensionsUsed"], *([WEBP] if small else [])]
    required = [*document["extensionsRequired"], *([WEBP] if small else [])]
    material = _material(part.atlas)
    if "extensions" in material:
        used.append(UNLIT)
    return document | {
        "extensionsUsed": used,
        "extensionsRequired": required,
        "materials": [material],
        "textures": [texture],
        "samplers": [_sampler(part.atlas)],
        "images": [{"bufferView": buffer.view(data), "mimeType": mime}],
    }


def image_of(atlas: Atlas, *, small: bool) -> tuple[str, bytes]:
    """Media type and bytes of an atlas."""
    if small:
        return "image/webp", webp(atlas.image, exact=atlas.plain)
    if atlas.plain or atlas.cutout:
        return "image/png", png(atlas.image)
    return "image/jpeg", jpeg(atlas.image)


def _sampler(atlas: Atlas) -> dict[str, int]:
    """Colours are looked up as they are: no neighbour ever mixes in."""
    near = _NEAREST if atlas.plain else _LINEAR
    far = _NEAREST if atlas.plain else _LINEAR_MIPMAP_LINEAR
    return {
        "magFilter": near, "minFilter": far, "wrapS": _CLAMP_TO_EDGE, "wrapT": _CLAMP_TO_EDGE,
    }  # fmt: skip


def _material(atlas: Atlas) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": 0}, "metallicFactor": 0.0, "roughnessFactor": 1.0,
        },
        "doubleSided": True,
    }  # fmt: skip
    if atlas.cutout:
        found |= {"alphaMode": "MASK", "alphaCutoff": 0.5}
    if not atlas.plain:
        found["extensions"] = {UNLIT: {}}
    return found
