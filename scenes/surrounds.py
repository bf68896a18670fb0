"""The ground and what lies on it, draped exactly as in the viewer's tiles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from cim_bridge.release import ModelRelease

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]

CONTEXT = ("ground", "water", "green", "roads")
"""Layers that no indicator colours, from below."""


@dataclass(frozen=True)
class Draped:
    """One layer: vertices (V, 3) in the model CRS, triangles (T, 3), unit row of each triangle."""

    name: str
    vertices: F64
    triangles: npt.NDArray[np.int64]
    row: U32


def draped(release: ModelRelease, level: str = "") -> list[Draped]:
    """The context layers there are and, last, the surface of a level's units."""
    from cim_bridge.tiles.city import TiledCity
    from cim_bridge.tiles.columns import Columns
    from cim_bridge.tiles.context import SURFACES, context_layers
    from cim_bridge.tiles.ground import Ground
    from cim_bridge.tiles.stored import features_of

    city = TiledCity.of(release.model())
    buildings = cache(lambda: features_of(city.mesh, Columns.of(city, "building")))
    ground = Ground(city, (*SURFACES, "object"), buildings)
    wanted = {*CONTEXT, level}
    found = []
    for layer in context_layers(city, ground):
        if layer.name in wanted:
            made = layer.features(0.0)
            row = np.repeat(made.row, np.diff(made.first))
            found.append(Draped(layer.name, made.vertices, made.triangles, row))
    return sorted(found, key=lambda one: (one.name not in CONTEXT, CONTEXT.index(one.name)
                                          if one.name in CONTEXT else 0))  # fmt: skip
