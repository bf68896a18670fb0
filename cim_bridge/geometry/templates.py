"""Geometry templates: one shape placed many times by 4×4 matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64, Faces
from cim_bridge.geometry.triangulate import F64


def instances(
    shape: Faces, corners: F64, matrices: F64, at: F64, owner: I64, first: int
) -> tuple[Faces, F64]:
    """Repeat a template: faces (owner given) and the new vertices, numbered from `first`.

    matrices (N, 4, 4) row-major; at (N, 3) the reference points; owner (N,) city objects.
    """
    count = len(at)
    local = np.einsum("nij,vj->nvi", matrices[:, :3, :3], corners) + matrices[:, None, :3, 3]
    vertices = (local + at[:, None, :]).reshape(-1, 3)
    shift = first + np.arange(count) * len(corners)
    corner = (shape.corner[None, :] + shift[:, None]).ravel()
    faces = Faces(
        corner,
        repeat_offsets(shape.ring, count),
        repeat_offsets(shape.face, count),
        np.repeat(owner, len(shape)),
        np.zeros(0, np.int64),
    )
    return faces, vertices


def repeat_offsets(offsets: I64, count: int) -> I64:
    """Offsets of an array of lists repeated `count` times."""
    lengths = np.tile(np.diff(offsets), count)
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def matrices_of(rows: Sequence[Sequence[float] | None]) -> npt.NDArray[Any]:
    """(N, 4, 4) matrices; the identity where none, or not sixteen numbers, is given."""
    identity = np.eye(4).ravel().tolist()
    filled = [row if row is not None and len(row) == 16 else identity for row in rows]
    return np.array(filled, np.float64).reshape(-1, 4, 4)
