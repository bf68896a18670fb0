"""Images and textures of a glTF: do they exist, and are they what they say?"""

from __future__ import annotations

from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import Gltf
from cim_bridge.check.gltf import items, view_bytes, whole

_STARTS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "image/webp": b"RIFF"}


def check_looks(gltf: Gltf, found: Findings) -> None:
    """Check embedded images against their media type, and what refers to images and textures."""
    document = gltf.document
    views, images = items(document, "bufferViews"), items(document, "images")
    for number, image in enumerate(images):
        at = f"/images/{number}"
        if "bufferView" not in image:
            continue
        view = whole(image["bufferView"])
        if not 0 <= view < len(views):
            found.add("CHECK_GLTF", at, reason=f"bufferView {view} does not exist")
            continue
        start, data = _STARTS.get(str(image.get("mimeType"))), view_bytes(gltf, view)
        if start is not None and data is not None and not data.startswith(start):
            found.add("CHECK_GLTF", at, reason=f"the bytes are no {image['mimeType']}")
    textures = items(document, "textures")
    for number, texture in enumerate(textures):
        source = texture.get("source")
        if source is not None and not 0 <= whole(source) < len(images):
            found.add("CHECK_GLTF", f"/textures/{number}", reason=f"image {source} does not exist")
    for number, material in enumerate(items(document, "materials")):
        base = (material.get("pbrMetallicRoughness") or {}).get("baseColorTexture") or {}
        index = base.get("index", 0) if isinstance(base, dict) and base else None
        if index is not None and not 0 <= whole(index) < len(textures):
            at = f"/materials/{number}"
            found.add("CHECK_GLTF", at, reason=f"texture {index} does not exist")
