"""Which other files a content names: buffers, images, schemas and models; nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cim_bridge.check.glb import split_glb
from cim_bridge.tilesin.broken import FAULTS
from cim_bridge.tilesin.legacy import inner_tiles, split
from cim_bridge.tilesin.package import json_object

_METADATA = ("EXT_structural_metadata", "EXT_feature_metadata")


def references(data: bytes, *, images: bool = True) -> list[str]:
    """URIs as they are written, without data URIs; a broken content names what it still can."""
    found: list[str] = []
    try:
        for uri in _of(data, images):
            if not uri.startswith("data:"):
                found.append(uri)
    except FAULTS:
        return found  # reading it is an Issue of its own
    return found


def _of(data: bytes, images: bool) -> Iterator[str]:
    magic = data[:4]
    if magic == b"glTF":
        yield from _of_gltf(split_glb(data)[0], images)
    elif magic == b"cmpt":
        for _, inner in inner_tiles(data):
            yield from _of(inner, images)
    elif magic in (b"b3dm", b"i3dm"):
        parts = split(data)
        if parts.embedded:
            yield from _of(parts.rest, images)
        else:
            yield parts.rest.decode("utf-8", "replace").strip("\0 ")
    elif magic[:1] == b"{":
        yield from _of_gltf(json_object(data, "glTF"), images)


def _of_gltf(document: dict[str, Any], images: bool) -> Iterator[str]:
    for name in ("buffers", "images") if images else ("buffers",):
        for item in _items(document.get(name)):
            if isinstance(item.get("uri"), str):
                yield item["uri"]
    extensions = document.get("extensions")
    for name in _METADATA:
        told = extensions.get(name) if isinstance(extensions, dict) else None
        if isinstance(told, dict) and isinstance(told.get("schemaUri"), str):
            yield told["schemaUri"]


def _items(listed: Any) -> list[dict[str, Any]]:
    """Items of a list, or of glTF 1.0's table of them."""
    values = list(listed.values()) if isinstance(listed, dict) else listed
    return [item for item in values or () if isinstance(item, dict)]
