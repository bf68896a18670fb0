"""Triangles that lie in one plane put together again: the faces of a body as rings with holes.

A face is only made where it is certain: the same building, surface and level of detail, all corners
within `FLAT` of one plane, one outer ring, and no corner lost. Everything else stays triangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64, Bools

F64 = npt.NDArray[np.float64]

FLAT = 0.003
"""Metres that a corner may stand out of the plane of its face."""


@dataclass(frozen=True)
class Polygons:
    """Faces in the order of their first triangle.

    triangle (P,): one triangle of each, which tells building, surface and level of detail.
    rings: of each face its vertex numbers ring by ring, the outer one first, none closed.
    """

    triangle: I64
    rings: list[list[list[int]]]

    def __len__(self) -> int:
        return len(self.rings)


@dataclass(frozen=True)
class _Edges:
    """Half-edges of all triangles; twin: the one that runs back beside it, -1 for none."""

    start: I64
    end: I64
    twin: I64

    @property
    def triangle(self) -> I64:
        """The triangle of each: the edges of one stand a third of the array apart."""
        return np.arange(len(self.start)) % (len(self.start) // 3)


def polygons_of(points: F64, triangles: I64, kind: I64) -> Polygons:
    """Faces of (T, 3) triangles over (V, 3) points in metres.

    kind (T,): what may be joined; triangles of two kinds never share a face.
    """
    if not len(triangles):
        return Polygons(np.zeros(0, np.int64), [])
    edges = _edges(triangles, kind)
    normal = _normals(points, triangles)
    face = _faces(points, triangles, edges, normal)
    face = _split(face, _bent(points, triangles, normal, face))
    rings, sound = _rings(points, triangles, edges, normal, face)
    alone = _split(face, ~sound)
    _, first = np.unique(alone, return_index=True)
    first = np.sort(first)
    of = face[first]
    made = [
        rings[f] if sound[f] else [corners]
        for f, corners in zip(of.tolist(), triangles[first].tolist(), strict=True)
    ]
    return Polygons(first, made)


def _edges(triangles: I64, kind: I64) -> _Edges:
    start = triangles.T.reshape(-1)
    end = np.roll(triangles, -1, axis=1).T.reshape(-1)
    owner = np.tile(kind, 3)
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((high, low, owner))
    same = (np.diff(low[order]) == 0) & (np.diff(high[order]) == 0) & (np.diff(owner[order]) == 0)
    before, after = np.r_[False, same], np.r_[same, False]
    lone_pair = same & ~before[:-1] & ~after[1:]  # exactly two, not the first two of many
    a, b = order[:-1][lone_pair], order[1:][lone_pair]
    opposite = start[a] == end[b]
    twin = np.full(len(start), -1, np.int64)
    twin[a[opposite]], twin[b[opposite]] = b[opposite], a[opposite]
    return _Edges(start, end, twin)


def _normals(points: F64, triangles: I64) -> F64:
    """(T, 3) normals whose length is twice the area."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    found: F64 = np.asarray(np.cross(b - a, c - a), np.float64)
    return found


def _unit(vectors: F64) -> F64:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    found: F64 = vectors / np.where(length > 0, length, 1.0)
    return found


def _faces(points: F64, triangles: I64, edges: _Edges, normal: F64) -> I64:
    """Face of each triangle: neighbours across an edge that lie in each other's plane."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one = np.flatnonzero(edges.twin >= 0)
    other = edges.twin[one]
    of = edges.triangle
    a, b = of[one], of[other]
    count = len(triangles)
    apex = triangles[b, (other // count + 2) % 3]  # the corner that is not on the shared edge
    unit = _unit(normal)
    off = np.abs(np.einsum("ij,ij->i", points[apex] - points[edges.start[one]], unit[a]))
    near = (off <= FLAT) & (np.einsum("ij,ij->i", unit[a], unit[b]) > 0.5)
    both = near & near[np.searchsorted(one, other)]
    graph = coo_array((np.ones(int(both.sum())), (a[both], b[both])), shape=(count, count))
    found: I64 = connected_components(graph, directed=False)[1].astype(np.int64)
    return found


def _bent(points: F64, triangles: I64, normal: F64, face: I64) -> Bools:
    """Faces of which a corner stands out of the plane: a curved wall of many narrow strips."""
    count = int(face.max()) + 1
    total = np.zeros((count, 3))
    np.add.at(total, face, normal)
    middle = np.zeros((count, 3))
    np.add.at(middle, face, points[triangles].mean(axis=1))
    middle /= np.bincount(face, minlength=count)[:, None]
    off = np.einsum("tkj,tj->tk", points[triangles] - middle[face][:, None], _unit(total)[face])
    worst = np.zeros((count, 2))
    np.maximum.at(worst[:, 0], face, off.max(axis=1))
    np.maximum.at(worst[:, 1], face, -off.min(axis=1))
    bent: Bools = worst.sum(axis=1) > FLAT
    return bent


def _split(face: I64, wrong: Bools) -> I64:
    """Number the triangles of some faces one by one; the other faces keep their number."""
    alone = wrong[face]
    found = face.copy()
    found[alone] = len(wrong) + np.flatnonzero(alone)
    return found


def _rings(
    points: F64, triangles: I64, edges: _Edges, normal: F64, face: I64
) -> tuple[dict[int, list[list[int]]], Bools]:
    """Rings of the faces, and which of them (by number) are beyond doubt."""
    sound = np.zeros(int(face.max()) + 1, bool)
    sound[np.unique(face)] = True
    of = face[edges.triangle]
    rim = np.flatnonzero((edges.twin < 0) | (face[edges.triangle[edges.twin]] != of))
    key = _pairs(of[rim], edges.start[rim], len(points))
    order = np.argsort(key, kind="stable")
    rim, key = rim[order], key[order]
    pinched = np.flatnonzero(key[1:] == key[:-1])
    sound[of[rim[pinched]]] = False
    inner = np.setdiff1d(_pairs(np.repeat(face, 3), triangles.reshape(-1), len(points)), key)
    sound[inner // len(points)] = False
    after = np.searchsorted(key, _pairs(of[rim], edges.end[rim], len(points)))
    chain, first = _chained(after.tolist(), sound[of[rim]].tolist())
    if not len(chain):
        return {}, sound & False
    corners, owner = edges.start[rim][chain], of[rim][chain[first]]
    total = np.zeros((len(sound), 3))
    np.add.at(total, face, normal)
    area = _areas(points[corners], first, _unit(total)[owner])
    outer = np.bincount(owner, area > 0, minlength=len(sound))
    whole = np.bincount(owner, area, minlength=len(sound))
    sound &= (outer == 1) & (np.abs(2 * whole - np.linalg.norm(total, axis=1)) < 1e-3)
    sound[owner[~_simple(points[corners], first, total[owner])]] = False
    found: dict[int, list[list[int]]] = {}
    texts = corners.tolist()
    ends = [*first[1:].tolist(), len(chain)]
    for n in np.lexsort((area <= 0, owner)).tolist():  # the outer ring of a face comes first
        found.setdefault(int(owner[n]), []).append(texts[first[n] : ends[n]])
    return found, sound


def _pairs(face: I64, vertex: I64, count: int) -> I64:
    """One number for a face and a vertex."""
    return face * count + vertex


def _chained(after: Sequence[int], good: Sequence[bool]) -> tuple[I64, I64]:
    """Follow every rim from edge to edge until it closes: edges in that order, ring starts."""
    seen = [not one for one in good]
    chain: list[int] = []
    first: list[int] = []
    for start in range(len(after)):
        if seen[start]:
            continue
        first.append(len(chain))
        at = start
        while not seen[at]:
            seen[at] = True
            chain.append(at)
            at = after[at]
    return np.array(chain, np.int64), np.array(first, np.int64)


def _areas(corners: F64, first: I64, normal: F64) -> F64:
    """Area of each ring seen against the (R, 3) normals: below zero for a hole."""
    count = np.diff(np.append(first, len(corners)))
    from_first = corners - np.repeat(corners[first], count, axis=0)
    following = np.roll(from_first, -1, axis=0)
    following[first + count - 1] = 0.0
    twice = np.add.reduceat(np.cross(from_first, following), first, axis=0)
    found: F64 = np.einsum("ij,ij->i", twice, normal) / 2
    return found


def _simple(corners: F64, first: I64, normal: F64) -> Bools:
    """Whether a ring neither crosses nor touches itself, seen along the axis nearest its normal."""
    import shapely

    count = np.diff(np.append(first, len(corners)))
    ring = np.repeat(np.arange(len(first)), count)
    kept = np.array([[1, 2], [2, 0], [0, 1]])[np.abs(normal).argmax(axis=1)]
    flat = np.take_along_axis(corners, kept[ring], axis=1)
    found: Bools = count > 2  # two triangles back to back have a rim of two corners
    number = np.cumsum(found) - 1
    mine = found[ring]
    shapes = shapely.linearrings(flat[mine], indices=number[ring[mine]])
    found[found] = shapely.is_simple(shapes)
    return found
