"""Where the vertices of a glTF really are."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim_bridge.check.glb import Gltf
from cim_bridge.check.gltf import items, read_accessor, whole
from cim_bridge.tiles.globe import F64

Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])
"""glTF's axes (y up) to the tile's (z up)."""


def positions(gltf: Gltf) -> F64:
    """(n, 3) vertices of the default scene in the tile's axes; packed or instanced ones are left
    out."""
    document = gltf.document
    nodes, scenes = items(document, "nodes"), items(document, "scenes")
    scene = whole(document.get("scene", 0), 0)
    roots = scenes[scene].get("nodes") if scene < len(scenes) else None
    stack = [(whole(n), Y_UP) for n in roots or []]
    found: list[F64] = []
    while stack:
        index, above = stack.pop()
        if not 0 <= index < len(nodes):
            continue
        node = nodes[index]
        matrix = above @ node_matrix(node)
        stack += [(whole(child), matrix) for child in node.get("children") or []]
        if "mesh" in node and "EXT_mesh_gpu_instancing" not in (node.get("extensions") or {}):
            found += [
                p @ matrix[:3, :3].T + matrix[:3, 3] for p in _mesh(gltf, whole(node["mesh"]))
            ]
    return np.concatenate(found) if found else np.zeros((0, 3))


def _mesh(gltf: Gltf, index: int) -> list[F64]:
    found = []
    for primitive in items(items(gltf.document, "meshes")[index], "primitives"):
        accessor = whole((primitive.get("attributes") or {}).get("POSITION"))
        values = read_accessor(gltf, accessor) if accessor >= 0 else None
        if values is not None and values.shape[1] == 3:
            found.append(values.astype(np.float64))
    return found


def node_matrix(node: dict[str, Any]) -> F64:
    """4x4 of a node's matrix, or of its translation, rotation and scale."""
    if isinstance(node.get("matrix"), list) and len(node["matrix"]) == 16:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = node.get("rotation") or (0.0, 0.0, 0.0, 1.0)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= np.array(node.get("scale") or (1.0, 1.0, 1.0))
    matrix[:3, 3] = node.get("translation") or (0.0, 0.0, 0.0)
    return matrix
