"""Block models (LoD1) of buildings that have more: given by the source, else made of the finest.

A made one is the footprint, extruded from the lowest point of the building to the height below
which 70 % of its roof lies (by area in plan): where the height of most LoD1 models is measured,
and nearer to the roof's volume than the ridge is. Corners of the footprint finer than 0.3 m
are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from cim_bridge.geometry.extrude import extrude
from cim_bridge.geometry.vectors import face_normals
from cim_bridge.mesh import GROUND, Mesh, join
from cim_bridge.tiles.buildings import drawn
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.massing import footprints_of
from cim_bridge.tiles.strings import I64, ragged

FINE = 20
"""Ten times the LoD from which on a building is more than a block."""
ROOF_SHARE = 0.7
"""Share of the roof that lies no higher than a made block."""

_SIMPLIFY = 0.3
_UPWARD = 0.2
"""A face whose normal rises more than this is part of the roof."""
_PAIRS = 1 << 21
"""Pairs of a corner and a roof triangle that are measured together."""


@dataclass(frozen=True)
class Blocks:
    """features: the same buildings in the same order as the finest set's, as blocks.

    error (n,): metres by which a building's roof lies off its block at most; 0 for those that are
    no more than blocks.
    """

    features: FeatureSet
    error: F64


def has_finer(mesh: Mesh) -> bool:
    """Whether any building is more than a block."""
    return bool(len(mesh)) and int(mesh.lod.max()) >= FINE


def block_features(mesh: Mesh, units: Columns, fine: FeatureSet) -> Blocks | None:
    """Blocks of all buildings of the finest set; None when none of them is more than a block."""
    if not has_finer(mesh):
        return None
    made, finer = blocks_of(mesh, units, fine)
    return made if finer else None


def blocks_of(mesh: Mesh, units: Columns, fine: FeatureSet) -> tuple[Blocks, bool]:
    """Blocks of all buildings of the finest set, and whether any of them is more than a block.

    What is made of a building depends on no other, so some may be made at a time.
    """
    keep = drawn(mesh, units)
    best = np.zeros(len(units), np.uint8)
    np.maximum.at(best, mesh.feature[keep], mesh.lod[keep])
    row = fine.row.astype(np.int64)
    given = (mesh.lod < FINE) & ~keep & (mesh.surface != GROUND)
    given[given] &= np.isin(mesh.feature[given], row)
    has = np.zeros(len(units), bool)
    has[mesh.feature[given]] = True
    plain = keep & (best[np.minimum(mesh.feature, len(best) - 1)] < FINE)
    made = _made(fine, np.flatnonzero((best[row] >= FINE) & ~has[row]), units)
    bare = replace(mesh, material=None, uv=None, materials=())
    whole = join([part for part in (bare.select(given | plain), made) if len(part)])
    lost = np.setdiff1d(row, whole.feature)
    if len(lost):  # a footprint of which nothing can be made: it stays as it is
        whole = join([whole, bare.select(keep & np.isin(mesh.feature, lost))])
    features = FeatureSet.of(
        np.asarray(whole.vertices), whole.triangles, whole.feature.astype(np.int64), units.ids,
        np.arange(len(units)), group=units.group,
    )  # fmt: skip
    error = np.zeros(len(fine))
    finer = np.flatnonzero(best[row] >= FINE)
    error[finer] = deviation(fine, features, finer)
    return Blocks(features, error), bool((best >= FINE).any())


def _made(fine: FeatureSet, chosen: I64, units: Columns) -> Mesh:
    """Blocks of the chosen features of a set, without floors."""
    if not len(chosen):
        return Mesh.none()
    low, high = (bound[chosen] for bound in fine.bounds)
    top = np.maximum(_roof_heights(fine, chosen, high[:, 2]), low[:, 2] + 0.1)
    row = fine.row[chosen].astype(np.int64)
    shapes = shapely.simplify(footprints_of(units.geometry[row], low, high), _SIMPLIFY)
    solid = extrude(shapes, low[:, 2], top, row)
    return solid.select(solid.surface != GROUND)


def _roof_heights(fine: FeatureSet, chosen: I64, highest: F64) -> F64:
    """Height below which ROOF_SHARE of each feature's roof lies, by area in plan."""
    corners, place, plan = _roofs(fine, chosen)
    height = corners[:, :, 2].mean(axis=1)
    order = np.lexsort((height, place))
    place, height, plan = place[order], height[order], plan[order]
    total = np.bincount(place, plan, len(chosen))
    upto = np.cumsum(plan)
    start = np.concatenate(([0.0], np.cumsum(total)))[:-1]
    at = np.searchsorted(upto, start + ROOF_SHARE * total - 1e-9)
    found = np.where(total > 0, height[np.minimum(at, max(len(height) - 1, 0))], highest) if len(
        height
    ) else highest  # fmt: skip
    return np.asarray(found, np.float64)


def _roofs(source: FeatureSet, chosen: I64) -> tuple[F64, I64, F64]:
    """Corners (t, 3, 3) of the upward triangles of the chosen, place among them, area in plan."""
    triangles, place = source.corners(chosen)
    a, b, c = (source.vertices[triangles[:, k]] for k in range(3))
    normal, length = face_normals(a, b, c)
    up = normal[:, 2] > _UPWARD * np.maximum(length, 1e-12)
    return np.stack([a[up], b[up], c[up]], axis=1), place[up], normal[up, 2] / 2.0


def deviation(fine: FeatureSet, blocks: FeatureSet, chosen: I64) -> F64:
    """Metres between the roof of each chosen feature and that of its block, at the worst corner.

    For every corner of the finer roof the nearest place on the block's roof is taken: straight
    above or below where there is one. Without any roof the feature's height counts.
    """
    found = (fine.bounds[1] - fine.bounds[0])[chosen, 2]
    pairs = fine.counts[chosen] * blocks.counts[chosen]
    run = (np.cumsum(pairs) - 1) // _PAIRS
    for number in np.unique(run).tolist():
        mine = np.flatnonzero(run == number)
        measured = _measured(fine, blocks, chosen[mine])
        found[mine] = np.where(np.isfinite(measured), measured, found[mine])
    return np.asarray(found, np.float64)


def _measured(fine: FeatureSet, blocks: FeatureSet, chosen: I64) -> F64:
    corners, place, _ = _roofs(fine, chosen)
    rows = np.column_stack([np.repeat(place, 3), corners.reshape(-1, 3)])
    rows = np.unique(rows, axis=0) if len(rows) else rows
    owner, points = rows[:, 0].astype(np.int64), rows[:, 1:]
    theirs, their_place, _ = _roofs(blocks, chosen)
    number = np.bincount(their_place, minlength=len(chosen))
    first = np.cumsum(number) - number
    order = np.argsort(their_place, kind="stable")
    count = number[owner]
    pair = theirs[order][ragged(first[owner], count)]
    gap = _gap(np.repeat(points, count, axis=0), pair)
    worst = np.full(len(chosen), -np.inf)
    known = count > 0
    if known.any():
        nearest = np.minimum.reduceat(gap, (np.cumsum(count) - count)[known])
        np.maximum.at(worst, owner[known], nearest)
    return worst


def _gap(point: F64, triangle: F64) -> F64:
    """Distance of points to the place on triangles below, above or beside them."""
    a, ab, ac = triangle[:, 0], triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0]
    ap = point - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    area = np.where(np.abs(area) > 1e-12, area, 1e-12)
    u = np.clip((ap[:, 0] * ac[:, 1] - ap[:, 1] * ac[:, 0]) / area, 0.0, 1.0)
    v = np.clip((ab[:, 0] * ap[:, 1] - ab[:, 1] * ap[:, 0]) / area, 0.0, 1.0)
    over = np.maximum(u + v, 1.0)
    away = ap - (u / over)[:, None] * ab - (v / over)[:, None] * ac
    found: F64 = np.sqrt(np.einsum("ij,ij->i", away, away))
    return found
