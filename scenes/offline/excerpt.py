"""A part of a model: the units of one unit and what lies around it, with their rows kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.mesh import Mesh
from cim_bridge.model import CityModel
from cim_bridge.release import ModelRelease

MARGIN = 150.0
"""Metres of ground, water and roads around the unit."""

NO_PARENT = 0xFFFFFFFF
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Excerpt:
    """Which units of a model are in a file; ``unit`` "" is the whole city."""

    model: ModelRelease
    unit: str = ""

    @classmethod
    def of(cls, model: ModelRelease, unit: str = "") -> Excerpt:
        """Choose a unit that holds buildings; refused where the model has no such unit."""
        if unit:
            table = model.columns("id", "level", "removed")
            live = ~np.asarray(table["removed"].to_numpy(zero_copy_only=False)).astype(bool)
            ids = table["id"].to_numpy(zero_copy_only=False)[live]
            if unit not in set(ids) or unit.partition(":")[0] not in PARENT_LEVELS:
                districts = sorted(name for name in ids if str(name).startswith("district:"))
                log = IssueLog()
                log.add("SCENE_UNIT_UNKNOWN", id=unit, near=", ".join(districts[:12]) or "—")
                raise InputRefused(log)
        return cls(model, unit)

    @cached_property
    def inside(self) -> Bools:
        """Whether each line of the units table is in: the unit and all in it, never removed."""
        units = self.model.units
        live = ~units["removed"].to_numpy(bool)
        if not self.unit:
            return np.asarray(live)
        level = self.unit.partition(":")[0]
        own = (units["id"] == self.unit).to_numpy(bool)
        below = (units[f"parent_{level}"] == self.unit).to_numpy(bool)
        return np.asarray((own | below) & live)

    def rows(self, level: str) -> npt.NDArray[np.int64]:
        """Rows of a level's units that are in, ascending."""
        units = self.model.units
        at = self.inside & (units["level"] == level).to_numpy(bool)
        found: npt.NDArray[np.int64] = np.sort(units["row"].to_numpy(np.int64)[at])
        return found

    @cached_property
    def levels(self) -> list[str]:
        """Levels that have units in the file, coarse to fine."""
        return [level for level in LEVELS if level != "object" and len(self.rows(level))]

    def parents(self, level: str) -> npt.NDArray[np.uint32]:
        """Row at `level` of every building row of the model."""
        if level == "building":
            count = int(self.model.manifest["levels"]["building"]["rows"])
            return np.arange(count, dtype=np.uint32)
        return self.model.parents(level)

    def count(self, level: str) -> npt.NDArray[np.int64]:
        """Buildings in every row of a level."""
        rows = int(self.model.manifest["levels"][level]["rows"])
        if level != "building" and level not in self.model.manifest["parents"]:
            return np.zeros(rows, np.int64)
        parent = self.parents(level)
        found: npt.NDArray[np.int64] = np.bincount(parent[parent != NO_PARENT], minlength=rows)
        return found

    def city(self) -> CityModel:
        """The part as a model: rows as they were, everything else a tombstone."""
        whole = self.model.model()
        if not self.unit:
            return whole
        units = whole.units.copy()
        shape = units.geometry[(units["id"] == self.unit).to_numpy(bool)].iloc[0]
        frame = shapely.box(*shapely.bounds(shapely.buffer(shape, MARGIN)))
        shapes = np.array(units.geometry, dtype=object)
        objects = (units["level"] == "object").to_numpy(bool)
        near = np.zeros(len(units), bool)
        near[objects] = shapely.intersects(shapes[objects], frame)
        cut = near | (units["level"] == "city").to_numpy(bool)
        shapes[cut] = shapely.intersection(shapely.make_valid(shapes[cut]), frame)
        away = ~(self.inside | cut) | units["removed"].to_numpy(bool)
        units["removed"] = away
        units = units.set_geometry(_frame(units, shapes))
        kept = np.zeros(int(self.model.manifest["levels"]["building"]["rows"]), bool)
        kept[self.rows("building")] = True
        mesh = _triangles(whole.mesh, kept[np.asarray(whole.mesh.feature)])
        return replace(whole, units=units, mesh=mesh, ground=_near(whole.ground, frame))


def _frame(units: Any, shapes: npt.NDArray[np.object_]) -> Any:
    import geopandas as gpd

    return gpd.GeoSeries(shapes, index=units.index, crs=units.crs)


def _triangles(mesh: Mesh, keep: Bools) -> Mesh:
    """Some triangles of a mesh; vertices that nothing uses stay, they are not drawn."""
    named = {
        name: getattr(mesh, name)[keep]
        for name in ("triangles", "feature", "lod", "surface", "material", "uv")
        if getattr(mesh, name) is not None
    }
    return replace(mesh, **named)


def _near(ground: Mesh | None, frame: shapely.Geometry) -> Mesh | None:
    if ground is None:
        return None
    x0, y0, x1, y1 = shapely.bounds(frame)
    corners = np.asarray(ground.vertices)[np.asarray(ground.triangles)][:, :, :2]
    low, high = corners.min(axis=1), corners.max(axis=1)
    keep = (high[:, 0] > x0) & (low[:, 0] < x1) & (high[:, 1] > y0) & (low[:, 1] < y1)
    return _triangles(ground, keep)
