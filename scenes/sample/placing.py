"""Buildings put in the world: rigid shapes turned with their street, inside their block, apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample.cells import Cells
from scenes.sample.plan import Array, Plan
from scenes.sample.solids import ELL, MAKE, RECT, ROUND, Solids

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
ROUND_SIDES = 20
PART = 20_000  # buildings whose outlines are in memory at a time
SMALL = [MAKE[name] for name in ("lane", "villa", "village")]


@dataclass(frozen=True)
class Placed:
    """World centre, angle and plan position of every building, and whether it fits."""

    origin: Array
    angle: Array
    plan_at: Array
    fits: NDArray[np.bool_]


def place(plan: Plan, cells: Cells, solids: Solids) -> Placed:
    """Put buildings on their blocks, turned with the street; what overlaps or sticks out is out."""
    cell = solids.rows["cell"].astype(np.int64)
    v = cells.centre[cell, 1] + solids.rows["y"]
    u = cells.centre[cell, 0] + solids.rows["x"] / plan.stretch(cells.centre[cell, 0], v)
    x, y = plan.world(u, v)
    origin, plan_at = np.stack([x, y], axis=1), np.stack([u, v], axis=1)
    angle = plan.heading(u, v) + solids.rows["turn"]
    room = cells.shape.copy()
    room[~cells.whole] = shapely.buffer(room[~cells.whole], -1.5)
    fits = np.zeros(len(cell), dtype=bool)
    for rows in by_block(cell):
        outline = footprints(solids, origin, angle, rows)
        inside = shapely.contains_properly(room[cell[rows]], outline)
        fits[rows] = inside & _apart(outline, inside)
    return Placed(origin, angle, plan_at, fits)


def by_block(cell: Ints, most: int = PART) -> Iterator[Ints]:
    """Rows of buildings in parts of about ``most``; those of one block are in one part."""
    order = np.argsort(cell, kind="stable")
    start, last = 0, cell[order]
    while start < len(order):
        end = min(start + most, len(order))
        end = int(np.searchsorted(last, last[end - 1], side="right"))
        yield order[start:end]
        start = end


def _apart(footprint: Shapes, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """False for the later building of every overlapping pair; those inside meet in blocks only."""
    keep = np.ones(len(footprint), dtype=bool)
    at = np.flatnonzero(inside)
    tree = shapely.STRtree(footprint[at])
    a, b = tree.query(footprint[at], predicate="intersects")
    keep[at[np.maximum(a, b)[a != b]]] = False
    return keep


def trim(
    solids: Solids, keep: NDArray[np.bool_], buildings: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Leave single small houses out, here and there, until the number is right."""
    surplus = int(keep.sum()) - buildings
    if surplus <= 0:
        return keep
    small = np.isin(solids.rows["make"], SMALL)
    order = np.lexsort((rng.random(len(keep)), ~small, ~keep))
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


def footprints(solids: Solids, origin: Array, angle: Array, rows: Ints) -> Shapes:
    """The outlines on the ground of some buildings: of their first solids (others stand on it)."""
    first = np.searchsorted(solids.of, rows)
    out = np.full(len(rows), None, dtype=np.object_)
    forms = solids.solids["form"][first].astype(np.int64)
    for form in (RECT, ELL, ROUND):
        mine = np.flatnonzero(forms == form)
        if len(mine):
            out[mine] = shapely.polygons(rings(solids, origin, angle, first[mine], form))
    return out
