"""glTF 1.0, which old tiles hold, put into the words of 2.0; materials and shaders are left out."""

from __future__ import annotations

import struct
from typing import Any

from cim_bridge.check.glb import BrokenGlb
from cim_bridge.tilesin.package import json_object

_LISTS = ("buffers", "bufferViews", "accessors", "meshes", "nodes", "scenes")
_BODY = ("binary_glTF", "KHR_binary_glTF")


def split_old(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and body of a binary glTF 1.0."""
    if len(data) < 20:
        raise BrokenGlb("no GLB header")
    length, size, kind = struct.unpack_from("<III", data, 8)
    if kind != 0 or length > len(data) or 20 + size > length:
        raise BrokenGlb(f"header of glTF 1.0: {length} bytes, JSON of {size}")
    return json_object(data[20 : 20 + size].rstrip(b"\0 "), "glTF"), data[20 + size : length]


def modern(old: dict[str, Any]) -> dict[str, Any]:
    """The same scene with numbered lists instead of named objects."""
    names = {kind: {name: n for n, name in enumerate(old.get(kind) or {})} for kind in _LISTS}
    made: dict[str, Any] = {
        kind: [dict(item) for item in (old.get(kind) or {}).values()] for kind in _LISTS
    }
    for name, number in names["buffers"].items():
        buffer = made["buffers"][number]
        if name in _BODY or (buffer.get("extensions") or {}).get("KHR_binary_glTF"):
            buffer.pop("uri", None)
    for view in made["bufferViews"]:
        view["buffer"] = names["buffers"].get(view.get("buffer"), -1)
    for accessor in made["accessors"]:
        accessor["bufferView"] = names["bufferViews"].get(accessor.get("bufferView"), -1)
    for mesh in made["meshes"]:
        mesh["primitives"] = [_primitive(p, names) for p in mesh.get("primitives") or []]
    _nodes(made["nodes"], names)
    for scene in made["scenes"]:
        scene["nodes"] = [names["nodes"].get(node, -1) for node in scene.get("nodes") or []]
    made["scene"] = names["scenes"].get(old.get("scene"), 0)
    return {**made, "asset": {"version": "2.0"}, "extensions": old.get("extensions") or {}}


def _primitive(item: dict[str, Any], names: dict[str, dict[str, int]]) -> dict[str, Any]:
    attributes = item.get("attributes") or {}
    found: dict[str, Any] = {
        "attributes": {k: names["accessors"].get(v, -1) for k, v in attributes.items()},
        "mode": item.get("mode", 4),
    }
    if "indices" in item:
        found["indices"] = names["accessors"].get(item["indices"], -1)
    return found


def _nodes(nodes: list[dict[str, Any]], names: dict[str, dict[str, int]]) -> None:
    """A node may hold several meshes in 1.0: all but the first go to children of its own."""
    for node in list(nodes):
        meshes = [names["meshes"].get(mesh, -1) for mesh in node.get("meshes") or []]
        node["children"] = [names["nodes"].get(child, -1) for child in node.get("children") or []]
        if meshes:
            node["mesh"] = meshes[0]
        for mesh in meshes[1:]:
            node["children"].append(len(nodes))
            nodes.append({"mesh": mesh})
