"""glTF: references, and counts against the bytes that are really there.

Nothing is allocated by a count read from the file: a lie is found by arithmetic first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import Gltf
from cim_bridge.check.shape import is_number

COMPONENTS: dict[int, type[np.generic]] = {
    5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32,
    5126: np.float32,
}  # fmt: skip
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_MOST = 2**28
"""Elements in one accessor beyond which a file is refused."""
_PACKED = ("EXT_meshopt_compression", "KHR_meshopt_compression", "KHR_draco_mesh_compression")


def items(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A top-level array of objects; what is not one counts as empty."""
    found = document.get(key)
    return [i if isinstance(i, dict) else {} for i in found] if isinstance(found, list) else []


def whole(value: Any, default: int = -1) -> int:
    """A whole number that is not negative, else `default`."""
    return int(value) if is_number(value) and value == int(value) and value >= 0 else default


def check_gltf(gltf: Gltf, found: Findings) -> bool:
    """Report contradictions; False when the geometry must not be read."""
    document = gltf.document
    before = len(found.log.errors)
    asset = document.get("asset")
    if not isinstance(asset, dict) or not isinstance(asset.get("version"), str):
        found.add("CHECK_MISSING", "/asset", name="version")
    elif not asset["version"].startswith("2."):
        found.add("CHECK_GLTF", "/asset/version", reason=f"version {asset['version']}")
    used = document.get("extensionsUsed")
    for name in document.get("extensionsRequired") or []:
        if name not in (used if isinstance(used, list) else []):
            found.add("CHECK_EXTENSION_REQUIRED_UNUSED", "/extensionsRequired", name=name)
    _check_buffers(gltf, found)
    _check_views(document, found)
    for index, accessor in enumerate(items(document, "accessors")):
        _check_accessor(document, accessor, f"/accessors/{index}", found)
    _check_meshes(document, found)
    _check_nodes(document, found)
    return len(found.log.errors) == before


def _check_buffers(gltf: Gltf, found: Findings) -> None:
    for index, buffer in enumerate(items(gltf.document, "buffers")):
        length = whole(buffer.get("byteLength"))
        at = f"/buffers/{index}"
        if length < 1:
            found.add("CHECK_GLTF", at, reason="byteLength is not positive")
            continue
        data = gltf.buffers[index] if index < len(gltf.buffers) else None
        if data is not None and len(data) < length:
            found.add("CHECK_GLTF", at, reason=f"{length} bytes declared, {len(data)} there")


def _check_views(document: dict[str, Any], found: Findings) -> None:
    buffers = items(document, "buffers")
    for index, view in enumerate(items(document, "bufferViews")):
        at = f"/bufferViews/{index}"
        number = whole(view.get("buffer"))
        length, offset = whole(view.get("byteLength")), whole(view.get("byteOffset", 0))
        if not 0 <= number < len(buffers):
            found.add("CHECK_GLTF", at, reason=f"buffer {view.get('buffer')} does not exist")
        elif length < 1 or offset < 0:
            found.add("CHECK_GLTF", at, reason="byteLength or byteOffset is not a length")
        elif offset + length > whole(buffers[number].get("byteLength"), 0):
            found.add("CHECK_GLTF", at, reason=f"ends at {offset + length}, beyond its buffer")


def _check_accessor(
    document: dict[str, Any], accessor: dict[str, Any], at: str, found: Findings
) -> None:
    kind, width = COMPONENTS.get(whole(accessor.get("componentType"))), accessor.get("type")
    count = whole(accessor.get("count"))
    if kind is None or width not in WIDTHS or not 1 <= count <= _MOST:
        found.add("CHECK_GLTF", at, reason="componentType, type or count is not usable")
        return
    size = np.dtype(kind).itemsize * WIDTHS[width]
    if "bufferView" not in accessor:
        if "sparse" not in accessor and not _packed(document):
            found.add("CHECK_GLTF", at, reason=f"{count} elements without a bufferView")
        return
    views = items(document, "bufferViews")
    number = whole(accessor["bufferView"])
    if not 0 <= number < len(views):
        found.add("CHECK_GLTF", at, reason=f"bufferView {accessor['bufferView']} does not exist")
        return
    view = views[number]
    if any(name in (view.get("extensions") or {}) for name in _PACKED):
        return
    stride = whole(view.get("byteStride"), size) or size
    offset = whole(accessor.get("byteOffset", 0))
    end = offset + stride * (count - 1) + size
    if offset < 0 or end > whole(view.get("byteLength"), 0):
        found.add("CHECK_GLTF", at, reason=f"{count} elements end at byte {end} of its view")
    start = offset + whole(view.get("byteOffset", 0), 0)
    if start % np.dtype(kind).itemsize:
        found.add("CHECK_GLTF", at, reason=f"starts at byte {start}, not aligned to its type")


def _packed(document: dict[str, Any]) -> bool:
    used = document.get("extensionsUsed")
    return isinstance(used, list) and any(name in used for name in _PACKED)


def _check_meshes(document: dict[str, Any], found: Findings) -> None:
    accessors = items(document, "accessors")
    for index, mesh in enumerate(items(document, "meshes")):
        for number, primitive in enumerate(items(mesh, "primitives")):
            at = f"/meshes/{index}/primitives/{number}"
            attributes = primitive.get("attributes")
            if not isinstance(attributes, dict):
                found.add("CHECK_MISSING", at, name="attributes")
                continue
            named = {**attributes, **({"indices": i} if (i := primitive.get("indices")) else {})}
            for name, accessor in named.items():
                if not 0 <= whole(accessor) < len(accessors):
                    found.add("CHECK_GLTF", at, reason=f"{name}: accessor {accessor}")
            counts = {
                whole(accessors[whole(a)].get("count"))
                for a in attributes.values()
                if 0 <= whole(a) < len(accessors)
            }
            if len(counts) > 1:
                found.add("CHECK_GLTF", at, reason=f"attributes of {sorted(counts)} vertices")
            position = whole(attributes.get("POSITION"))
            if 0 <= position < len(accessors):
                _check_bounds(accessors[position], f"/accessors/{position}", found)


def _check_bounds(accessor: dict[str, Any], at: str, found: Findings) -> None:
    for key in ("min", "max"):
        bound = accessor.get(key)
        if not isinstance(bound, list) or len(bound) != 3 or not all(map(is_number, bound)):
            found.add("CHECK_GLTF", at, reason=f"POSITION needs {key} of three numbers")


def _check_nodes(document: dict[str, Any], found: Findings) -> None:
    nodes, meshes = items(document, "nodes"), items(document, "meshes")
    parents = [0] * len(nodes)
    for index, node in enumerate(nodes):
        at = f"/nodes/{index}"
        if "mesh" in node and not 0 <= whole(node["mesh"]) < len(meshes):
            found.add("CHECK_GLTF", at, reason=f"mesh {node['mesh']} does not exist")
        for child in node.get("children") or []:
            if not 0 <= whole(child) < len(nodes):
                found.add("CHECK_GLTF", at, reason=f"node {child} does not exist")
            else:
                parents[whole(child)] += 1
    if any(count > 1 for count in parents) or _has_cycle(nodes):
        found.add("CHECK_GLTF", "/nodes", reason="nodes are no tree")


def _has_cycle(nodes: list[dict[str, Any]]) -> bool:
    """Walk up by leaves: what never becomes a leaf lies on a cycle."""
    waiting = [sum(0 <= whole(c) < len(nodes) for c in n.get("children") or []) for n in nodes]
    parent: dict[int, int] = {}
    for index, node in enumerate(nodes):
        parent.update({whole(c): index for c in node.get("children") or []})
    ready = [index for index, count in enumerate(waiting) if count == 0]
    seen = 0
    while ready:
        index = ready.pop()
        seen += 1
        above = parent.get(index)
        if above is not None:
            waiting[above] -= 1
            if waiting[above] == 0:
                ready.append(above)
    return seen < len(nodes)


def view_bytes(gltf: Gltf, number: int) -> bytes | None:
    """Bytes of one buffer view, when they are at hand."""
    view = items(gltf.document, "bufferViews")[number]
    if any(name in (view.get("extensions") or {}) for name in _PACKED):
        return None
    buffer = gltf.buffers[whole(view.get("buffer"), 0)]
    offset = whole(view.get("byteOffset", 0), 0)
    return None if buffer is None else buffer[offset : offset + whole(view.get("byteLength"), 0)]


def read_accessor(gltf: Gltf, number: int) -> npt.NDArray[Any] | None:
    """(count, width) values of a checked accessor; None when packed or sparse."""
    accessor = items(gltf.document, "accessors")[number]
    if "bufferView" not in accessor or "sparse" in accessor:
        return None
    data = view_bytes(gltf, whole(accessor["bufferView"]))
    if data is None:
        return None
    kind = np.dtype(COMPONENTS[whole(accessor["componentType"])]).newbyteorder("<")
    width, count = WIDTHS[accessor["type"]], whole(accessor["count"])
    view = items(gltf.document, "bufferViews")[whole(accessor["bufferView"])]
    size = kind.itemsize * width
    stride = whole(view.get("byteStride"), size) or size
    offset = whole(accessor.get("byteOffset", 0), 0)
    values = np.ndarray((count, width), kind, data, offset, (stride, kind.itemsize))
    if accessor.get("normalized") is True:
        return np.maximum(values / float(np.iinfo(kind).max), -1.0)
    return values
