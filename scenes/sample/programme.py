"""Which cell is a park, a school, a hospital ...: the rest is built as its zone says.

The story is made here: the new district gets few schools, the old quays lie outside the discs of
the fire stations, the foothills get few open grounds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.sample import zones
from scenes.sample.cells import Cells, Grid
from scenes.sample.plan import Plan
from scenes.sample.stations import fire_sites, last_hospital

Ints = NDArray[np.int64]

BUILT, PARK, SHORE, PRIMARY, MIDDLE, HOSPITAL, FIRE, HALL, GROUND, FOREST, EMPTY = range(11)
# chance that a superblock of a zone holds one: park, primary, middle, hospital, hall, ground
#   zone order: old mixed slab mid tower cbd industrial port villa village forest
CHANCE = {
    PARK: (0.45, 0.55, 0.40, 0.70, 1.0, 0.9, 0.15, 0.05, 0.20, 0.15, 0.0),
    PRIMARY: (0.45, 0.85, 0.90, 0.85, 0.34, 0.15, 0.0, 0.0, 0.3, 0.5, 0.0),
    MIDDLE: (0.38, 0.50, 0.46, 0.44, 0.05, 0.12, 0.0, 0.0, 0.32, 0.2, 0.0),
    HOSPITAL: (0.10, 0.22, 0.16, 0.18, 0.05, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0),
    HALL: (0.05, 0.10, 0.04, 0.06, 0.14, 0.35, 0.0, 0.0, 0.0, 0.0, 0.0),
    GROUND: (0.08, 0.20, 0.28, 0.30, 0.35, 0.15, 0.1, 0.05, 0.05, 0.05, 0.0),
}

FULL = 360_000.0  # m2 of blocks in a superblock of full size


def programme(plan: Plan, cells: Cells, grid: Grid, rng: np.random.Generator) -> Ints:
    """One code a cell. A superblock gives each purpose at most one of its whole cells."""
    kind = np.full(len(cells.zone), BUILT)
    kind[cells.zone == zones.FOREST] = FOREST
    seaward = cells.gross[:, 3] <= 1.0
    low_zone = np.isin(cells.zone, (zones.OLD, zones.MIXED, zones.PORT, zones.TOWER, zones.CBD))
    strip = seaward & (~cells.whole | ~low_zone) & (cells.zone != zones.PORT)
    kind[strip] = SHORE
    old_edge = seaward & ~cells.whole & (cells.zone == zones.OLD) & (cells.size.prod(axis=1) > 9e3)
    kind[old_edge & (rng.random(len(kind)) < 0.45)] = BUILT
    reserve = cells.whole & (kind == BUILT) & (rng.random(len(kind)) < 0.012)
    kind[reserve & np.isin(cells.zone, (zones.TOWER, zones.INDUSTRIAL, zones.MID))] = EMPTY
    area = np.bincount(cells.superblock, cells.size.prod(axis=1), minlength=len(grid.zone))
    room = np.clip(area / FULL, 0.15, 1.0)  # small superblocks need fewer of everything
    free = np.bincount(cells.superblock[_free(kind, cells)], minlength=len(grid.zone)) > 0
    _give(kind, cells, fire_sites(plan, cells, grid, free), FIRE, rng)
    for purpose, chance in CHANCE.items():
        wants = rng.random(len(grid.zone)) < np.array(chance)[grid.zone] * room
        if purpose == HOSPITAL:
            wants[_last_hospital(plan, kind, cells, grid)] = True
        _give(kind, cells, wants, purpose, rng)
    for purpose in (*CHANCE, FIRE):  # even the smallest city has one of each
        if not (kind == purpose).any():
            _give(kind, cells, _one(kind, cells, len(grid.zone)), purpose, rng)
    return kind


def _last_hospital(plan: Plan, kind: Ints, cells: Cells, grid: Grid) -> int:
    """The superblock with room that is nearest to where the last large hospital is to stand."""
    k, m = grid.middle(plan.scale)
    room = np.bincount(cells.superblock[_free(kind, cells)], minlength=len(k)) > 1
    far = np.hypot(k - last_hospital(plan.scale), m - 900.0)
    return int(np.argmin(np.where(room, far, np.inf)))


def _one(kind: Ints, cells: Cells, superblocks: int) -> NDArray[np.bool_]:
    """The superblock with most unbuilt-on blocks left."""
    left = np.bincount(cells.superblock[(kind == BUILT) & cells.whole], minlength=superblocks)
    return np.asarray(np.arange(superblocks) == int(np.argmax(left)))


def _free(kind: Ints, cells: Cells) -> NDArray[np.bool_]:
    """Whole cells that can still be given to a purpose."""
    return np.asarray((kind == BUILT) & cells.whole & (cells.size.min(axis=1) > 55.0))


def _give(
    kind: Ints, cells: Cells, wants: NDArray[np.bool_], purpose: int, rng: np.random.Generator
) -> None:
    pool = np.flatnonzero(_free(kind, cells) & wants[cells.superblock])
    pool = pool[rng.permutation(len(pool))]
    if purpose in (FIRE, GROUND, PRIMARY):  # these take the smaller blocks
        pool = pool[np.argsort(cells.size[pool].prod(axis=1) * rng.uniform(0.7, 1.4, len(pool)))]
    _, first = np.unique(cells.superblock[pool], return_index=True)
    chosen = pool[first]
    # a superblock keeps at least half of its cells for its own zone
    left = np.bincount(cells.superblock[kind == BUILT], minlength=len(wants))
    total = np.bincount(cells.superblock, minlength=len(wants))
    kind[chosen[left[cells.superblock[chosen]] * 2 > total[cells.superblock[chosen]]]] = purpose
