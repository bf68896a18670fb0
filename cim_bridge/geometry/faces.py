"""Polygon faces of many geometries as flat arrays, and how to read them from JSON text.

The text of `boundaries` is never turned into Python lists: numbers are parsed in one call and the
nesting is read from the brackets between them. The innermost bracket is the ring and the next the
face, so one routine serves MultiSurface, CompositeSurface, Solid and MultiSolid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

CHUNK = 1 << 20
"""Bytes of text handled at once: one big piece costs page faults instead of cache hits."""

_HUGE = 1 << 40
"""Vertex numbers above this exist in no file; the limit keeps later sums from overflowing."""

_NUMBERS_ONLY = bytes(c if chr(c) in "0123456789" else 0x20 for c in range(256))
_OPEN, _CLOSE, _NUL, _ZERO, _NINE = 0x5B, 0x5D, 0x00, 0x30, 0x39
_ALLOWED = np.zeros(256, bool)
_ALLOWED[[*b"0123456789[], \t\r\n\0"]] = True


@dataclass(frozen=True)
class Faces:
    """Faces with holes of many geometries.

    corner (C,): vertex indices. ring (R+1,): ring r is corner[ring[r]:ring[r+1]].
    face (F+1,): face f has rings face[f] to face[f+1], the first is its outline.
    owner (F,): number of the geometry a face belongs to. depth (G,): nesting of each geometry's
    text, 0 when it is empty, -1 when it is not a regular nest of whole numbers.
    material (F,): row of a table of materials, -1 none; uv (C, 2) float32: place of each corner in
    its image. Both None where nothing has a look.
    """

    corner: I64
    ring: I64
    face: I64
    owner: I64
    depth: I64
    material: I64 | None = None
    uv: F32 | None = None

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def face_corner(self) -> I64:
        """(F+1,) first corner of each face."""
        return self.ring[self.face]

    def run(self, start: int, end: int) -> Faces:
        """Faces start to end (at most), which follow each other."""
        face = self.face[start : end + 1]
        ring = self.ring[face[0] : face[-1] + 1]
        return Faces(
            self.corner[ring[0] : ring[-1]], ring - ring[0], face - face[0],
            self.owner[start:end], self.depth,
            None if self.material is None else self.material[start:end],
            None if self.uv is None else self.uv[ring[0] : ring[-1]],
        )  # fmt: skip

    def select(self, keep: Bools) -> Faces:
        """Keep some faces."""
        if keep.all():
            return self
        ring_keep = np.repeat(keep, np.diff(self.face))
        corner_keep = np.repeat(ring_keep, np.diff(self.ring))
        return Faces(
            self.corner[corner_keep],
            _offsets(np.diff(self.ring)[ring_keep]),
            _offsets(np.diff(self.face)[keep]),
            self.owner[keep],
            self.depth,
            None if self.material is None else self.material[keep],
            None if self.uv is None else self.uv[corner_keep],
        )


def _offsets(counts: npt.NDArray[Any]) -> I64:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def join_faces(parts: Sequence[Faces]) -> Faces:
    """Put face sets one after the other; owners are shifted by the geometries before them."""
    if len(parts) == 1:
        return parts[0]
    shift = _offsets(np.array([len(part.depth) for part in parts], np.int64))[:-1]
    return Faces(
        np.concatenate([part.corner for part in parts]),
        _offsets(np.concatenate([np.diff(part.ring) for part in parts])),
        _offsets(np.concatenate([np.diff(part.face) for part in parts])),
        np.concatenate([part.owner + by for part, by in zip(parts, shift, strict=True)]),
        np.concatenate([part.depth for part in parts]),
        *_joined_looks(parts),
    )


def _joined_looks(parts: Sequence[Faces]) -> tuple[I64 | None, F32 | None]:
    """Looks of face sets that share one table of materials; None where none has any."""
    if all(part.material is None for part in parts):
        return None, None
    bare = [np.full(len(part), -1, np.int64) for part in parts]
    flat = [np.zeros((len(part.corner), 2), np.float32) for part in parts]
    return (
        np.concatenate([none if part.material is None else part.material
                        for part, none in zip(parts, bare, strict=True)]),
        np.concatenate([none if part.uv is None else part.uv
                        for part, none in zip(parts, flat, strict=True)]),
    )  # fmt: skip


def read_faces(texts: Sequence[bytes]) -> Faces:
    """Read the `boundaries` text of many geometries; owner i is texts[i]."""
    if not texts:
        none = np.zeros(0, np.int64)
        return Faces(none, np.zeros(1, np.int64), np.zeros(1, np.int64), none, none)
    ends = np.cumsum([len(text) for text in texts])
    cuts = np.unique(np.searchsorted(ends, np.arange(CHUNK, ends[-1], CHUNK)))
    bounds = np.unique([0, *cuts.tolist(), len(texts)])
    return join_faces([_read_chunk(texts[a:b]) for a, b in pairwise(bounds.tolist())])


def _read_chunk(texts: Sequence[bytes]) -> Faces:
    data = b"\0".join(texts)
    raw = np.frombuffer(data, np.uint8)
    digit = (raw >= _ZERO) & (raw <= _NINE)
    start = np.flatnonzero(digit[1:] & ~digit[:-1]) + 1
    if digit[:1].any():
        start = np.concatenate(([0], start))
    corner = np.fromstring(data.translate(_NUMBERS_ONLY), dtype=np.int64, sep=" ")
    corner = np.minimum(corner, _HUGE)
    text_of = np.cumsum(raw == _NUL, dtype=np.int32)
    closed = np.cumsum(raw == _CLOSE, dtype=np.int32)
    level = np.cumsum(raw == _OPEN, dtype=np.int32) - closed
    owner = text_of[start].astype(np.int64)
    depth = _depths(level[start], owner, len(texts))
    odd = ~_ALLOWED[raw]
    depth[text_of[np.flatnonzero(odd)]] = -1

    closings = np.diff(closed[start])
    new_text = owner[1:] != owner[:-1]
    ring_end = (closings >= 1) | new_text
    face_end = (closings >= 2) | new_text
    ring = _bounds(ring_end, len(start))
    first = np.flatnonzero(np.concatenate(([True], face_end))) if len(start) else start
    face = np.append(np.searchsorted(ring, first), len(ring) - 1)
    return Faces(corner, ring, face.astype(np.int64), owner[first], depth)


def _bounds(ends: Bools, count: int) -> I64:
    if count == 0:
        return np.zeros(1, np.int64)
    return np.concatenate(([0], np.flatnonzero(ends) + 1, [count])).astype(np.int64)


def _depths(level: npt.NDArray[np.int32], owner: I64, count: int) -> I64:
    depth = np.zeros(count, np.int64)
    depth[owner] = level
    uneven = level != depth[owner]
    depth[owner[uneven]] = -1
    return depth


def shifted(faces: Faces, by: I64) -> Faces:
    """Add by[owner] to every vertex index (features that number vertices from zero)."""
    per_corner = np.repeat(by[faces.owner], np.diff(faces.face_corner))
    return replace(faces, corner=faces.corner + per_corner)
