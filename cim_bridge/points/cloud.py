"""A point cloud before it is tiled: where the file is, and where its points lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cim_bridge.crs import crs_text, height_factor, known
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading

Bounds = tuple[float, float, float, float, float, float]
"""West, south, low, east, north, high."""


@dataclass(frozen=True)
class Cloud:
    """One file of `count` points in `crs` (None: the file does not say) within `bounds`.

    kind: las, ply or xyz. box: the bounds in the model CRS, once the cloud has been placed; lift:
    metres that bring its heights to the model's.
    """

    path: Path
    kind: str
    crs: str | None
    bounds: Bounds
    count: int
    colored: bool = False
    box: Bounds | None = None
    lift: float = 0.0


def reading_of(cloud: Cloud) -> Reading:
    """Return a reading that can be placed as any other: the cloud's outline stands as ground."""
    west, south, low, east, north, high = cloud.bounds
    corners = [[west, south, low], [east, south, low], [east, north, high], [west, north, high]]
    outline = Mesh.of(np.array(corners), np.array([[0, 1, 2], [0, 2, 3]]))
    return Reading(cloud.crs, [], ground=outline, clouds=(cloud,))


def settled(placed: Reading, clouds: tuple[Cloud, ...], crs: str) -> Reading:
    """Return the placed reading; the outline that stood for a cloud becomes its box.

    crs: the system in which the cloud's coordinates were found to be.
    """
    if not clouds or placed.ground is None:
        return placed
    low, high = placed.ground.vertices.min(axis=0), placed.ground.vertices.max(axis=0)
    box: Bounds = (*low.tolist(), *high.tolist())
    factor = height_factor(known(crs))
    found = [
        replace(cloud, crs=crs_text(crs), box=box, lift=float(low[2]) - cloud.bounds[2] * factor)
        for cloud in clouds
    ]
    return Reading(placed.crs, [], clouds=tuple(found))
