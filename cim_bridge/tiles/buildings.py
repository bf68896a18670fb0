"""Buildings as features: the finest level of detail of each, without the floor nobody sees."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.vectors import face_normals
from cim_bridge.mesh import GROUND, Mesh
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.look import Look
from cim_bridge.tiles.strings import I64

_AT_BASE = 0.3
"""Metres above a building's lowest point within which a downward face is its floor."""
_AT_ONCE = 1 << 17
"""Triangles that are looked at together."""


def building_features(mesh: Mesh, units: Columns) -> FeatureSet:
    """Features of all buildings that stand; the tiles' leaves.

    Left out: coarser copies of a building that has a finer one, and the faces that lie on the
    ground and look down (no camera gets below them).
    """
    keep = drawn(mesh, units)
    look = Look.of(mesh)
    return FeatureSet.of(
        np.asarray(mesh.vertices),
        mesh.triangles[keep],
        mesh.feature[keep].astype(np.int64),
        units.ids,
        np.arange(len(units)),
        group=units.group,
        look=None if look is None else look.take(keep),
    )


def drawn(mesh: Mesh, units: Columns) -> npt.NDArray[np.bool_]:
    """Which triangles the finest tiles show."""
    keep = _standing(mesh, units)
    keep &= _finest(mesh, keep)
    keep &= ~_floors(mesh, keep)
    return keep


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
    count = int(mesh.feature[chosen].max()) + 1
    base, others = np.full(count, np.inf), np.zeros(count, np.int64)
    z = np.ascontiguousarray(mesh.vertices[:, 2])
    for part in _runs(chosen):
        bottom = np.minimum.reduce([z[mesh.triangles[part, k]] for k in range(3)])
        feature = mesh.feature[part]
        start = np.flatnonzero(np.diff(feature.astype(np.int64), prepend=-1))
        np.minimum.at(base, feature[start], np.minimum.reduceat(bottom, start))
    for part in _runs(chosen):
        feature = mesh.feature[part]
        top = np.maximum.reduce([z[mesh.triangles[part, k]] for k in range(3)])
        floor = (top <= base[feature] + _AT_BASE) | (mesh.surface[part] == GROUND)
        floor[floor] = _down(mesh, part[floor])
        others += np.bincount(feature[~floor], minlength=count)
        floors[part] = floor
    floors[chosen] &= others[mesh.feature[chosen]] > 0
    return floors


def _runs(chosen: I64) -> list[I64]:
    """Pieces of a list of triangles that are looked at together."""
    return [chosen[start : start + _AT_ONCE] for start in range(0, len(chosen), _AT_ONCE)]


def _down(mesh: Mesh, part: I64) -> npt.NDArray[np.bool_]:
    """Which of these triangles look down."""
    corners = mesh.triangles[part]
    a, b, c = (mesh.vertices[corners[:, k]] for k in range(3))
    normal, length = face_normals(a, b, c)
    found: npt.NDArray[np.bool_] = normal[:, 2] < -0.9 * length
    return found
