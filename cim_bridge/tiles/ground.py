"""The ground of a model: how far it goes and how high it is, found out when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from cim_bridge.mesh import Mesh
from cim_bridge.tiles.city import TiledCity
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.drape import areas_of
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.relief import Relief

_MARGIN = 150.0
"""Metres of land around buildings where nothing says how far the city goes."""


@dataclass(frozen=True)
class Ground:
    """Land and relief under everything that is draped.

    draped: levels whose units the relief reaches under. buildings: asked for only where neither
    the city's outline nor a TIN tells the ground.
    """

    source: TiledCity
    draped: tuple[str, ...]
    buildings: Callable[[], FeatureSet]

    @cached_property
    def tin(self) -> Mesh | None:
        """The ground that was bridged."""
        ground = self.source.ground
        return ground if ground is not None and len(ground) else None

    @cached_property
    def city(self) -> Any:
        """(1,) the city's own area."""
        return areas_of(Columns.of(self.source, "city").geometry)

    @cached_property
    def _has_outline(self) -> bool:
        return self.tin is not None or bool((shapely.area(self.city) > 0).any())

    @property
    def exists(self) -> bool:
        """Whether anything says where the ground is."""
        return self._has_outline or len(self.buildings()) > 0

    @cached_property
    def land(self) -> Any:
        """The city's own area and its TIN's; failing both, a margin around the buildings."""
        areas = list(self.city)
        if self.tin is not None:
            areas.append(_outline(self.tin))
        if not self._has_outline:
            areas.append(shapely.MultiPoint(self.buildings().centres()).convex_hull.buffer(_MARGIN))
        return shapely.union_all(areas_of(np.array(areas)))

    @cached_property
    def relief(self) -> Relief:
        """The height of the ground."""
        low, high = self._extent()
        if self.tin is not None:
            triangles = np.asarray(self.tin.triangles, np.int64)
            return Relief.of(np.asarray(self.tin.vertices), low, high, triangles=triangles)
        bottoms, _ = self.buildings().bounds
        points = np.column_stack([self.buildings().centres(), bottoms[:, 2]])
        self.buildings().release()
        return Relief.of(points, low, high)

    def _extent(self) -> tuple[F64, F64]:
        """Bounds (x, y) of all that is draped and of the land."""
        boxes = [shapely.bounds(self.source.shapes(*self.draped)), shapely.bounds(self.city)]
        if self.tin is not None:
            used = np.asarray(self.tin.vertices)[np.unique(self.tin.triangles)][:, :2]
            boxes.append(np.array([[*used.min(axis=0), *used.max(axis=0)]]))
        if not self._has_outline:
            boxes.append(shapely.bounds(np.array([self.land])))
        every = np.concatenate(boxes)
        return np.nanmin(every[:, :2], axis=0), np.nanmax(every[:, 2:], axis=0)

    @cached_property
    def relief_inputs(self) -> tuple[Any, ...]:
        """What a draped layer takes from the ground."""
        relief = self.relief
        return (float(relief.west), float(relief.south), relief.cell, relief.heights)

    @cached_property
    def inputs(self) -> tuple[Any, ...]:
        """What the ground itself is made of."""
        tin = () if self.tin is None else (self.tin.vertices, self.tin.triangles)
        land = () if self._has_outline else (np.array([self.land], dtype=object),)
        return (*self.relief_inputs, self.city, *tin, *land)


def _outline(tin: Mesh) -> Any:
    """The area a TIN covers; triangles that overlap take the slow way."""
    corners = np.asarray(tin.vertices)[tin.triangles][:, :, :2]
    triangles = np.asarray(shapely.polygons(corners))
    area = shapely.area(triangles)
    triangles = triangles[area > 0]
    try:
        whole = shapely.coverage_union_all(triangles)
    except shapely.errors.GEOSException:  # edges that do not meet corner to corner
        whole = shapely.Polygon()
    if abs(whole.area - area.sum()) < 1e-6 * area.sum() and whole.is_valid:
        return whole
    return shapely.union_all(triangles, grid_size=0.01)
