"""Runs of triangles coded side by side: the first triangles of all, then the second ones, ...

The state that the codec of meshopt keeps between triangles, for many runs at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ALONE = 0xF0
"""Code of a triangle on no known edge; its lower four bits are yet to be told."""
EXPLICIT = 15
_FIFO = 16
_LAST_SHORT = 12
"""The largest place in the vertex memory that a triangle on a known edge can name."""
_PLACES = np.arange(1, _FIFO + 1)
_TURNS = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])


@dataclass(frozen=True)
class Coded:
    """Runs as they were coded; vertices are labels, numbered by first use within their run.

    code, told (t,): of every triangle its code and the byte that explains it (-1 none); asked
    (t, 3): labels that are named by number (-1 none). number (v,): of every label the place among
    those that its run is the first to use, -1 for others. length, size, count (r,): triangles,
    labels and first used ones of every run.
    """

    code: I64
    told: I64
    asked: I64
    number: I64
    length: I64
    size: I64
    count: I64

    @classmethod
    def of(cls, labels: I64, length: I64, foreign: Bools, size: I64) -> Coded:
        """Code runs of triangles (t, 3); foreign (v,): labels that an earlier run has numbered."""
        own = np.cumsum(size) - size
        runs = Runs.coded(
            labels + np.repeat(own, length)[:, None], np.cumsum(length) - length, length, foreign
        )
        asked = np.where(runs.asked >= 0, runs.asked - np.repeat(own, length)[:, None], -1)
        return cls(runs.code, runs.told, asked, runs.number, length, size, runs.count)

    @classmethod
    def joined(cls, parts: list[Coded]) -> Coded:
        """Put runs one after the other."""
        if len(parts) == 1:
            return parts[0]
        names = [field.name for field in fields(cls)]
        return cls(*[np.concatenate([getattr(part, name) for part in parts]) for name in names])

    def each(self) -> list[Coded]:
        """Every run by itself."""
        cuts, places = np.cumsum(self.length)[:-1], np.cumsum(self.size)[:-1]
        by_triangle = [np.split(a, cuts) for a in (self.code, self.told, self.asked)]
        number = np.split(self.number, places)
        each = np.arange(len(self.length))
        by_run = [np.split(a, each[1:]) for a in (self.length, self.size, self.count)]
        return [Coded(*parts) for parts in zip(*by_triangle, number, *by_run, strict=True)]

    @property
    def first(self) -> I64:
        """First triangle of every run."""
        found: I64 = np.cumsum(self.length) - self.length
        return found

    @property
    def own(self) -> I64:
        """First label of every run."""
        found: I64 = np.cumsum(self.size) - self.size
        return found


@dataclass
class Runs:
    """Runs, the longest first.

    triangles (t, 3): vertices, each of one run alone; first (r,): first triangle of every run.
    foreign (v,): vertices that an earlier run has numbered. number (v,): place of a vertex among
    those its run uses first, -1 before. edges, seen (r, n): everything pushed so far, sixteen
    blanks ahead; edge_at, seen_at: where the next one goes. code, told (t,): the code of a triangle
    and the byte that explains it (-1 none); asked (t, 3): vertices named by number (-1 none).
    """

    triangles: I64
    first: I64
    foreign: Bools
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
    def coded(cls, triangles: I64, first: I64, length: I64, foreign: Bools) -> Runs:
        """Code all runs; first, length (r,) in any order."""
        order = np.argsort(-length, kind="stable")
        runs, room = len(first), _FIFO + 3 * int(length.max())
        made = cls(
            triangles, first[order], foreign,
            np.full(len(foreign), -1, np.int64), np.zeros(runs, np.int64),
            np.full((runs, room), -1, np.int64), np.full(runs, _FIFO),
            np.full((runs, room), -1, np.int64), np.full(runs, _FIFO),
            np.zeros(len(triangles), np.int64), np.full(len(triangles), -1, np.int64),
            np.full((len(triangles), 3), -1, np.int64),
        )  # fmt: skip
        active = np.searchsorted(-length[order], -np.arange(int(length.max())), "left")
        for step, here in enumerate(active.tolist()):
            made.step(step, here)
        count = np.zeros(runs, np.int64)
        count[order] = made.count
        made.count = count
        return made

    def step(self, step: int, active: int) -> None:
        """Encode triangle `step` of the first `active` runs."""
        at = self.first[:active] + step
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
        fresh = self._fresh(c)
        near = (place >= 1) & (place <= _LAST_SHORT)
        code = np.where(near, place, np.where(fresh, 0, EXPLICIT))
        self.code[at] = edge << 4 | code
        self.asked[at, 2] = np.where(code == EXPLICIT, c, -1)
        self._number(runs[fresh], c[fresh])
        self._push(runs[~near], c[~near])
        self._edges(runs, (c, b), (a, c))

    def _alone(self, runs: I64, at: I64, corner: I64) -> None:
        fresh = np.stack([self._fresh(corner[:, k]) for k in range(3)], axis=1)
        turn = fresh.argmax(axis=1)
        turned = np.take_along_axis(corner, _TURNS[turn], axis=1)
        codes = []
        pushed = []
        for k in range(3):
            vertex = turned[:, k]
            new = self._fresh(vertex)
            code = np.where(new, 0, EXPLICIT)
            if k:
                place = self._place(runs, vertex)
                code = np.where((place >= 0) & (place < 14), place + 1, code)
            self._number(runs[new], vertex[new])
            self.asked[at, k] = np.where(code == EXPLICIT, vertex, -1)
            codes.append(code)
            pushed.append((code == 0) | (code == EXPLICIT))
        self.code[at] = ALONE | np.where(codes[0] == 0, 14, 15)
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

    def _fresh(self, vertex: I64) -> Bools:
        found: Bools = (self.number[vertex] < 0) & ~self.foreign[vertex]
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
