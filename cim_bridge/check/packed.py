"""Buffer views packed by meshopt: checked against what they declare, then laid out plainly."""

from __future__ import annotations

from typing import Any

from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import Gltf
from cim_bridge.check.gltf import items, read_accessor, whole
from cim_bridge.tilesin.broken import Broken, Unreadable
from cim_bridge.tilesin.meshopt import decode_view

_NAMES = ("EXT_meshopt_compression", "KHR_meshopt_compression")


def unpacked(gltf: Gltf, found: Findings | None = None) -> Gltf:
    """The same glTF with every meshopt view decoded into one more buffer.

    Views that cannot be decoded are reported and stay packed: their accessors read as None.
    """
    views, pieces, length = items(gltf.document, "bufferViews"), [], 0
    number = len(items(gltf.document, "buffers"))
    plain = list(views)
    for index, view in enumerate(views):
        told = _told(view)
        if told is None:
            continue
        try:
            data = _decoded(gltf, view, told)
        except (Broken, Unreadable) as exc:
            if found is not None:
                found.add("CHECK_GLTF", f"/bufferViews/{index}", reason=exc)
            continue
        laid = {"buffer": number, "byteOffset": length, "byteLength": len(data)}
        plain[index] = laid | {key: view[key] for key in ("byteStride", "target") if key in view}
        pieces += [data, bytes(-len(data) % 8)]
        length += len(data) + -len(data) % 8
    if not pieces:
        return gltf
    buffers = [*items(gltf.document, "buffers"), {"byteLength": length}]
    document = {**gltf.document, "bufferViews": plain, "buffers": buffers}
    held = [*gltf.buffers[:number], *[None] * (number - len(gltf.buffers))]
    return Gltf(document, [*held, b"".join(pieces)])


def _told(view: dict[str, Any]) -> dict[str, Any] | None:
    extensions = view.get("extensions") or {}
    found = next((extensions[name] for name in _NAMES if name in extensions), None)
    return found if isinstance(found, dict) else None


def _decoded(gltf: Gltf, view: dict[str, Any], told: dict[str, Any]) -> bytes:
    number = whole(told.get("buffer"))
    data = gltf.buffers[number] if 0 <= number < len(gltf.buffers) else None
    if data is None:
        raise Broken(f"meshopt: buffer {told.get('buffer')} is not at hand")
    first, length = whole(told.get("byteOffset", 0)), whole(told.get("byteLength"))
    if min(first, length) < 0 or first + length > len(data):
        raise Broken("meshopt: ends beyond its buffer")
    size = whole(told.get("count"), 0) * whole(told.get("byteStride"), 0)
    if size != whole(view.get("byteLength")):
        raise Broken(f"meshopt: {size} bytes unpacked, its view declares {view.get('byteLength')}")
    return decode_view(told, data[first : first + length])


def check_indices(gltf: Gltf, found: Findings) -> None:
    """Report triangles that name vertices which do not exist."""
    accessors = items(gltf.document, "accessors")
    for index, mesh in enumerate(items(gltf.document, "meshes")):
        for number, primitive in enumerate(items(mesh, "primitives")):
            named = whole(primitive.get("indices"))
            position = whole((primitive.get("attributes") or {}).get("POSITION"))
            if not (0 <= named < len(accessors) and 0 <= position < len(accessors)):
                continue
            values, count = read_accessor(gltf, named), whole(accessors[position].get("count"))
            if values is not None and len(values) and int(values.max()) >= count:
                at = f"/meshes/{index}/primitives/{number}/indices"
                found.add("CHECK_GLTF", at, reason=f"vertex {int(values.max())} of {count}")
