"""Lines cut wherever they meet, as a union on a grid cuts them, in a part of its time.

Most streets meet at corners that they share, where sorting cuts them. Only pieces that cross, or
run past the corner of another, are given to the union (snap rounding: every corner and crossing is
a cell of the grid, and a line through a cell goes through its middle).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from indicator_overlays.overlap import Floats, Shapes

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NEAR = 0.75
"""Cells: a line farther from a cell's middle than half its diagonal does not meet it."""


def cut_at_meetings(lines: Shapes, grid: float) -> Shapes:
    """Lines (N,) cut where they meet, none twice, normalised, in no fixed order.

    grid: m; corners come to multiples of it. The parts of
    `shapely.union_all(lines, grid_size=grid)`, but where a line touches a cell at its very edge.
    """
    edges = Edges.of(lines, grid)
    apart = edges.crossing()
    united: Shapes = np.zeros(0, object)
    while apart.any():
        united = shapely.get_parts(shapely.union_all(edges.pieces(apart), grid_size=grid))
        passed = edges.passing(united, apart)
        if not passed.any():
            break
        apart |= passed
    plain = edges.pieces(~apart, rounded=True)
    found = shapely.normalize(np.concatenate((plain, united)))
    _, kept = np.unique(shapely.to_wkb(found), return_index=True)
    pieces: Shapes = found[np.sort(kept)]
    return pieces


@dataclass(frozen=True)
class Edges:
    """Corners of lines without repeats, and the edges between them, put together as pieces.

    true, at: (M, 2) corners, where they are and where the grid has them (m). cell: the same as
    numbers, equal for equal places. first: (E,) first corner of every edge, the next is its end.
    piece: (E,) which piece it belongs to; pieces end where a corner is there more than once.
    """

    true: Floats
    at: Floats
    cell: Ints
    first: Ints
    piece: Ints
    grid: float

    @classmethod
    def of(cls, lines: Shapes, grid: float) -> Edges:
        """Take lines apart, and parts of lines."""
        lines = shapely.get_parts(lines[~shapely.is_missing(lines)])
        true, line = shapely.get_coordinates(lines, return_index=True)
        at = shapely.get_coordinates(shapely.set_precision(lines, grid, mode="pointwise"))
        whole = np.rint(at / grid).astype(np.int64)
        fresh = np.ones(len(at), bool)
        fresh[1:] = (line[1:] != line[:-1]) | (whole[1:] != whole[:-1]).any(axis=1)
        true, at, line, whole = true[fresh], at[fresh], line[fresh], whole[fresh]
        whole -= whole.min(axis=0) if len(whole) else 0
        cell = whole[:, 0] * (int(whole[:, 1].max(initial=0)) + 1) + whole[:, 1]
        inner = line[1:] == line[:-1]
        first = np.flatnonzero(inner)
        node = _shared(cell)
        node[first[np.append(True, np.diff(first) > 1)[: len(first)]]] = True
        node[1:-1] |= (cell[:-2] == cell[2:]) & inner[:-1] & inner[1:]  # there and back
        piece = np.cumsum(node[first]) - 1
        return cls(true, at, cell, first, piece.astype(np.int64), grid)

    @cached_property
    def tree(self) -> Any:
        """Boxes of all edges, a cell wider, to be asked."""
        return shapely.STRtree(self._boxes)

    @cached_property
    def _boxes(self) -> Shapes:
        a, b = self.true[self.first], self.true[self.first + 1]
        low, high = np.minimum(a, b) - self.grid, np.maximum(a, b) + self.grid
        found: Any = shapely.box(*low.T, *high.T)
        return np.asarray(found, object)

    def crossing(self) -> Bools:
        """Whether each edge belongs to a piece that crosses an edge or runs past a corner."""
        one, other = self.tree.query(self._boxes)
        once = one < other
        one, other = one[once], other[once]
        ends = [self.first[one], self.first[one] + 1, self.first[other], self.first[other] + 1]
        a, b, c, d = (self.true[end] for end in ends)
        met = (_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)
        for number, end in enumerate(ends):
            low, high = ends[2:] if number < 2 else ends[:2]
            met |= self._runs_past(self.at[end], self.cell[end], low, high)
        return self._whole_pieces(np.concatenate((one[met], other[met])))

    def passing(self, united: Shapes, apart: Bools) -> Bools:
        """Edges of other pieces that run past a corner which uniting some has made."""
        corners = np.unique(shapely.get_coordinates(united), axis=0)
        corner, edge = self.tree.query(shapely.points(corners))
        other = ~apart[edge]
        corner, edge = corner[other], edge[other]
        a, b = self.first[edge], self.first[edge] + 1
        near = _distance(corners[corner], self.true[a], self.true[b]) <= _NEAR * self.grid
        for end in (a, b):
            near &= np.abs(corners[corner] - self.at[end]).max(axis=1, initial=0) > self.grid / 2
        return self._whole_pieces(edge[near])

    def pieces(self, chosen: Bools, *, rounded: bool = False) -> Shapes:
        """Lines of the pieces whose edges are chosen, as they are or as the grid has them."""
        first, piece = self.first[chosen], self.piece[chosen]
        if not len(first):
            return np.zeros(0, object)
        start = np.flatnonzero(np.append(True, piece[1:] != piece[:-1]))
        last = np.append(start[1:], len(first)) - 1
        place = np.insert(first + 1, start, first[start])
        count = last - start + 2
        held = self.at if rounded else self.true
        found: Any = shapely.linestrings(
            held[place], indices=np.repeat(np.arange(len(count)), count)
        )
        return np.asarray(found, object)

    def _runs_past(self, middle: Floats, cell: Ints, a: Ints, b: Ints) -> Bools:
        apart = (cell != self.cell[a]) & (cell != self.cell[b])
        near = _distance(middle, self.true[a], self.true[b]) <= _NEAR * self.grid
        found: Bools = apart & near
        return found

    def _whole_pieces(self, edges: Ints) -> Bools:
        """Every edge of the pieces of some edges."""
        met = np.zeros(int(self.piece.max(initial=-1)) + 1, bool)
        met[self.piece[edges]] = True
        found: Bools = met[self.piece]
        return found


def _shared(cell: Ints) -> Bools:
    """Whether each corner's cell has more than one corner."""
    order = np.argsort(cell, kind="stable")
    equal = np.diff(cell[order]) == 0
    found = np.zeros(len(cell), bool)
    found[order[1:]] = equal
    found[order[:-1]] |= equal
    return found


def _side(a: Floats, b: Floats, point: Floats) -> Floats:
    """Twice the area of the triangle: on which side of the line a–b the point lies."""
    one, other = b - a, point - a
    found: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return found


def _distance(point: Floats, a: Floats, b: Floats) -> Floats:
    """M of each point from its edge a–b."""
    along = b - a
    length = np.maximum((along * along).sum(axis=1), 1e-30)
    share = np.clip(((point - a) * along).sum(axis=1) / length, 0.0, 1.0)
    found: Floats = np.hypot(*(point - a - share[:, None] * along).T)
    return found
