"""Reading tilesets back in tests: what a client would draw, tile by tile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.check.glb import Gltf, split_glb
from cim_bridge.check.gltf import read_accessor
from cim_bridge.check.packed import unpacked
from cim_bridge.check.units import UnitTable, read_units
from cim_bridge.check.vertices import Y_UP, node_matrix


@dataclass(frozen=True)
class Drawn:
    """One content: Earth-centred vertices, normals, feature ids, triangles and its table.

    step: metres between neighbouring positions along east, north, up.
    """

    tile: dict[str, Any]
    points: np.ndarray
    normals: np.ndarray | None
    feature: np.ndarray
    triangles: np.ndarray
    table: UnitTable
    step: np.ndarray
    data: bytes

    @property
    def is_leaf(self) -> bool:
        return "children" not in self.tile


def read(tileset: Path) -> Iterator[Drawn]:
    document = json.loads(tileset.read_text())
    stack = [(document["root"], np.eye(4))]
    while stack:
        tile, above = stack.pop(0)
        matrix = above @ np.array(tile.get("transform", np.eye(4).T.ravel())).reshape(4, 4).T
        stack += [(child, matrix) for child in tile.get("children", [])]
        if "content" in tile:
            yield _content(tile, matrix, (tileset.parent / tile["content"]["uri"]).read_bytes())


def _content(tile: dict[str, Any], matrix: np.ndarray, data: bytes) -> Drawn:
    document, binary = split_glb(data)
    gltf = unpacked(Gltf(document, [binary]))
    primitive = document["meshes"][0]["primitives"][0]
    read_ = {k: read_accessor(gltf, v) for k, v in primitive["attributes"].items()}
    whole = matrix @ Y_UP @ node_matrix(document["nodes"][0])
    points = read_["POSITION"].astype(float) @ whole[:3, :3].T + whole[:3, 3]
    normals = None
    if "NORMAL" in read_:
        normals = read_["NORMAL"] @ np.linalg.inv(whole[:3, :3])
        normals /= np.linalg.norm(normals, axis=1)[:, None]
    table = read_units(data)
    assert table is not None
    step = np.linalg.norm(whole[:3, :3], axis=0)
    return Drawn(
        tile, points, normals, read_["_FEATURE_ID_0"][:, 0],
        read_accessor(gltf, primitive["indices"]).reshape(-1, 3), table,
        np.where(step == 1.0, 2**-7, step), data,
    )  # fmt: skip
