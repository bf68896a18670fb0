"""A batch's faces in what they wear: materials by face, texture coordinates by point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.citygml.appearance import Appearance
from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.rings import Rings
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64, Bools

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Worn:
    """material (F,): row of the materials, -1 none. uv (P, 2): of every point of the rings, v up.

    bad (F,): faces whose texture coordinates do not fit their corners; they keep their colour.
    """

    material: I64
    uv: F32
    bad: Bools


def worn(appearance: Appearance, batch: Batch, rings: Rings) -> Worn | None:
    """What the faces of a batch wear; None when they wear nothing."""
    if not batch.worn:
        return None
    wear = np.full((len(batch.face), 3), -1, np.int64)
    wear[list(batch.worn)] = np.array(list(batch.worn.values()), np.int64)
    material, image, generator = wear.T
    uv = np.zeros((len(rings.points), 2))
    fits = _listed(appearance, batch, rings, uv)
    number = np.diff(np.append(np.array(batch.face, np.int64), len(rings.ring) - 1))
    face_of = np.repeat(np.arange(len(number)), number)
    whole = np.bincount(face_of[fits], minlength=len(number)) == number
    made = (image >= 0) & (generator >= 0)
    _generated(appearance, np.where(made, generator, -1), face_of, rings, uv)
    sound = (image >= 0) & ((whole & (number > 0)) | made)
    return Worn(
        np.where(sound, image, material), uv.astype(np.float32), (image >= 0) & ~sound
    )  # fmt: skip


def _listed(appearance: Appearance, batch: Batch, rings: Rings, uv: F64) -> Bools:
    """Fill in the coordinates that rings were given; returns which rings have them."""
    fits = np.zeros(len(rings.ring) - 1, bool)
    if not batch.ring_of:
        return fits
    text = np.array(list(batch.ring_of), np.int64)
    ring = np.array(list(batch.ring_of.values()), np.int64)
    points = np.diff(rings.ring)[text]
    told = np.diff(appearance.offset)[ring]
    good = (points > 0) & ((told == points) | (told == points - 1))
    text, ring, points, told = text[good], ring[good], points[good], told[good]
    fits[text] = True
    of = np.repeat(np.arange(len(text)), points)
    step = np.arange(len(of)) - np.repeat(np.cumsum(points) - points, points)
    last = np.minimum(step, told[of] - 1)
    uv[rings.ring[text][of] + step] = appearance.uv[appearance.offset[ring][of] + last]
    return fits


def _generated(appearance: Appearance, generator: I64, face_of: I64, rings: Rings, uv: F64) -> None:
    """Fill in the coordinates of faces whose texture is laid on by a matrix.

    A face's own are moved by whole repetitions to near zero, so that they stay exact.
    """
    if not (generator >= 0).any():
        return
    point_face = np.repeat(face_of, np.diff(rings.ring))
    chosen = np.flatnonzero(generator[point_face] >= 0)
    face = point_face[chosen]
    matrix = appearance.generators[generator[face]]
    local = np.column_stack([rings.points[chosen], np.ones(len(chosen))])
    u, v, w = np.einsum("nij,nj->ni", matrix, local).T
    w = np.where(np.abs(w) > 1e-12, w, 1.0)
    found = np.column_stack([u / w, v / w])
    low = np.full((len(generator), 2), np.inf)
    np.minimum.at(low, face, found)
    uv[chosen] = found - np.floor(low[face])
