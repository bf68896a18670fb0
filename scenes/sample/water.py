"""Sea, river, quays and the land between them, as world polygons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from scenes.sample.plan import FAR, LENGTH, Plan

BASINS = ((0.62, 0.20), (1.28, 0.24), (2.02, 0.26))  # port: km along the shore, width
PIERS = ((0.98, 0.10, -0.80), (1.68, 0.12, -0.86), (2.62, 0.08, -0.72))


@dataclass(frozen=True)
class Water:
    """``land`` has neither sea nor river; ``dry`` keeps the river in (roads bridge it)."""

    land: BaseGeometry
    dry: BaseGeometry
    sea: BaseGeometry
    river: BaseGeometry
    banks: BaseGeometry  # the green strips along the river
    shore: BaseGeometry  # the shoreline as lines
    breakwater: BaseGeometry


def _coast_ring(plan: Plan) -> BaseGeometry:
    s = plan.scale
    u = np.linspace(-1_200.0 * s, (LENGTH + 1_200.0) * s, int(1_400 * max(s, 0.4)))
    back = u[::-40]
    x, y = plan.world(
        np.concatenate([u, back]), np.concatenate([plan.coast(u), np.full(len(back), FAR * s)])
    )
    return shapely.make_valid(shapely.Polygon(np.stack([x, y], axis=1)))


def _river(plan: Plan, extra: float) -> BaseGeometry:
    s = plan.scale
    v = np.linspace(-420.0 * s, (FAR - 60.0) * s, 420)
    u, half = plan.river(v)
    half = (half + extra) / plan.stretch(u, v)
    return shapely.make_valid(
        plan.ring(np.concatenate([u - half, (u + half)[::-1]]), np.concatenate([v, v[::-1]]))
    )


def _mole(plan: Plan) -> BaseGeometry:
    """The breakwater that shelters the historic harbour: a bent arm off the headland's tip."""
    s = plan.scale * 1_000.0
    k = np.linspace(4.62, 5.25, 24)
    m = -0.80 + 0.10 * np.sin((k - 4.62) * 4.0) + 0.05 * (k - 4.62)
    line = shapely.LineString(np.stack(plan.world(k * s, m * s), axis=1))
    return line.buffer(11.0)


def make_water(plan: Plan) -> Water:
    """Cut basins out of the land, add piers and a breakwater, and lay the river in it."""
    s = plan.scale * 1_000.0
    land = _coast_ring(plan)
    basins = [plan.box((k - w / 2) * s, (k + w / 2) * s, -0.60 * s, -0.20 * s) for k, w in BASINS]
    basins.append(plan.box(9.28 * s, 9.62 * s, -0.40 * s, -0.17 * s))  # the marina
    piers = [plan.box((k - w / 2) * s, (k + w / 2) * s, end * s, -0.45 * s) for k, w, end in PIERS]
    mole = _mole(plan)
    land = shapely.union_all([shapely.difference(land, shapely.union_all(basins)), *piers])
    river = _river(plan, 0.0)
    sea = _largest(shapely.difference(_bay(plan), land.union(mole)))
    wet = shapely.difference(river, sea)
    bank = shapely.difference(_river(plan, 32.0), river)
    shore = shapely.intersection(shapely.boundary(land), sea.buffer(2.0))
    land = land.union(mole)
    return Water(
        shapely.difference(land, river),
        land,
        sea,
        wet,
        shapely.intersection(bank, land),
        shapely.line_merge(shore),
        mole,
    )


def _bay(plan: Plan) -> BaseGeometry:
    """Everything between the shore and the open sea, wide enough to look out on."""
    s = plan.scale
    u = np.linspace(-1_150.0 * s, (LENGTH + 1_150.0) * s, 200)
    shore = np.stack(plan.world(u, plan.coast(u) + 200.0 * s), axis=1)
    far = []
    for end, sign in ((u[:1], -1.0), (u[-1:], 1.0)):
        turn = float(plan.heading(end, np.zeros(1))[0])
        corner = np.concatenate(plan.world(end, np.zeros(1)))
        out = np.array([-np.sin(turn), np.cos(turn)]) * 4_200.0 * s
        far.append(corner + out + sign * np.array([np.cos(turn), np.sin(turn)]) * 1_500.0 * s)
    return shapely.convex_hull(shapely.MultiPoint(np.concatenate([shore, np.array(far)])))


def _largest(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    largest: BaseGeometry = parts[int(np.argmax(shapely.area(parts)))]
    return largest
