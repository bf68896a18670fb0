"""The CityJSON files of the sample: buildings, ground, and the next version of the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from cim_bridge.progress import Progress
from scenes.sample.cityjson import (
    Feature,
    Shapes,
    attributes,
    city_objects,
    header,
    make_shapes,
    write_sequence,
    write_whole,
)
from scenes.sample.fabric import Fabric
from scenes.sample.labels import Labels
from scenes.sample.people import People
from scenes.sample.plan import Array

SEQUENCE_ABOVE = 100_000
CHUNK = 2_000
"""Buildings made at a time: what is written does not depend on it, memory does."""


@dataclass(frozen=True)
class Stock:
    """All that is known of the buildings, from which any of them are made for a file."""

    fabric: Fabric
    people: People
    labels: Labels

    @cached_property
    def corner(self) -> Array:
        """A round corner south-west of the city from which integer coordinates count."""
        low = np.floor(self.fabric.origin.min(axis=0) / 1_000.0) * 1_000.0 - 1_000.0
        return np.array([low[0], low[1], 0.0])

    def features(self, rows: NDArray[np.int64]) -> Iterator[Feature]:
        """Some buildings in the order of ``rows``, each with vertices of its own."""
        for start in range(0, len(rows), CHUNK):
            yield from self._made(rows[start : start + CHUNK])

    def all(self, progress: Progress, *, whole: bool) -> Iterator[Feature]:
        """All buildings in order; whole: their corners counted in one list of vertices."""
        before, count = 0, len(self.people.ids)
        for start in range(0, count, CHUNK):
            rows = np.arange(start, min(start + CHUNK, count))
            for feature in self._made(rows, before if whole else None):
                before += len(feature[2])
                yield feature
            progress.advance(len(rows))

    def shapes(self, rows: NDArray[np.int64]) -> Shapes:
        """Solids of some buildings."""
        return make_shapes(self.fabric, self.people, rows, self.corner)

    def _made(self, rows: NDArray[np.int64], before: int | None = None) -> Iterator[Feature]:
        told = attributes(self.people, self.labels.of(rows), rows)
        return city_objects(self.people.ids[rows].tolist(), told, self.shapes(rows), before)


def write_buildings(folder: Path, stock: Stock, progress: Progress) -> Path:
    """``buildings.city.json``, or ``buildings.city.jsonl`` for a large city."""
    frame = header(stock.corner, "Lanwan (fictitious): buildings")
    large = len(stock.people.ids) > SEQUENCE_ABOVE
    path = folder / ("buildings.city.jsonl" if large else "buildings.city.json")
    write = write_sequence if large else write_whole
    write(path, frame, stock.all(progress, whole=not large))
    return path


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
