"""The urban fabric: templates run on their cells, placed in the world, overlaps removed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample import housing, programme, works, zones
from scenes.sample.cells import Cells, Grid, make_cells, make_grid
from scenes.sample.landmarks import add_landmarks
from scenes.sample.network import Network, make_network
from scenes.sample.placing import PART, Placed, footprints, place, trim
from scenes.sample.plan import Array, Plan
from scenes.sample.solids import Bag, Solids
from scenes.sample.water import Water, make_water

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
BASE_COUNT = 20_000  # buildings at scale 1


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

    def footprints(self, rows: Ints) -> Shapes:
        """Outlines on the ground of some buildings."""
        return footprints(self.solids, self.origin, self.angle, rows)

    @property
    def footprint(self) -> Shapes:
        """The outline of every building, all at once."""
        return self.footprints(np.arange(len(self.solids)))

    @cached_property
    def area(self) -> Array:
        """Square metres on the ground of every building."""
        out = np.zeros(len(self.solids))
        for start in range(0, len(out), PART):
            rows = np.arange(start, min(start + PART, len(out)))
            out[rows] = shapely.area(self.footprints(rows))
        return out


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for every part, so that parts do not disturb each other."""
    return np.random.default_rng([seed, *name.encode()])


def build(plan: Plan, water: Water, seed: int) -> tuple[Grid, Cells, Ints, Solids]:
    """Streets, blocks and unplaced buildings."""
    grid = make_grid(plan, stream(seed, "grid"))
    cells = make_cells(plan, water, grid, stream(seed, "cells"))
    kind = programme.programme(plan, cells, grid, stream(seed, "programme"))
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
    drawn = _fitting(buildings, seed)
    placed = drawn.placed
    keep = trim(drawn.solids, placed.fits, buildings, stream(seed, "trim"))
    return Fabric(
        drawn.plan,
        drawn.water,
        drawn.grid,
        drawn.cells,
        make_network(drawn.plan, drawn.grid, drawn.cells),
        drawn.kind,
        drawn.solids.take(keep),
        placed.origin[keep],
        placed.angle[keep],
        placed.plan_at[keep],
    )


@dataclass(frozen=True)
class _Drawn:
    """A city at one scale, with all the buildings that fit."""

    plan: Plan
    water: Water
    grid: Grid
    cells: Cells
    kind: Ints
    solids: Solids
    placed: Placed

    @property
    def count(self) -> int:
        """How many buildings fit."""
        return int(self.placed.fits.sum())


def _draw(scale: float, seed: int) -> _Drawn:
    plan = Plan.of(scale)
    water = make_water(plan)
    grid, cells, kind, solids = build(plan, water, seed)
    return _Drawn(plan, water, grid, cells, kind, solids, place(plan, cells, solids))


def _fitting(buildings: int, seed: int) -> _Drawn:
    """The smallest city found that holds all buildings, at most 5 % too many where possible."""
    scale, best, least = (buildings / BASE_COUNT) ** 0.5, None, 0
    for attempt in range(24):
        drawn = _draw(scale, seed)
        count = drawn.count
        if count >= buildings and (best is None or count < least):
            best, least = drawn, count
        del drawn  # a large city is not held twice
        if best is not None and (least <= 1.05 * buildings or attempt > 5):
            return best
        scale *= float(np.clip((1.025 * buildings / max(count, 1)) ** 0.5, 0.8, 1.25))
        scale *= 1.0 + 0.01 * attempt * (count < buildings)
    raise ValueError(f"no plan found for {buildings} buildings")
