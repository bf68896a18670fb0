"""The layers around the buildings: unit surfaces, land, water, green and roads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.tiles.city import TiledCity
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.drape import areas_of, coarser, drape, lattice_triangles, simplified
from cim_bridge.tiles.features import FeatureSet, no_rows
from cim_bridge.tiles.ground import Ground
from cim_bridge.tiles.relief import WIDEST, Relief
from cim_bridge.tiles.reuse import inputs_digest
from cim_bridge.tiles.roads import road_areas
from cim_bridge.tiles.strings import I64

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

_GRAINS = 8.0
"""Positions of a coarse outline lie on steps of this part of what it may be off by."""

_PATCH = 32
"""Lattice cells along one side of a piece of ground."""


@dataclass(frozen=True)
class Layer:
    """One tileset to be: name, manifest entry so far, what it is made of, and how.

    features: with outlines off by some metres, for a view from afar; 0 as they are. ids, wanted:
    public source ids by row and which of them should be drawn; None for layers that nobody misses
    anything in.
    """

    name: str
    entry: dict[str, Any]
    inputs: str
    features: Callable[[float], FeatureSet]
    ids: Sequence[str] | None = None
    wanted: npt.NDArray[np.bool_] | None = None


def context_layers(city: TiledCity, ground: Ground) -> Iterator[Layer]:
    """Plan every layer the model has the material for."""
    if not ground.exists:
        return
    yield Layer(
        "ground", {"kind": "context"}, inputs_digest("ground", *ground.inputs),
        lambda far: _ground(ground.land, ground.relief, far),
    )  # fmt: skip
    for level, above in SURFACES.items():
        units = Columns.of(city, level)
        if len(units):
            yield _surface_layer(level, units, ground, above)
    objects = Columns.of(city, "object")
    for name, (above, kinds) in OBJECTS.items():
        chosen = np.flatnonzero(_chosen(objects, kinds))
        if len(chosen):
            yield _object_layer(name, objects, chosen, ground, above)


def _surface_layer(level: str, units: Columns, ground: Ground, above: float) -> Layer:
    def features(far: float) -> FeatureSet:
        areas = areas_of(units.geometry)
        areas[units.removed] = shapely.Polygon()
        drawn = np.flatnonzero(~shapely.is_empty(areas))
        shown = coarser(areas[drawn], far, shared=True) if far else simplified(areas[drawn])
        return _surface(shown, drawn, units, ground.relief, above, far)

    inputs = inputs_digest(
        level, above, *ground.relief_inputs, units.ids, units.group, units.removed, units.geometry
    )
    entry = {"kind": "surface", "level": level}
    return Layer(level, entry, inputs, features, units.ids, ~units.removed)


def _object_layer(name: str, objects: Columns, chosen: I64, ground: Ground, above: float) -> Layer:
    shapes, attributes = objects.geometry[chosen], objects.attributes[chosen]

    def features(far: float) -> FeatureSet:
        lines = shapely.simplify(shapes, far) if far else shapes
        areas = areas_of(road_areas(lines, attributes) if name == "roads" else shapes)
        drawn = np.flatnonzero(~shapely.is_empty(areas))
        shown = coarser(areas[drawn], far, shared=False) if far else simplified(areas[drawn])
        return _surface(shown, chosen[drawn], objects, ground.relief, above, far)

    inputs = inputs_digest(
        name, above, *ground.relief_inputs, chosen, [objects.ids[k] for k in chosen],
        objects.group[chosen], shapes, attributes if name == "roads" else None,
    )  # fmt: skip
    return Layer(name, {"kind": "context"}, inputs, features)


def _chosen(objects: Columns, kinds: frozenset[str]) -> npt.NDArray[np.bool_]:
    return np.isin(objects.kind.astype(str), list(kinds)) & ~objects.removed


def _surface(
    areas: npt.NDArray[Any], row: I64, units: Columns, relief: Relief, above: float, far: float
) -> FeatureSet:
    """Areas of the units of these rows, laid on the ground."""
    if not len(areas):
        return FeatureSet.none()
    triangles, owner = lattice_triangles(areas, relief)
    made = drape(
        triangles, row[owner], relief, units.ids, np.arange(len(units)), above=above,
        group=units.group,
    )  # fmt: skip
    return replace(made, grain=far / _GRAINS)


def _ground(land: Any, relief: Relief, far: float) -> FeatureSet:
    """Land in square pieces; they are no units, so their row is 0xFFFFFFFF."""
    areas = areas_of(np.array([land]))
    shown = coarser(areas, far, shared=False) if far else simplified(areas)
    triangles, _ = lattice_triangles(shown, relief)
    centre = triangles.mean(axis=1)
    side = max(relief.cell * _PATCH, WIDEST)
    patch = np.floor(centre / side).astype(np.int64)
    _, first, feature = np.unique(
        patch[:, 0] << 32 | patch[:, 1] & 0xFFFFFFFF, return_index=True, return_inverse=True
    )
    ids = [f"ground:{x}:{y}" for x, y in patch[first]]
    made = drape(triangles, feature.reshape(-1), relief, ids, no_rows(len(ids)), above=0.0)
    return replace(made, grain=far / _GRAINS)
