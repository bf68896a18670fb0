"""The urban fabric: templates run on their cells, placed in the world, overlaps removed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample import housing, programme, works, zones
from scenes.sample.cells import Cells, Grid, make_cells, make_grid
from scenes.sample.landmarks import add_landmarks
from scenes.sample.network import Network, make_network
from scenes.sample.plan import Array, Plan
from scenes.sample.solids import ELL, MAKE, RECT, ROUND, Bag, Solids
from scenes.sample.water import Water, make_water

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
ROUND_SIDES = 20
BASE_COUNT = 20_000  # buildings at scale 1
SMALL = [MAKE[name] for name in ("lane", "villa", "village")]


@dataclass(frozen=True)
class Fabric:
    """A city's plan, water, blocks and placed buildings. ``origin``/``angle``: one per building."""

    plan: Plan
    water: Water
    grid: Grid
    cells: Cells
    network: Network
    kind: Ints  # programme of every cell
    solids: Solids
    origin: Array  # (n, 2) world position of a building's centre
    angle: Array  # radians against east
    plan_at: Array  # (n, 2) plan position
    footprint: Shapes  # union of a building's solids on the ground


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for every part, so that parts do not disturb each other."""
    return np.random.default_rng([seed, *name.encode()])


def build(plan: Plan, water: Water, seed: int) -> tuple[Grid, Cells, Ints, Solids]:
    """Streets, blocks and unplaced buildings."""
    grid = make_grid(plan, stream(seed, "grid"))
    cells = make_cells(plan, water, grid, stream(seed, "cells"))
    kind = programme.programme(cells, grid, stream(seed, "programme"))
    bag = Bag()
    k, m = (cells.centre / plan.scale).T
    core = zones.centrality(k, m)
    rng = stream(seed, "fabric")
    home = {
        zones.OLD: housing.lanes,
        zones.MIXED: housing.street_walls,
        zones.SLAB: housing.slabs,
        zones.MID: housing.mids,
        zones.VILLA: housing.villas,
        zones.VILLAGE: housing.villages,
        zones.INDUSTRIAL: works.sheds,
        zones.PORT: works.quays,
    }
    for zone, template in home.items():
        at = np.flatnonzero((cells.zone == zone) & (kind == programme.BUILT))
        if len(at):
            template(bag, at, cells.size[at], rng)
    for zone, template2 in ((zones.TOWER, housing.towers), (zones.CBD, works.offices)):
        at = np.flatnonzero((cells.zone == zone) & (kind == programme.BUILT))
        if len(at):
            template2(bag, at, cells.size[at], core[at], rng)
    _purposes(bag, cells, kind, rng)
    add_landmarks(bag, cells, kind, plan)
    solids = bag.close()
    return grid, cells, kind, solids.take(solids.rows["cell"] >= 0)


def _purposes(bag: Bag, cells: Cells, kind: Ints, rng: np.random.Generator) -> None:
    purpose = {
        programme.PRIMARY: works.schools,
        programme.MIDDLE: works.schools,
        programme.HOSPITAL: works.hospitals,
        programme.FIRE: works.fire_houses,
        programme.HALL: works.halls,
        programme.PARK: works.kiosks,
    }
    for code, template in purpose.items():
        at = np.flatnonzero(kind == code)
        if len(at):
            template(bag, at, cells.size[at], rng)


def make_fabric(buildings: int, seed: int) -> Fabric:
    """A city of exactly ``buildings`` buildings: finds the scale, leaves the surplus unbuilt."""
    scale = (buildings / BASE_COUNT) ** 0.5
    for _ in range(5):
        plan = Plan.of(scale)
        water = make_water(plan)
        grid, cells, kind, solids = build(plan, water, seed)
        placed = _place(plan, cells, solids)
        count = int(placed[-1].sum())
        if buildings <= count <= buildings * 1.05:
            break
        scale *= (1.025 * buildings / count) ** 0.5
    origin, angle, plan_at, footprint, keep = placed
    keep = _trim(solids, keep, buildings, seed)
    return Fabric(
        plan,
        water,
        grid,
        cells,
        make_network(plan, grid, cells),
        kind,
        solids.take(keep),
        origin[keep],
        angle[keep],
        plan_at[keep],
        footprint[keep],
    )


def _place(
    plan: Plan, cells: Cells, solids: Solids
) -> tuple[Array, Array, Array, Shapes, NDArray[np.bool_]]:
    cell = solids.rows["cell"].astype(np.int64)
    v = cells.centre[cell, 1] + solids.rows["y"]
    u = cells.centre[cell, 0] + solids.rows["x"] / plan.stretch(cells.centre[cell, 0], v)
    x, y = plan.world(u, v)
    origin, plan_at = np.stack([x, y], axis=1), np.stack([u, v], axis=1)
    angle = plan.heading(u, v) + solids.rows["turn"]
    footprint = footprints(solids, origin, angle)
    inside = np.ones(len(cell), dtype=bool)
    cut = ~cells.whole[cell]
    inside[cut] = shapely.contains_properly(
        shapely.buffer(cells.shape, -1.5)[cell[cut]], footprint[cut]
    )
    skew = ~cut
    inside[skew] = shapely.contains_properly(cells.shape[cell[skew]], footprint[skew])
    return origin, angle, plan_at, footprint, inside & _apart(footprint, inside)


def _apart(footprint: Shapes, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """False for the later building of every overlapping pair."""
    keep = np.ones(len(footprint), dtype=bool)
    at = np.flatnonzero(inside)
    tree = shapely.STRtree(footprint[at])
    a, b = tree.query(footprint[at], predicate="intersects")
    keep[at[np.maximum(a, b)[a != b]]] = False
    return keep


def _trim(solids: Solids, keep: NDArray[np.bool_], buildings: int, seed: int) -> NDArray[np.bool_]:
    """Leave single small houses out, here and there, until the number is right."""
    surplus = int(keep.sum()) - buildings
    if surplus <= 0:
        return keep
    small = np.isin(solids.rows["make"], SMALL)
    order = np.lexsort((stream(seed, "trim").random(len(keep)), ~small, ~keep))
    out = keep.copy()
    out[order[:surplus]] = False
    return out


def rings(solids: Solids, origin: Array, angle: Array, index: Ints, form: int) -> Array:
    """World rings (n, k, 2), counter-clockwise, of the solids ``index`` that have one form."""
    s = {name: value[index] for name, value in solids.solids.items()}
    of = s["of"].astype(np.int64)
    if form == RECT:
        px, py = np.array([-0.5, 0.5, 0.5, -0.5]), np.array([-0.5, -0.5, 0.5, 0.5])
    elif form == ELL:  # a slab whose middle steps forward
        px = np.array([-0.5, -0.16, -0.16, 0.16, 0.16, 0.5, 0.5, -0.5])
        py = np.array([-0.34, -0.34, -0.5, -0.5, -0.34, -0.34, 0.5, 0.5])
    else:
        t = np.arange(ROUND_SIDES) * 2 * np.pi / ROUND_SIDES
        px, py = 0.5 * np.cos(t), 0.5 * np.sin(t)
    lx = s["dx"][:, None] + px * s["w"][:, None]
    ly = s["dy"][:, None] + py * s["d"][:, None]
    c, n = np.cos(angle[of])[:, None], np.sin(angle[of])[:, None]
    # y points inland, to the right of the street: the frame is left-handed, so mirror it
    x = origin[of, 0][:, None] + lx * c + ly * n
    y = origin[of, 1][:, None] + lx * n - ly * c
    return np.stack([x, y], axis=2)[:, ::-1]


def footprints(solids: Solids, origin: Array, angle: Array) -> Shapes:
    """The outline on the ground of every building: its first solid (others stand on it)."""
    of = solids.solids["of"].astype(np.int64)
    first = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
    out = np.full(len(solids), None, dtype=np.object_)
    forms = solids.solids["form"][first].astype(np.int64)
    for form in (RECT, ELL, ROUND):
        at = first[forms == form]
        if len(at):
            out[of[at]] = shapely.polygons(rings(solids, origin, angle, at, form))
    return out
