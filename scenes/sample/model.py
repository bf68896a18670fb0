"""The CityJSON files of the sample: buildings, ground, and the next version of the model."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from cim_bridge.progress import Progress
from scenes.sample.cityjson import (
    CHUNK,
    Shapes,
    attributes,
    city_objects,
    header,
    make_shapes,
    write_sequence,
)
from scenes.sample.fabric import Fabric
from scenes.sample.labels import Labels
from scenes.sample.people import People
from scenes.sample.plan import Array

SEQUENCE_ABOVE = 100_000
Feature = tuple[str, dict[str, Any], NDArray[np.int64]]


def corner_of(fabric: Fabric) -> Array:
    """A round corner south-west of the city from which integer coordinates count."""
    low = np.floor(fabric.origin.min(axis=0) / 1_000.0) * 1_000.0 - 1_000.0
    return np.array([low[0], low[1], 0.0])


def features(
    fabric: Fabric, people: People, labels: Labels, shapes: Shapes, progress: Progress
) -> Iterator[Feature]:
    """All buildings in order, made chunk by chunk."""
    for start in range(0, len(people.ids), CHUNK):
        rows = slice(start, min(start + CHUNK, len(people.ids)))
        told = attributes(people, labels.building, labels.address, labels.parents, rows)
        yield from city_objects(fabric, people, shapes, told, rows, labels.house_code)
        progress.advance(rows.stop - rows.start)


def feature(fabric: Fabric, people: People, labels: Labels, shapes: Shapes, row: int) -> Feature:
    """One building by its row."""
    here = slice(row, row + 1)
    told = attributes(people, labels.building, labels.address, labels.parents, here)
    return next(city_objects(fabric, people, shapes, told, here, labels.house_code))


def write_buildings(
    folder: Path, fabric: Fabric, people: People, labels: Labels, progress: Progress
) -> Shapes:
    """``buildings.city.json``, or ``buildings.city.jsonl`` for a large city; returns the shapes."""
    corner = corner_of(fabric)
    shapes = make_shapes(fabric, people, corner)
    frame = header(corner, "Lanwan (fictitious): buildings")
    made = features(fabric, people, labels, shapes, progress)
    collecting = gc.isenabled()
    gc.disable()  # millions of small lists that all stay alive: collection only costs
    try:
        if len(people.ids) > SEQUENCE_ABOVE:
            path = folder / "buildings.city.jsonl"
            write_sequence(path, frame, made)
        else:
            path = folder / "buildings.city.json"
            path.write_bytes(orjson.dumps(joined(frame, made)))
    finally:
        if collecting:
            gc.enable()
    return shapes


def joined(frame: dict[str, Any], made: Iterator[Feature]) -> dict[str, Any]:
    """One CityJSON: the buildings' own vertex lists behind those that ``frame`` has."""
    vertices: list[list[int]] = frame["vertices"]
    for _, objects, own in made:
        shift = len(vertices)
        for part in objects.values():
            for geometry in part.get("geometry", ()):
                geometry["boundaries"] = [
                    [[[i + shift for i in ring] for ring in face] for face in shell]
                    for shell in geometry["boundaries"]
                ]
        frame["CityObjects"].update(objects)
        vertices.extend(own.tolist())
    return frame


def write_ground(folder: Path, vertices: Array, triangles: NDArray[np.int64]) -> Path:
    """``ground.city.json``: one TINRelief."""
    corner = np.array([*(np.floor(vertices[:, :2].min(axis=0) / 1_000.0) * 1_000.0), 0.0])
    frame = header(corner, "Lanwan (fictitious): ground")
    faces = [[face] for face in triangles.tolist()]
    frame["CityObjects"]["ground"] = {
        "type": "TINRelief",
        "attributes": {"synthetic": True},
        "geometry": [{"type": "CompositeSurface", "lod": "1", "boundaries": faces}],
    }
    frame["vertices"] = np.rint((vertices - corner) / 0.001).astype(np.int64).tolist()
    path = folder / "ground.city.json"
    path.write_bytes(orjson.dumps(frame))
    return path
