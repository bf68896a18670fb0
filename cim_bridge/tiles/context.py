"""The layers around the buildings: unit surfaces, land, water, green and roads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.model import CityModel
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.drape import areas_of, drape, lattice_triangles, simplified
from cim_bridge.tiles.features import FeatureSet, no_rows
from cim_bridge.tiles.relief import WIDEST, Relief
from cim_bridge.tiles.roads import road_areas

SURFACES: dict[str, float] = {
    "district": 0.5,
    "subdistrict": 0.6,
    "community": 0.7,
    "block": 0.8,
    "compound": 0.9,
}
"""Levels drawn as surfaces, and metres of each above the ground."""

OBJECTS: dict[str, tuple[float, frozenset[str]]] = {
    "water": (0.2, frozenset({"water", "sea", "river", "lake"})),
    "green": (0.35, frozenset({"green", "park"})),
    "roads": (1.1, frozenset({"road"})),
}
"""Context layers: metres above the ground and kinds of object; roads stay above the surfaces."""

_PATCH = 32
"""Lattice cells along one side of a piece of ground."""
_MARGIN = 150.0
"""Metres of land around buildings where nothing says how far the city goes."""


@dataclass(frozen=True)
class Layer:
    """One tileset to be: its name, its features and its manifest entry so far."""

    name: str
    features: FeatureSet
    entry: dict[str, Any]


def context_layers(model: CityModel, buildings: FeatureSet, log: IssueLog) -> Iterator[Layer]:
    """Make every layer the model has the material for, one at a time."""
    land = _land(model, buildings)
    if land is None:
        return
    objects = Columns.of(model, "object")
    layers = {name: _chosen(objects, kinds) for name, (_, kinds) in OBJECTS.items()}
    relief = _relief(model, buildings, land)
    yield Layer("ground", _ground(land, relief), {"kind": "context"})
    for level, above in SURFACES.items():
        units = Columns.of(model, level)
        areas = areas_of(units.geometry)
        areas[units.removed] = shapely.Polygon()
        features = _surface(areas, units, relief, above)
        if len(units):
            _report_flat(units, features, level, log)
        yield Layer(level, features, {"kind": "surface", "level": level})
    for name, (above, _) in OBJECTS.items():
        areas = np.full(len(objects), shapely.Polygon(), dtype=object)
        chosen = layers[name]
        shapes = objects.geometry[chosen]
        made = road_areas(shapes, objects.attributes[chosen]) if name == "roads" else shapes
        areas[chosen] = areas_of(made)
        yield Layer(name, _surface(areas, objects, relief, above), {"kind": "context"})


def _chosen(objects: Columns, kinds: frozenset[str]) -> npt.NDArray[np.bool_]:
    return np.isin(objects.kind.astype(str), list(kinds)) & ~objects.removed


def _surface(areas: npt.NDArray[Any], units: Columns, relief: Relief, above: float) -> FeatureSet:
    drawn = np.flatnonzero(~shapely.is_empty(areas))
    if not len(drawn):
        return FeatureSet.none()
    triangles, owner = lattice_triangles(simplified(areas[drawn]), relief)
    return drape(
        triangles, drawn[owner], relief, units.ids, np.arange(len(units)), above=above,
        group=units.group,
    )  # fmt: skip


def _report_flat(units: Columns, features: FeatureSet, level: str, log: IssueLog) -> None:
    drawn = np.zeros(len(units), bool)
    drawn[features.row] = True
    absent = np.flatnonzero(~drawn & ~units.removed)
    if len(absent):
        log.add("TILES_UNIT_WITHOUT_AREA", id=units.ids[absent[0]], level=level, count=len(absent))


def _land(model: CityModel, buildings: FeatureSet) -> Any | None:
    """The city's own area and its ground's; failing both, a margin around the buildings."""
    areas = list(areas_of(Columns.of(model, "city").geometry))
    if model.ground is not None and len(model.ground):
        areas.append(_outline(model.ground))
    if not any(area.area for area in areas) and len(buildings):
        areas.append(shapely.MultiPoint(buildings.centres()).convex_hull.buffer(_MARGIN))
    land = shapely.union_all(areas_of(np.array(areas))) if areas else None
    return land if land is not None and land.area > 0 else None


def _outline(tin: Mesh) -> Any:
    """The area a TIN covers; triangles that overlap take the slow way."""
    corners = np.asarray(tin.vertices)[tin.triangles][:, :, :2]
    triangles = np.asarray(shapely.polygons(corners))
    area = shapely.area(triangles)
    triangles = triangles[area > 0]
    whole = shapely.coverage_union_all(triangles)
    if abs(whole.area - area.sum()) < 1e-6 * area.sum() and whole.is_valid:
        return whole
    return shapely.union_all(triangles, grid_size=0.01)


def _relief(model: CityModel, buildings: FeatureSet, land: Any) -> Relief:
    """The ground under everything that will be draped."""
    draped = np.isin(model.units["level"].to_numpy(), [*SURFACES, "object"])
    shapes = np.asarray(model.units.geometry.values)[draped]
    west, south, east, north = shapely.total_bounds(np.append(shapes, land))
    low, high = np.array([west, south]), np.array([east, north])
    if model.ground is not None and len(model.ground):
        triangles = np.asarray(model.ground.triangles, np.int64)
        return Relief.of(np.asarray(model.ground.vertices), low, high, triangles=triangles)
    bottoms, _ = buildings.bounds
    points = np.column_stack([buildings.centres(), bottoms[:, 2]])
    return Relief.of(points, low, high)


def _ground(land: Any, relief: Relief) -> FeatureSet:
    """Land in square pieces; they are no units, so their row is 0xFFFFFFFF."""
    triangles, _ = lattice_triangles(simplified(areas_of(np.array([land]))), relief)
    centre = triangles.mean(axis=1)
    side = max(relief.cell * _PATCH, WIDEST)
    patch = np.floor(centre / side).astype(np.int64)
    _, first, feature = np.unique(
        patch[:, 0] << 32 | patch[:, 1] & 0xFFFFFFFF, return_index=True, return_inverse=True
    )
    ids = [f"ground:{x}:{y}" for x, y in patch[first]]
    return drape(triangles, feature.reshape(-1), relief, ids, no_rows(len(ids)), above=0.0)
