"""EXT_meshopt_compression, mode TRIANGLES, version 1: written by whole arrays, no compiler.

After the extension's own specification. The codec looks back at the last sixteen edges and
vertices, so it goes triangle by triangle; here it goes through the first triangles of all runs at
once, then through the second ones, and so on. A run (the triangles of one feature, or a piece of
many) never looks back beyond its own start, which costs nothing: other features' vertices are not
its own. The decoder of `tilesin.meshopt` reads it back. Pure: bytes depend on the triangles alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LONGEST = 64
"""Triangles in a run; longer features are cut, so that one large feature does not go alone."""
_HEAD = 0xE1
_FIFO = 16
_EXPLICIT = 15
_LAST_SHORT = 12
"""The largest place in the vertex memory that a triangle on a known edge can name."""
_PLACES = np.arange(1, _FIFO + 1)
_TURNS = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])


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
    starts, length = _cut(owner)
    state = _State.of(triangles, starts, length, vertices)
    for step in range(int(length.max())):
        state.step(step, int((length > step).sum()))
    return state.finish()


def _cut(owner: I64) -> tuple[I64, I64]:
    """First triangle and length of every run, in order."""
    first = np.flatnonzero(np.diff(owner.astype(np.int64), prepend=-1))
    count = np.diff(np.append(first, len(owner)))
    pieces = -(-count // LONGEST)
    within = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(first, pieces) + within * LONGEST
    return starts, np.diff(np.append(starts, len(owner)))


@dataclass
class _State:
    """All runs side by side, the longest first.

    number: place of a vertex among those its run uses first, -1 before. edges, seen: everything
    pushed so far, sixteen blanks ahead; edge_at, seen_at: where the next one goes. code, told,
    asked: for every triangle its code, the byte that explains it (-1 none), and the vertices that
    are named by number (-1 none).
    """

    triangles: I64
    starts: I64
    run_of_start: I64
    home: I64
    number: I64
    count: I64
    edges: I64
    edge_at: I64
    seen: I64
    seen_at: I64
    code: I64
    told: I64
    asked: I64

    @classmethod
    def of(cls, triangles: I64, starts: I64, length: I64, vertices: int) -> _State:
        order = np.argsort(-length, kind="stable")
        runs, most = len(starts), int(length.max())
        run = np.repeat(np.arange(runs), length * 3)
        home = np.full(vertices, -1, np.int64)
        home[triangles.ravel()[::-1]] = run[::-1]
        place = np.zeros(runs, np.int64)
        place[order] = np.arange(runs)
        home[home >= 0] = place[home[home >= 0]]
        return cls(
            triangles, starts[order], order, home,
            np.full(vertices, -1, np.int64), np.zeros(runs, np.int64),
            np.full((runs, _FIFO + 3 * most), -1, np.int64), np.full(runs, _FIFO),
            np.full((runs, _FIFO + 3 * most), -1, np.int64), np.full(runs, _FIFO),
            np.zeros(len(triangles), np.int64), np.full(len(triangles), -1, np.int64),
            np.full((len(triangles), 3), -1, np.int64),
        )  # fmt: skip

    def step(self, step: int, active: int) -> None:
        """Encode triangle `step` of the first `active` runs."""
        at = self.starts[:active] + step
        corner = self.triangles[at]
        recent = self.edges[np.arange(active)[:, None], self.edge_at[:active, None] - _PLACES]
        after = corner[:, [1, 2, 0]]
        key = corner << 32 | after
        met = (recent[:, :15, None] == key[:, None, :]).reshape(active, -1)
        first = met.argmax(axis=1)
        known = met[np.arange(active), first]
        runs = np.flatnonzero(known)
        self._on_edge(runs, at[runs], corner[runs], *np.divmod(first[runs], 3))
        runs = np.flatnonzero(~known)
        self._alone(runs, at[runs], corner[runs])

    def _on_edge(self, runs: I64, at: I64, corner: I64, edge: I64, turn: I64) -> None:
        a, b, c = np.take_along_axis(corner, _TURNS[turn], axis=1).T
        place = self._place(runs, c)
        fresh = self._fresh(runs, c)
        near = (place >= 1) & (place <= _LAST_SHORT)
        code = np.where(near, place, np.where(fresh, 0, _EXPLICIT))
        self.code[at] = edge << 4 | code
        self.asked[at, 2] = np.where(code == _EXPLICIT, c, -1)
        self._number(runs[fresh], c[fresh])
        self._push(runs[~near], c[~near])
        self._edges(runs, (c, b), (a, c))

    def _alone(self, runs: I64, at: I64, corner: I64) -> None:
        fresh = np.stack([self._fresh(runs, corner[:, k]) for k in range(3)], axis=1)
        turn = fresh.argmax(axis=1)
        turned = np.take_along_axis(corner, _TURNS[turn], axis=1)
        codes = []
        pushed = []
        for k in range(3):
            vertex = turned[:, k]
            new = self._fresh(runs, vertex)
            code = np.where(new, 0, _EXPLICIT)
            if k:
                place = self._place(runs, vertex)
                code = np.where((place >= 0) & (place < 14), place + 1, code)
            self._number(runs[new], vertex[new])
            self.asked[at, k] = np.where(code == _EXPLICIT, vertex, -1)
            codes.append(code)
            pushed.append((code == 0) | (code == _EXPLICIT))
        self.code[at] = 0xF0 | np.where(codes[0] == 0, 14, 15)
        self.told[at] = codes[1] << 4 | codes[2]
        for k in range(3):
            self._push(runs[pushed[k]], turned[pushed[k], k])
        a, b, c = turned.T
        self._edges(runs, (b, a), (c, b), (a, c))

    def _place(self, runs: I64, vertex: I64) -> I64:
        """How long ago a vertex was pushed (0 the last), -1 when too long."""
        recent = self.seen[runs[:, None], self.seen_at[runs, None] - _PLACES]
        met = recent == vertex[:, None]
        first = met.argmax(axis=1)
        return np.where(met[np.arange(len(runs)), first], first, -1)

    def _fresh(self, runs: I64, vertex: I64) -> Bools:
        found: Bools = (self.number[vertex] < 0) & (self.home[vertex] == runs)
        return found

    def _number(self, runs: I64, vertex: I64) -> None:
        self.number[vertex] = self.count[runs]
        self.count[runs] += 1

    def _push(self, runs: I64, vertex: I64) -> None:
        self.seen[runs, self.seen_at[runs]] = vertex
        self.seen_at[runs] += 1

    def _edges(self, runs: I64, *pairs: tuple[I64, I64]) -> None:
        for a, b in pairs:
            self.edges[runs, self.edge_at[runs]] = a << 32 | b
            self.edge_at[runs] += 1

    def finish(self) -> Packed:
        """Number vertices over all runs and write the stream."""
        total = np.zeros(len(self.count), np.int64)
        total[self.run_of_start] = self.count
        base = (np.cumsum(total) - total)[self.run_of_start]
        used = np.flatnonzero(self.number >= 0)
        whole = np.full(len(self.number), -1, np.int64)
        whole[used] = self.number[used] + base[self.home[used]]
        order = np.zeros(len(used), np.int64)
        order[whole[used]] = used
        table = self._table()
        asked = np.where(self.asked >= 0, whole[self.asked], -1)
        data = self.code.astype(np.uint8).tobytes() + _stream(self.told, asked)
        return Packed(bytes([_HEAD]) + data + table.tobytes(), order)

    def _table(self) -> U8:
        """The fourteen most frequent explanations get codes of their own; 0 is always one."""
        lone = self.told >= 0
        plain = lone & (self.code == 0xFE)
        plain &= (self.told >> 4 != _EXPLICIT) & (self.told & 15 != _EXPLICIT)
        often = np.bincount(self.told[plain], minlength=256)
        often[0] = len(self.told) + 1
        best = np.argsort(-often, kind="stable")[:14]
        short = np.full(256, -1, np.int64)
        short[best] = np.arange(14)
        index = short[self.told]
        brief = plain & (index >= 0)
        self.code[brief] = 0xF0 | index[brief]
        self.told[brief] = -1
        return np.append(best, [0, 0]).astype(np.uint8)


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
