"""Buildings as features: the finest level of detail of each, without the floor nobody sees."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.mesh import GROUND, Mesh
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.vectors import face_normals

_AT_BASE = 0.3
"""Metres above a building's lowest point within which a downward face is its floor."""


def building_features(mesh: Mesh, units: Columns) -> FeatureSet:
    """Features of all buildings that stand; the tiles' leaves.

    Left out: coarser copies of a building that has a finer one, and the faces that lie on the
    ground and look down (no camera gets below them).
    """
    keep = _standing(mesh, units)
    keep &= _finest(mesh, keep)
    keep &= ~_floors(mesh, keep)
    return FeatureSet.of(
        np.asarray(mesh.vertices),
        mesh.triangles[keep],
        mesh.feature[keep].astype(np.int64),
        units.ids,
        np.arange(len(units)),
        group=units.group,
    )


def _standing(mesh: Mesh, units: Columns) -> npt.NDArray[np.bool_]:
    known: npt.NDArray[np.bool_] = mesh.feature < len(units)
    known[known] = ~units.removed[mesh.feature[known]]
    return known


def _finest(mesh: Mesh, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    if not keep.any():
        return keep
    count = int(mesh.feature[keep].max()) + 1
    best = np.zeros(count, np.uint8)
    for lod in np.unique(mesh.lod[keep]):
        best[mesh.feature[keep & (mesh.lod == lod)]] = lod
    finest = keep.copy()
    finest[keep] = mesh.lod[keep] == best[mesh.feature[keep]]
    return finest


def _floors(mesh: Mesh, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Downward faces at the base, unless they are all a building has."""
    floors = np.zeros(len(mesh), bool)
    chosen = np.flatnonzero(keep)
    if not len(chosen):
        return floors
    triangles, feature = mesh.triangles[chosen], mesh.feature[chosen].astype(np.int64)
    vertices = np.asarray(mesh.vertices)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    normal, length = face_normals(a, b, c)
    down = normal[:, 2] < -0.9 * length
    top = np.maximum(np.maximum(a[:, 2], b[:, 2]), c[:, 2])
    bottom = np.minimum(np.minimum(a[:, 2], b[:, 2]), c[:, 2])
    base = np.full(int(feature.max()) + 1, np.inf)
    np.minimum.at(base, feature, bottom)
    floor = down & ((top <= base[feature] + _AT_BASE) | (mesh.surface[chosen] == GROUND))
    others = np.bincount(feature[~floor], minlength=len(base))
    floors[chosen] = floor & (others[feature] > 0)
    return floors
