"""Where fire stations and hospitals are: the old quays and the east end are left out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from indicator_overlays.measures.service_radius import SMALL_STATION, STANDARD_STATION
from scenes.sample import zones
from scenes.sample.cells import Cells, Grid
from scenes.sample.plan import Array, Plan

Bools = NDArray[np.bool_]
SMALL_CITY = 0.6  # scale below which all stations are small ones
DENSE = (2_400.0, 6_000.0)  # plan metres along the shore within which stations are small
QUAYS = (4_250.0, -420.0)  # plan metres: the heart of the old quays, outside every disc
EAST_END, WEST_END, HOSPITAL_REACH = 11_000.0, 900.0, 4_000.0
INSET = 0.35  # sides of a superblock by which its middle lies inside a disc that covers it whole
LEAST = 0.005  # a station is built where it newly covers this share of its responsibility area


def is_small(k: Array, scale: float) -> Bools:
    """Whether the station at plan metres ``k`` (at scale 1) is a small one."""
    return np.asarray((scale < SMALL_CITY) | ((k > DENSE[0]) & (k < DENSE[1])))


def fire_sites(plan: Plan, cells: Cells, grid: Grid, free: Bools) -> Bools:
    """Superblocks that get a station, of those that have a ``free`` cell."""
    u, v = grid.rect[:, :2].mean(axis=1), grid.rect[:, 2:].mean(axis=1)
    at = np.stack(plan.world(u, v), axis=1)
    disc = np.where(is_small(u / plan.scale, plan.scale), SMALL_STATION, STANDARD_STATION)
    land = np.bincount(cells.superblock, cells.size.prod(axis=1), minlength=len(u))
    worth = np.where(grid.zone == zones.FOREST, 0.0, land)
    radius = np.sqrt(disc / math.pi)
    quays = np.array(plan.world(*np.array(QUAYS) * plan.scale))
    allowed = free & (np.hypot(*(at - quays).T) > radius)
    side = float(np.sqrt(np.median(np.diff(grid.lines_u)) * np.median(np.diff(grid.lines_v))))
    covers = _covers(at, radius - INSET * side)
    sites, open_ = np.zeros(len(u), dtype=bool), worth.copy()
    enough = LEAST * np.minimum(disc, 0.5 * float(land.sum()))
    while True:
        gain = np.where(allowed & ~sites, covers @ open_ - enough, -1.0)
        best = int(np.argmax(gain))
        if gain[best] <= 0.0:
            break
        sites[best] = True
        open_[covers[best].indices] = 0.0
    return sites


def last_hospital(scale: float) -> float:
    """Plan metres along the shore beyond which no hospital is of grade II or above.

    So far west that the east end lies out of reach; a city smaller than the reach has its only one
    at its west end.
    """
    return max(EAST_END - HOSPITAL_REACH / scale, WEST_END)


def _covers(at: Array, radius: Array) -> csr_matrix:
    """Superblocks (columns) whose middle is in the disc of a station in each superblock (rows)."""
    found = cKDTree(at).query_ball_point(at, radius)
    size = np.array([len(row) for row in found])
    columns = np.concatenate([np.asarray(row, dtype=np.int64) for row in found])
    ends = np.concatenate([[0], np.cumsum(size)])
    return csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(at), len(at)))
