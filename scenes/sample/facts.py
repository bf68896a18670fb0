"""What geometry itself says of the sample at the newest year, so that told and computed agree."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample.alarms import Alarms
from scenes.sample.fabric import Fabric
from scenes.sample.levels import Units
from scenes.sample.people import People
from scenes.sample.plan import Array

TILE = 1_500.0  # metres
LARGE_PARK, LARGE_RADIUS, SMALL_RADIUS = 5_000.0, 500.0, 300.0  # m2, m, m: 2022 list, no. 9


@dataclass(frozen=True)
class Fact:
    """Numerator and denominator for the units of one level; denominator 0 = does not apply."""

    level: str
    numerator: Array
    denominator: Array


def make_facts(
    fabric: Fabric,
    units: Units,
    people: People,
    areas: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    alarms: Alarms,
) -> dict[str, Fact]:
    """By indicator code."""
    return {
        "park_coverage": _parks(fabric, units, areas, parks),
        "development_intensity": _built(units, areas),
        "historic_building_vacancy": _vacancy(fabric, people, facilities),
        "highrise_fire_warning": _alarms(fabric, people, alarms),
    }


def _parks(fabric: Fabric, units: Units, areas: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> Fact:
    """Residential land within reach of a park, by block."""
    radius = np.where(parks.area >= LARGE_PARK, LARGE_RADIUS, SMALL_RADIUS)
    reach = _tiled(shapely.buffer(np.asarray(parks.geometry, dtype=object), radius))
    land = areas[areas["kind"] == "residential_land"]
    row = _rows(land["of_block"], units)
    homes = np.asarray(land.geometry, dtype=object)
    pair, part = shapely.STRtree(reach).query(homes, predicate="intersects")
    inside = shapely.area(shapely.intersection(homes[pair], reach[part]))
    count = len(fabric.cells.zone)
    covered = np.bincount(row[pair], np.round(inside), minlength=count)
    total = np.bincount(row, np.round(shapely.area(homes)), minlength=count).astype(np.float64)
    return Fact("block", np.minimum(covered, total), total)


def _tiled(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Their union as pieces by square tiles, so that no piece is large."""
    x0, y0, x1, y1 = shapely.total_bounds(shapes)
    x, y = (a.ravel() for a in np.meshgrid(np.arange(x0, x1, TILE), np.arange(y0, y1, TILE)))
    tiles = shapely.box(x, y, x + TILE, y + TILE)
    tile, shape = shapely.STRtree(shapes).query(tiles, predicate="intersects")
    order = np.argsort(tile, kind="stable")
    groups = np.split(shape[order], np.flatnonzero(np.diff(tile[order])) + 1)
    pieces = [
        shapely.intersection(shapely.union_all(shapes[group]), tiles[t])
        for t, group in zip(np.unique(tile), groups, strict=True)
    ]
    return np.asarray(shapely.get_parts(pieces), dtype=object)


def _rows(block_ids: object, units: Units) -> NDArray[np.int64]:
    index = {name: row for row, name in enumerate(units.tables["block"]["id"])}
    return np.array([index[name] for name in np.asarray(block_ids)], dtype=np.int64)


def _built(units: Units, areas: gpd.GeoDataFrame) -> Fact:
    """Built-up area of every district."""
    built = areas.geometry[areas["kind"] == "built_up"].iloc[0]
    shapes = np.asarray(units.tables["district"].geometry, dtype=object)
    inside = shapely.area(shapely.intersection(shapes, built))
    return Fact("district", np.round(inside), np.round(shapely.area(shapes)))


def _alarms(fabric: Fabric, people: People, alarms: Alarms) -> Fact:
    """High buildings whose fire alarms are connected, by block."""
    count, cell = len(fabric.cells.zone), people.cell[alarms.rows]
    connected = np.bincount(cell, alarms.connected, minlength=count).astype(np.float64)
    return Fact("block", connected, np.bincount(cell, minlength=count).astype(np.float64))


def _vacancy(fabric: Fabric, people: People, facilities: gpd.GeoDataFrame) -> Fact:
    """Listed buildings that stand empty, by block."""
    listed = facilities[facilities["kind"] == "heritage_building"]
    count = len(fabric.cells.zone)
    cell = people.cell[np.flatnonzero(people.heritage)]
    empty = listed["vacant"].to_numpy(bool)
    return Fact(
        "block",
        np.bincount(cell, empty, minlength=count).astype(np.float64),
        np.bincount(cell, minlength=count).astype(np.float64),
    )
