"""Rings as texts to faces over shared vertices, a whole chunk at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.numbers import read_numbers
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64, Bools, Faces

U64 = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Rings:
    """Points of rings before they are put in place.

    points (C, 3) as read; ring (R+1,) offsets of rings; wrong (R,) rings whose text is no whole
    number of points; odd (R,) rings whose text holds something that is no finite number.
    """

    points: F64
    ring: I64
    wrong: Bools
    odd: Bools


def read_rings(texts: list[str], dims: dict[int, int]) -> Rings:
    """Points of texts: three numbers each unless `dims` says two, or only two fit all of them."""
    values, counts, odd = read_numbers(texts)
    flat = bool((counts % 2 == 0).all() and (counts % 3 != 0).any())
    dim = np.full(len(texts), 2 if flat else 3, np.int64)
    if dims:
        dim[list(dims)] = list(dims.values())
    wrong = (counts % dim != 0) & ~odd
    number = np.where(wrong, 0, counts // dim)
    ring = np.concatenate(([0], np.cumsum(number))).astype(np.int64)
    if not wrong.any() and (dim == 3).all():
        return Rings(values.reshape(-1, 3), ring, wrong, odd)
    start = np.cumsum(counts) - counts
    of = np.repeat(np.arange(len(texts)), number)
    at = start[of] + (np.arange(len(of)) - ring[of]) * dim[of]
    points = np.zeros((len(of), 3))
    points[:, 0], points[:, 1] = values[at], values[at + 1]
    solid = dim[of] == 3
    points[solid, 2] = values[at[solid] + 2]
    return Rings(points, ring, wrong, odd)


def faces_of(
    batch: Batch, rings: Rings, points: F64, root: I64,
    look: tuple[I64, npt.NDArray[np.float32]] | None = None,
) -> tuple[Faces, F64, I64]:  # fmt: skip
    """Faces over welded vertices, and the number (in the batch) of each face kept.

    points: the rings' points in place. root (F,): which body of which unit a face belongs to.
    look: material (F,) of every face and texture coordinates (P, 2) of every point.
    Repeated points go, then rings with less than three; of equal faces of a body the first stays.
    """
    keep = _distinct(points, rings.ring)
    ring = np.concatenate(([0], np.cumsum(keep)))[rings.ring]
    number = np.diff(ring)
    first = np.array(batch.face, np.int64)
    last = np.append(first[1:], len(number)) if len(first) else first
    whole = number >= 3
    alive = last > first
    alive[alive] &= whole[first[alive]]
    of = np.repeat(np.arange(len(first)), last - first)
    use = whole & alive[of]
    corner_use = np.repeat(use, number)
    vertices, corner = weld(points[keep][corner_use])
    place = np.flatnonzero(keep)[corner_use]
    counts = number[use]
    turned = np.zeros(len(first), bool)
    if batch.flips:
        turned[np.flatnonzero(np.bincount(batch.flips, minlength=len(first)) % 2)] = True
        corner, place = (_turn(one, counts, turned[of[use]]) for one in (corner, place))
    number_of = np.flatnonzero(alive)
    rings_per = np.bincount(of[use], minlength=len(first))[number_of]
    faces = Faces(corner, _offsets(counts), _offsets(rings_per), number_of, np.zeros(0, np.int64))
    if look is not None:
        faces = replace(faces, material=look[0][number_of], uv=look[1][place])
    single = _first_of_equals(faces, root[number_of])
    return faces.select(single), vertices, number_of[single]


def _offsets(counts: I64) -> I64:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _distinct(points: F64, ring: I64) -> Bools:
    """Points that differ from the one after them in their ring, the last from the first."""
    after = np.roll(points, -1, axis=0)
    filled = np.diff(ring) > 0
    after[ring[1:][filled] - 1] = points[ring[:-1][filled]]
    found: Bools = (points != after).any(axis=1)
    return found


def _turn(corner: I64, counts: I64, turned: Bools) -> I64:
    """Reverse the corners of some rings."""
    start = _offsets(counts)[:-1]
    of = np.repeat(np.arange(len(counts)), counts)
    here = np.arange(len(corner))
    back = 2 * start[of] + counts[of] - 1 - here
    found: I64 = corner[np.where(turned[of], back, here)]
    return found


def weld(points: F64) -> tuple[F64, I64]:
    """Equal points become one vertex; returns vertices and the vertex of each point."""
    points = np.ascontiguousarray(points) + 0.0
    bits = points.view(np.uint64)
    key = _mix(bits[:, 0]) ^ _mix(bits[:, 1] + np.uint64(1)) ^ _mix(bits[:, 2] + np.uint64(2))
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    vertices = points[first]
    if not (vertices[index] == points).all():
        return points, np.arange(len(points))
    return vertices, index.astype(np.int64)


def _mix(values: U64) -> U64:
    """Spread bits (the finaliser of splitmix64)."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: U64 = mixed ^ (mixed >> np.uint64(31))
    return found


def _first_of_equals(faces: Faces, root: I64) -> Bools:
    """Of faces of one body with the same vertices in the same sense, only the first."""
    if not len(faces):
        return np.zeros(0, bool)
    after = np.roll(faces.corner, -1)
    after[faces.ring[1:] - 1] = faces.corner[faces.ring[:-1]]
    edge = _mix(faces.corner.astype(np.uint64) << np.uint64(32) | after.astype(np.uint64))
    total = np.add.reduceat(edge, faces.face_corner[:-1])
    key = total ^ _mix(root.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(7))
    _, first = np.unique(key, return_index=True)
    found = np.zeros(len(faces), bool)
    found[first] = True
    return found
