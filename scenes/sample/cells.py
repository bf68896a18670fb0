"""Superblocks between arterials and the cells (blocks) between their streets, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample import zones
from scenes.sample.plan import DEPTH, LENGTH, Array, Plan, oldness
from scenes.sample.water import Water

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
AXIS_U, AXIS_V, SHORE_ROAD, MINOR_ROAD = 30.0, 32.0, 38.0, 18.0  # street widths, metres
OLD_ROAD, LANE = 15.0, 9.0


@dataclass(frozen=True)
class Grid:
    """Superblocks: plan rectangles (u0, u1, v0, v1) with zone and district; and the grid lines."""

    rect: Array  # (n, 4)
    zone: Ints
    district: Ints
    column: Ints
    row: Ints
    lines_u: Array
    lines_v: Array

    def middle(self, scale: float) -> tuple[Array, Array]:
        """Centres in plan metres at scale 1."""
        return (self.rect[:, :2].mean(axis=1) / scale, self.rect[:, 2:].mean(axis=1) / scale)


@dataclass(frozen=True)
class Cells:
    """Blocks: net plan rectangles between street edges, gross ones between street axes."""

    net: Array  # (n, 4) u0, u1, v0, v1
    gross: Array
    half: Array  # (n, 4) half widths of the streets around
    superblock: Ints
    part: Ints  # community within the superblock
    zone: Ints
    centre: Array  # (n, 2) plan u, v
    size: Array  # (n, 2) true width and height in metres
    shape: Shapes  # net polygon in the world, without water
    whole: NDArray[np.bool_]  # not cut by water


def _lines(low: float, high: float, step: float, rng: np.random.Generator) -> Array:
    count = max(1, round((high - low) / step))
    line = np.linspace(low, high, count + 1)
    line[1:-1] += rng.uniform(-0.07, 0.07, count - 1) * (high - low) / count
    return np.asarray(np.round(line, 6))


def make_grid(plan: Plan, rng: np.random.Generator) -> Grid:
    """Arterials: lines across the shore and rings along it."""
    s = plan.scale
    step = 720.0 * float(np.clip(s**0.6, 0.42, 1.0))
    lines_u = _lines(0.0, LENGTH * s, step, rng)
    inland = _lines(0.0, DEPTH * s, step * 0.92, rng)
    seaward = -_lines(0.0, 1_000.0 * s, step * 0.72, rng)[:0:-1]
    lines_v = np.concatenate([seaward, inland])
    column, row = (
        a.ravel()
        for a in np.meshgrid(
            np.arange(len(lines_u) - 1), np.arange(len(lines_v) - 1), indexing="ij"
        )
    )
    rect = np.stack([lines_u[column], lines_u[column + 1], lines_v[row], lines_v[row + 1]], axis=1)
    u, v = rect[:, :2].mean(axis=1), rect[:, 2:].mean(axis=1)
    land = rect[:, 3] > np.minimum(plan.coast(rect[:, 0]), plan.coast(u)) + 20.0
    rise = (plan.elevation(u, v + 150.0) - plan.elevation(u, v - 150.0)) / 300.0
    rise = np.maximum(rise, (plan.elevation(u, v) - 20.0 * s**0.5) / 420.0)
    zone = zones.zone_of(u / s, v / s, rise, rng.random(len(u)))
    grid = Grid(rect, zone, zones.district_of(u / s, v / s), column, row, lines_u, lines_v)
    return Grid(
        **{
            name: (value[land] if len(value) == len(land) else value)
            for name, value in vars(grid).items()
        }
    )


def side_widths(grid: Grid, plan: Plan) -> Array:
    """Street widths on the four sides of each superblock: west, east, sea side, inland.

    Both superblocks at a street find the same width; old towns have narrower ones.
    """
    r, scale = grid.rect, plan.scale
    u, v = r[:, :2].mean(axis=1), r[:, 2:].mean(axis=1)
    at_u = np.stack([r[:, 0], r[:, 1], u, u], axis=1)
    at_v = np.stack([v, v, r[:, 2], r[:, 3]], axis=1)
    full = np.tile([AXIS_U, AXIS_U, AXIS_V, AXIS_V], (len(r), 1))
    full[:, :2] = np.where((r[:, 3] <= 1.0)[:, None], MINOR_ROAD, full[:, :2])
    full[:, 2:] = np.where(np.abs(at_v[:, 2:]) < 1.0, SHORE_ROAD, full[:, 2:])
    full[:, 2:] = np.where(at_v[:, 2:] < -1.0, MINOR_ROAD, full[:, 2:])
    old = oldness(at_u / scale, at_v / scale)
    return np.asarray(np.round(full - (full - OLD_ROAD) * old, 1))


def _cuts(count: Ints, jitter: Array, rng: np.random.Generator) -> list[Array]:
    """Shares (0..1) of the inner street axes of every superblock, unevenly spaced."""
    out = []
    for n, wobble in zip(count, jitter, strict=True):  # a few hundred superblocks, not buildings
        cut = np.linspace(0.0, 1.0, n + 1)
        cut[1:-1] += rng.uniform(-wobble, wobble, n - 1) / n
        out.append(cut)
    return out


def make_cells(plan: Plan, water: Water, grid: Grid, rng: np.random.Generator) -> Cells:
    """Split the superblocks along inner streets and cut the water off the result."""
    rect = grid.rect
    width = (rect[:, 1] - rect[:, 0]) * plan.stretch(
        rect[:, :2].mean(axis=1), rect[:, 2:].mean(axis=1)
    )
    nu = np.maximum(1, np.rint(width / zones.WIDTH[grid.zone])).astype(np.int64)
    nv = np.maximum(1, np.rint((rect[:, 3] - rect[:, 2]) / zones.HEIGHT[grid.zone])).astype(
        np.int64
    )
    jitter = np.where(grid.zone == zones.OLD, 0.16, 0.07)
    cut_u, cut_v = _cuts(nu, jitter, rng), _cuts(nv, jitter, rng)
    count = nu * nv
    sb = np.repeat(np.arange(len(rect)), count)
    local = np.arange(len(sb)) - np.repeat(np.cumsum(count) - count, count)
    iu, iv = local % nu[sb], local // nu[sb]
    flat_u, flat_v = np.concatenate(cut_u), np.concatenate(cut_v)
    at_u, at_v = np.cumsum(nu + 1) - (nu + 1), np.cumsum(nv + 1) - (nv + 1)
    span_u, span_v = (rect[:, 1] - rect[:, 0])[sb], (rect[:, 3] - rect[:, 2])[sb]
    gross = np.round(
        [
            rect[sb, 0] + flat_u[at_u[sb] + iu] * span_u,
            rect[sb, 0] + flat_u[at_u[sb] + iu + 1] * span_u,
            rect[sb, 2] + flat_v[at_v[sb] + iv] * span_v,
            rect[sb, 2] + flat_v[at_v[sb] + iv + 1] * span_v,
        ],
        6,
    ).T
    half = np.repeat(zones.STREET[grid.zone[sb]][:, None] / 2, 4, axis=1)
    outer = side_widths(grid, plan)[sb] / 2
    edge = np.stack([iu == 0, iu == nu[sb] - 1, iv == 0, iv == nv[sb] - 1], axis=1)
    half = np.where(edge, outer, half)
    parts = zones.PARTS[grid.zone[sb]]
    part = (iu * parts[:, 0] // nu[sb]) + parts[:, 0] * (iv * parts[:, 1] // nv[sb])
    split = _split(gross, half, sb, part, grid.zone[sb], rng)
    return _finish(plan, water, *split)


def _split(
    gross: Array, half: Array, sb: Ints, part: Ints, zone: Ints, rng: np.random.Generator
) -> tuple[Array, Array, Ints, Ints, Ints]:
    """Cut some large cells in two with a lane, so that blocks differ in size."""
    share = np.where(np.isin(zone, (zones.SLAB, zones.MID, zones.TOWER, zones.INDUSTRIAL)), 0.26, 0)
    cut = rng.random(len(zone)) < share
    at = gross[:, 0] + rng.uniform(0.40, 0.60, len(zone)) * (gross[:, 1] - gross[:, 0])
    at = np.round(at, 6)
    west, east = gross.copy(), gross[cut].copy()
    west[cut, 1], east[:, 0] = at[cut], at[cut]
    half_w, half_e = half.copy(), half[cut].copy()
    half_w[cut, 1], half_e[:, 0] = LANE / 2, LANE / 2
    order = np.argsort(np.concatenate([np.arange(len(zone)), np.flatnonzero(cut)]), kind="stable")
    return (
        np.concatenate([west, east])[order],
        np.concatenate([half_w, half_e])[order],
        np.concatenate([sb, sb[cut]])[order],
        np.concatenate([part, part[cut]])[order],
        np.concatenate([zone, zone[cut]])[order],
    )


def _finish(
    plan: Plan, water: Water, gross: Array, half: Array, sb: Ints, part: Ints, zone: Ints
) -> Cells:
    middle = np.stack([gross[:, :2].mean(axis=1), gross[:, 2:].mean(axis=1)], axis=1)
    low = np.minimum(
        plan.stretch(middle[:, 0], gross[:, 2]), plan.stretch(middle[:, 0], gross[:, 3])
    )
    sign = np.array([1.0, -1.0, 1.0, -1.0])
    net = gross + sign * half / np.stack([low, low, np.ones_like(low), np.ones_like(low)], axis=1)
    shape = rect_polygons(plan, net, 5)
    shapely.prepare(water.land)
    whole = shapely.contains_properly(water.land, shape)
    cut = ~whole
    full = shapely.area(shape)
    shape[cut] = main_part(shapely.intersection(shape[cut], water.land))
    area = shapely.area(shape)
    keep = (area > 0.22 * full) & (area > 900.0) & (net[:, 1] > net[:, 0]) & (net[:, 3] > net[:, 2])
    zone = np.where(oldness(*(middle / plan.scale).T) > 2.0, zones.OLD, zone)
    centre = np.stack([net[:, :2].mean(axis=1), net[:, 2:].mean(axis=1)], axis=1)
    size = np.stack([(net[:, 1] - net[:, 0]) * low, net[:, 3] - net[:, 2]], axis=1)
    return Cells(
        net[keep],
        gross[keep],
        half[keep],
        sb[keep],
        part[keep],
        zone[keep],
        centre[keep],
        size[keep],
        shape[keep],
        whole[keep],
    )


def rect_polygons(plan: Plan, rect: Array, per_side: int) -> Shapes:
    """World polygons of plan rectangles, ``per_side`` points on each bent side."""
    t = np.arange(per_side) / per_side
    zero, one = np.zeros(per_side), np.ones(per_side)
    fu = np.concatenate([t, one, 1 - t, zero])
    fv = np.concatenate([zero, t, one, 1 - t])
    u = rect[:, :1] + fu * (rect[:, 1:2] - rect[:, :1])
    v = rect[:, 2:3] + fv * (rect[:, 3:4] - rect[:, 2:3])
    x, y = plan.world(u, v)
    return np.asarray(shapely.polygons(np.stack([x, y], axis=2)), dtype=np.object_)


def main_part(shapes: Shapes) -> Shapes:
    """The largest polygon of each shape (a cut cell may fall in two)."""
    parts, index = shapely.get_parts(shapes, return_index=True)
    polygon = shapely.get_type_id(parts) == 3
    parts, index = parts[polygon], index[polygon]
    order = np.lexsort((shapely.area(parts), index))
    parts, index = parts[order], index[order]
    last = np.flatnonzero(np.append(index[1:] != index[:-1], [True] * min(len(index), 1)))
    out = np.full(len(shapes), shapely.Polygon(), dtype=np.object_)
    out[index[last]] = parts[last]
    return out
