"""Street axes as one net of points: blocks reach to the axes, roads run along them, exactly.

A block's edge and the road on it have the very same vertices, so that a road on the edge between
two blocks can be counted half for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample.cells import Cells, Grid, side_widths
from scenes.sample.plan import Array, Plan

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
STEP = 24.0  # metres of plan between vertices of a bent street


@dataclass(frozen=True)
class Network:
    """``blocks``: one polygon a cell, axis to axis. Streets: line, width, plan middle, axis, at.

    ``axis`` 0 runs inland, 1 along the shore; ``main`` marks arterials; ``line`` numbers the
    straight axis (in plan) that a street is part of.
    """

    blocks: Shapes
    streets: Shapes
    width: Array
    middle: Array
    main: NDArray[np.bool_]
    line: Ints


@dataclass(frozen=True)
class _Edges:
    """Pieces of axes: number of the line, first and last point, full width of the street."""

    line: Ints
    low: Array
    high: Array
    width: Array


def make_network(plan: Plan, grid: Grid, cells: Cells) -> Network:
    """Find every axis, give it its vertices, and draw blocks and streets from them."""
    live = np.unique(cells.superblock)
    rect = np.concatenate([cells.gross, grid.rect[live]])
    width = np.concatenate([2.0 * cells.half, side_widths(grid, plan)[live]])
    edges, axes = _edges(rect, width)
    points, at_low, at_high = _vertices(edges, len(axes))
    line = points[:, 0].astype(np.int64)
    runs_inland = axes[line, 0] == 0
    u = np.where(runs_inland, axes[line, 1], points[:, 1])
    v = np.where(runs_inland, points[:, 1], axes[line, 1])
    xy: Array = np.round(np.stack(plan.world(u, v), axis=1), 4).astype(np.float64)
    blocks = _blocks(xy, at_low, at_high, len(rect), len(cells.gross))
    main = _is_main(axes, grid)
    of_piece, first, last = _streets(points, at_low, at_high, main, axes, grid)
    wide = np.zeros(len(first))
    np.maximum.at(wide, of_piece[at_low], edges.width)
    take = wide > 3.0
    streets = _lines(xy, first[take], last[take])
    middle = np.stack([u[first] + u[last], v[first] + v[last]], axis=1)[take] / 2
    return Network(blocks, streets, wide[take], middle, main[line[first]][take], line[first][take])


def _edges(rect: Array, width: Array) -> tuple[_Edges, Array]:
    """Four edges of every rectangle (west, east, seaward, inland) and the axes they lie on."""
    n = len(rect)
    axis = np.repeat([0.0, 0.0, 1.0, 1.0], n)
    at = np.concatenate([rect[:, 0], rect[:, 1], rect[:, 2], rect[:, 3]])
    low = np.concatenate([rect[:, 2], rect[:, 2], rect[:, 0], rect[:, 0]])
    high = np.concatenate([rect[:, 3], rect[:, 3], rect[:, 1], rect[:, 1]])
    axes, line = np.unique(np.stack([axis, at], axis=1), axis=0, return_inverse=True)
    return _Edges(line.ravel(), low, high, width.T.ravel()), axes


def _vertices(edges: _Edges, axes: int) -> tuple[Array, Ints, Ints]:
    """Unique (line, position) of corners and of steps between; where edges begin and end."""
    near, far = np.full(axes, np.inf), np.full(axes, -np.inf)
    np.minimum.at(near, edges.line, edges.low)
    np.maximum.at(far, edges.line, edges.high)
    count = np.maximum(np.ceil((far - near) / STEP).astype(np.int64) - 1, 0)
    of = np.repeat(np.arange(axes), count)
    number = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count) + 1
    between = np.round(near[of] + number * STEP, 6)
    table = np.stack(
        [
            np.concatenate([edges.line, edges.line, of]).astype(np.float64),
            np.concatenate([edges.low, edges.high, between]),
        ],
        axis=1,
    )
    points, where = np.unique(table, axis=0, return_inverse=True)
    where = where.ravel()
    return points, where[: len(edges.line)], where[len(edges.line) : 2 * len(edges.line)]


def _blocks(xy: Array, low: Ints, high: Ints, rects: int, cells: int) -> Shapes:
    """Rings: seaward edge, east edge, inland edge back, west edge back."""
    side = {
        name: slice(k * rects, k * rects + cells)
        for k, name in enumerate(("west", "east", "sea", "inland"))
    }
    start = np.stack(
        [low[side["sea"]], low[side["east"]], high[side["inland"]], high[side["west"]]], axis=1
    )
    end = np.stack(
        [high[side["sea"]], high[side["east"]], low[side["inland"]], low[side["west"]]], axis=1
    )
    count = np.abs(end - start).ravel()
    piece = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    index = start.ravel()[piece] + step * np.sign(end - start).ravel()[piece]
    rings = shapely.linearrings(xy[index], indices=piece // 4)
    return np.asarray(shapely.polygons(rings), dtype=np.object_)


def _is_main(axes: Array, grid: Grid) -> NDArray[np.bool_]:
    across = np.isin(axes[:, 1], grid.lines_u) & (axes[:, 0] == 0)
    along = np.isin(axes[:, 1], grid.lines_v) & (axes[:, 0] == 1)
    return np.asarray(across | along)


def _streets(
    points: Array, low: Ints, high: Ints, main: NDArray[np.bool_], axes: Array, grid: Grid
) -> tuple[Ints, Ints, Ints]:
    """Join pieces between vertices to streets; arterials are cut at each other.

    Returns the street of every point (as the start of a piece), first and last point of streets.
    """
    n = len(points)
    covered = np.zeros(n + 1, dtype=np.int64)
    np.add.at(covered, low, 1)
    np.add.at(covered, high, -1)
    piece = np.cumsum(covered)[:n] > 0
    line = points[:, 0].astype(np.int64)
    crossing = (
        np.where(
            axes[line, 0] == 0,
            np.isin(points[:, 1], grid.lines_v),
            np.isin(points[:, 1], grid.lines_u),
        )
        & main[line]
    )
    fresh = piece & (
        np.append(True, line[1:] != line[:-1]) | ~np.append(False, piece[:-1]) | crossing
    )
    street = np.cumsum(fresh) - 1
    starts = np.flatnonzero(fresh)
    last = np.zeros(len(starts), dtype=np.int64)
    np.maximum.at(last, street[piece], np.flatnonzero(piece) + 1)
    return street, starts, last


def _lines(xy: Array, first: Ints, last: Ints) -> Shapes:
    count = last - first + 1
    of = np.repeat(np.arange(len(first)), count)
    index = first[of] + np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(shapely.linestrings(xy[index], indices=of), dtype=np.object_)
