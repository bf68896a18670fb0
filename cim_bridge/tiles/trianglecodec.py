"""EXT_meshopt_compression, mode TRIANGLES, version 1: written by whole arrays, no compiler.

After the extension's own specification. The codec looks back at the last sixteen edges and
vertices, so it goes triangle by triangle; here it goes through runs side by side (trianglerun). A
run (the triangles of one feature, or a piece of many) never looks back beyond its own start, which
costs nothing: other features' vertices are not its own. Features of the same make, such as all
boxes, are coded once. The decoder of `tilesin.meshopt` reads it back. Pure: bytes depend on the
triangles alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.tiles.equal import first_equal, numbered
from cim_bridge.tiles.strings import ragged
from cim_bridge.tiles.trianglerun import ALONE, EXPLICIT, Coded

U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LONGEST = 64
"""Triangles in a run; longer features are cut, so that one large feature does not go alone."""
_HEAD = 0xE1


@dataclass(frozen=True)
class Packed:
    """Encoded triangles. order: for every new vertex number the old one it was (vertices that no
    triangle uses are left out)."""

    data: bytes
    order: I64


def encode_triangles(triangles: I64, owner: I64, vertices: int) -> Packed:
    """Encode (t, 3) triangles, t > 0, and number their vertices by first use.

    owner (t,): feature of each triangle, equal ones together. vertices: how many there are.
    """
    first, length = _cut(owner)
    labels = _Labels.of(triangles, length, vertices)
    words = labels.patterns(length)
    alike, which = numbered(first_equal(*words))
    coded = _coded(labels, np.column_stack(words)[alike], first[alike], length[alike], alike)
    at = ragged(coded.first[which], length)
    asked = coded.asked[at]
    asked = np.where(asked >= 0, asked + np.repeat(labels.first, length)[:, None], -1)
    number = coded.number[ragged(coded.own[which], labels.size)]
    fresh = number >= 0
    count = coded.count[which]
    number = number + np.repeat(np.cumsum(count) - count, labels.size)
    order = np.zeros(int(count.sum()), np.int64)
    order[number[fresh]] = labels.vertex[fresh]
    whole = np.zeros(vertices, np.int64)
    whole[order] = np.arange(len(order))
    named = np.where(asked >= 0, whole[labels.vertex[asked]], -1)
    return Packed(_written(coded.code[at], coded.told[at], named), order)


_KNOWN: dict[bytes, Coded] = {}
"""Makes of runs that were coded before: what is remembered changes the time, never the bytes."""
_MOST_KNOWN = 4096


def _coded(labels: _Labels, table: U64, first: I64, length: I64, alike: I64) -> Coded:
    """Code one run of every make; table (r, n): its pattern, alike (r,): its place among all."""
    used = (-(-length * 3 // 4)).tolist()
    keys = [
        row[:words].tobytes() + bytes([size])
        for row, words, size in zip(table, used, length.tolist(), strict=True)
    ]
    known = {key: made for key in keys if (made := _KNOWN.get(key)) is not None}
    new = np.array([k for k, key in enumerate(keys) if key not in known], np.int64)
    if len(new):
        runs = alike[new]
        corner = ragged(first[new] * 3, length[new] * 3)
        found = Coded.of(
            labels.label[corner].reshape(-1, 3), length[new],
            labels.foreign[ragged(labels.first[runs], labels.size[runs])], labels.size[runs],
        )  # fmt: skip
        fresh = dict(zip([keys[k] for k in new.tolist()], found.each(), strict=True))
        known |= fresh
        if len(_KNOWN) + len(fresh) > _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN.update(fresh)
    return Coded.joined([known[key] for key in keys])


def _cut(owner: I64) -> tuple[I64, I64]:
    """First triangle and length of every run, in order."""
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    count = np.diff(np.append(first, len(owner)))
    pieces = -(-count // LONGEST)
    within = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(first, pieces) + within * LONGEST
    return starts, np.diff(np.append(starts, len(owner)))


@dataclass(frozen=True)
class _Labels:
    """Vertices of every run by their first use in it.

    label (3 t,): of every corner. vertex (n,): what the labels of all runs, one after the other,
    stand for; foreign (n,): whether an earlier run uses it too. first, size (r,): of a run's.
    """

    label: I64
    vertex: I64
    foreign: Bools
    first: I64
    size: I64

    @classmethod
    def of(cls, triangles: I64, length: I64, vertices: int) -> _Labels:
        corner = triangles.ravel()
        run = np.repeat(np.arange(len(length)), length * 3)
        key = run.astype(np.uint64) << np.uint64(32) | corner.astype(np.uint64)
        distinct, entry = numbered(first_equal(key))
        vertex, home = corner[distinct], np.zeros(vertices, np.int64)
        home[vertex[::-1]] = run[distinct][::-1]
        size = np.bincount(run[distinct], minlength=len(length))
        first = np.cumsum(size) - size
        return cls(entry - first[run], vertex, home[vertex] != run[distinct], first, size)

    def patterns(self, length: I64) -> list[U64]:
        """Words that are the same for runs of the same make."""
        width = -(-int(length.max()) * 3 // 4) * 4
        table = np.full((len(length), width), 0xFFFF, np.uint16)
        place = ragged(np.arange(len(length)) * width, length * 3)
        corner_foreign = self.foreign[self._entry(length)]
        table.ravel()[place] = self.label | corner_foreign.astype(np.int64) << 8
        return list(table.view(np.uint64).T)

    def _entry(self, length: I64) -> I64:
        found: I64 = self.label + np.repeat(self.first, length * 3)
        return found


def _written(code: I64, told: I64, named: I64) -> bytes:
    """The whole stream: head, codes, data, table."""
    table, code, told = _table(code, told)
    body: bytes = code.astype(np.uint8).tobytes() + _stream(told, named)
    return bytes([_HEAD]) + body + table.tobytes()


def _table(code: I64, told: I64) -> tuple[U8, I64, I64]:
    """The fourteen most frequent explanations get codes of their own; 0 is always one."""
    plain = (told >= 0) & (code == ALONE | 14)
    plain &= (told >> 4 != EXPLICIT) & (told & 15 != EXPLICIT)
    often = np.bincount(told[plain], minlength=256)
    often[0] = len(told) + 1
    best = np.argsort(-often, kind="stable")[:14]
    short = np.full(256, -1, np.int64)
    short[best] = np.arange(14)
    index = short[told]
    brief = plain & (index >= 0)
    table = np.append(best, [0, 0]).astype(np.uint8)
    return table, np.where(brief, ALONE | index, code), np.where(brief, -1, told)


def _stream(told: I64, asked: I64) -> bytes:
    """Explaining bytes and vertex numbers, each as its difference to the one named before."""
    flat = asked.ravel()
    named = np.flatnonzero(flat >= 0)
    step = np.diff(flat[named], prepend=0)
    value = (step << 1) ^ (step >> 63)
    shifts = np.arange(5) * 7
    more = (value[:, None] >> shifts[1:]) > 0
    size = 1 + more.sum(axis=1)
    septets = (value[:, None] >> shifts & 127) | (np.arange(5) < size[:, None] - 1) << 7
    slots = np.zeros((len(told), 16), np.uint8)
    used = np.zeros((len(told), 16), bool)
    slots[:, 0] = told & 255
    used[:, 0] = told >= 0
    row, corner = np.divmod(named, 3)
    place = 1 + corner[:, None] * 5 + np.arange(5)
    slots[row[:, None], place] = septets
    used[row[:, None], place] = np.arange(5) < size[:, None]
    found: bytes = slots[used].tobytes()
    return found
