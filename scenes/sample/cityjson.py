"""CityJSON 2.0 of buildings and ground; CityJSONSeq above 100,000 buildings.

Geometry is made as whole integer arrays per kind of solid for some thousand buildings at a time;
only the writing of JSON goes building by building, because JSON is a text of objects.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scenes.sample.fabric import Fabric
from scenes.sample.labels import Named
from scenes.sample.people import People, use_words
from scenes.sample.placing import ROUND_SIDES, rings
from scenes.sample.plan import Array
from scenes.sample.solids import ELL, FLAT, GABLE, HIP, RECT, ROUND, Solids

Ints = NDArray[np.int64]
Feature = tuple[str, dict[str, Any], Ints]
MM = 0.001  # the transform's scale: integers are millimetres
LABEL = "Synthetic data of a fictitious city, CC0-1.0 · 虚构城市，合成数据"
SURFACES = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]
NAMESPACE_CRS = "https://www.opengis.net/def/crs/EPSG/0/4549"


@dataclass(frozen=True)
class Shapes:
    """Solids of some buildings: ring corners, roof and integer vertices of each (ragged)."""

    sides: Ints
    roof: Ints
    start: Ints  # first vertex of each solid in ``vertices``, and their number behind the last
    vertices: Ints  # (v, 3) millimetres from the corner of the city
    first: Ints  # first solid of each building, and their number behind the last


def roofs(solids: Solids) -> Ints:
    """Roof of every solid: only rectangles have a pitched one."""
    s = solids.solids
    return np.where(s["form"] == RECT, s["roof"], FLAT).astype(np.int64)


def make_shapes(fabric: Fabric, people: People, rows: Ints, corner: Array) -> Shapes:
    """Vertices of the solids of some buildings: ground ring, eaves ring, ridge (two points)."""
    solids, first = fabric.solids.standing(rows)
    s = {name: column[solids] for name, column in fabric.solids.solids.items()}
    of, form = s["of"].astype(np.int64), s["form"].astype(np.int64)
    roof = np.where(form == RECT, s["roof"].astype(np.int64), FLAT)
    sides = np.array([4, 8, ROUND_SIDES])[form]
    count = 2 * sides + np.where(roof == FLAT, 0, 2)
    start = np.concatenate([[0], np.cumsum(count)])
    out = np.zeros((int(start[-1]), 3))
    low = people.ground[of] + s["base"] - np.where(s["base"] == 0, 0.5, 0.0)
    eaves = people.ground[of] + s["base"] + s["height"]
    for kind in (RECT, ELL, ROUND):
        at = np.flatnonzero(form == kind)
        if not len(at):
            continue
        ring = rings(fabric.solids, fabric.origin, fabric.angle, solids[at], kind)
        n = ring.shape[1]
        place = start[at][:, None] + np.arange(n)
        out[place, :2], out[place, 2] = ring, low[at][:, None]
        out[place + n, :2], out[place + n, 2] = ring, eaves[at][:, None]
        pitched = at[roof[at] != FLAT]
        if len(pitched):
            _ridge(
                out,
                ring[roof[at] != FLAT],
                start[pitched],
                roof[pitched],
                eaves[pitched] + s["rise"][pitched],
            )
    return Shapes(sides, roof, start, np.rint((out - corner) / MM).astype(np.int64), first)


def _ridge(out: Array, ring: Array, start: Ints, roof: Ints, top: Array) -> None:
    """Ridge along the longer axis, over the short sides 0-3 and 1-2; drawn in for hips."""
    west, east = (ring[:, 0] + ring[:, 3]) / 2, (ring[:, 1] + ring[:, 2]) / 2
    long = np.linalg.norm(east - west, axis=1)
    short = np.linalg.norm(ring[:, 3] - ring[:, 0], axis=1)
    draw = np.where(roof == HIP, np.minimum(short / 2 / np.maximum(long, 1e-6), 0.42), 0.0)[:, None]
    out[start + 8, :2], out[start + 9, :2] = (
        west + (east - west) * draw,
        east - (east - west) * draw,
    )
    out[start + 8, 2] = out[start + 9, 2] = top


def _pattern(sides: int, roof: int) -> tuple[list[list[int]], list[int]]:
    """Faces as vertex numbers and the semantic surface of each."""
    n = sides
    faces = [list(range(n))[::-1]]
    kinds = [0]
    if roof == FLAT:
        faces.append([n + i for i in range(n)])
        kinds.append(1)
        faces += [[i, (i + 1) % n, n + (i + 1) % n, n + i] for i in range(n)]
        return faces, kinds + [2] * n
    a, b = 8, 9
    faces += [[4, 5, b, a], [6, 7, a, b], [0, 1, 5, 4], [2, 3, 7, 6]]
    kinds += [1, 1, 2, 2]
    if roof == GABLE:
        faces += [[1, 2, 6, b, 5], [3, 0, 4, a, 7]]
        return faces, [*kinds, 2, 2]
    faces += [[5, 6, b], [7, 4, a], [1, 2, 6, 5], [3, 0, 4, 7]]
    return faces, [*kinds, 1, 1, 2, 2]


def _boundaries(shapes: Shapes, local: Ints) -> list[tuple[list[Any], list[int]]]:
    """Boundaries of solids in order; ``local``: where their vertices start in the file's list."""
    out: list[tuple[list[Any], list[int]]] = [([], [])] * len(local)
    key = shapes.sides * 10 + shapes.roof
    for value in np.unique(key):  # five patterns, not buildings
        at = np.flatnonzero(key == value)
        faces, kinds = _pattern(int(value) // 10, int(value) % 10)
        flat = np.array([i for face in faces for i in face])
        rows = (flat + local[at][:, None]).tolist()
        ends = np.cumsum([len(face) for face in faces]).tolist()
        spans = list(zip([0, *ends[:-1]], ends, strict=True))
        for place, row in zip(at.tolist(), rows, strict=True):
            out[place] = ([[row[i:j]] for i, j in spans], kinds)
    return out


def _geometry(boundary: tuple[list[Any], list[int]], lod: str) -> dict[str, Any]:
    return {
        "type": "Solid",
        "lod": lod,
        "boundaries": [boundary[0]],
        "semantics": {"surfaces": SURFACES, "values": [boundary[1]]},
    }


def attributes(people: People, named: Named, rows: Ints) -> list[dict[str, Any]]:
    """One dictionary a building: what the source itself says about it."""
    columns: dict[str, list[Any]] = {
        "name_zh": named.building[0].tolist(),
        "name_en": named.building[1].tolist(),
        "measuredHeight": np.round(people.height[rows], 2).tolist(),
        "storeysAboveGround": people.storeys[rows].tolist(),
        "use": use_words(people.use[rows]).tolist(),
        "structure": people.structure[rows].tolist(),
        "year_built": people.year[rows].tolist(),
        "population": people.population[rows].tolist(),
        "households": people.households[rows].tolist(),
        "floor_area": np.round(people.floor[rows], 1).tolist(),
        "address_zh": named.address.tolist(),
        **{name: values.tolist() for name, values in named.parents.items()},
        "green_building": people.green[rows].tolist(),
        "synthetic": [True] * len(rows),
        "external_ids": [{"house_code": code} for code in named.house_code.tolist()],
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def city_objects(
    ids: list[str], told: list[dict[str, Any]], shapes: Shapes, before: int | None = None
) -> Iterator[tuple[str, dict[str, Any], Ints]]:
    """For each building: its id, its city objects and its vertices.

    Corners are counted in a building's own list of vertices, or, where the file has one list,
    behind the ``before`` ones that stand in it already.
    """
    first = shapes.first.tolist()
    own = np.repeat(shapes.start[shapes.first[:-1]], np.diff(shapes.first))
    local = shapes.start[:-1] - own if before is None else shapes.start[:-1] + before
    made = _boundaries(shapes, local)
    lods = ["2" if pitched else "1" for pitched in (shapes.roof != FLAT).tolist()]
    for i, name in enumerate(ids):
        mine = range(first[i], first[i + 1])
        if len(mine) == 1:
            objects = {
                name: {
                    "type": "Building",
                    "attributes": told[i],
                    "geometry": [_geometry(made[mine[0]], lods[mine[0]])],
                }
            }
        else:
            parts = [f"{name}-{j + 1}" for j in range(len(mine))]
            objects = {name: {"type": "Building", "attributes": told[i], "children": parts}}
            objects.update(
                {
                    part: {
                        "type": "BuildingPart",
                        "parents": [name],
                        "geometry": [_geometry(made[j], lods[j])],
                    }
                    for part, j in zip(parts, mine, strict=True)
                }
            )
        yield name, objects, shapes.vertices[shapes.start[mine[0]] : shapes.start[mine[-1] + 1]]


def header(corner: Array, title: str) -> dict[str, Any]:
    """The CityJSON frame of one file."""
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [MM, MM, MM], "translate": corner.tolist()},
        "metadata": {
            "referenceSystem": NAMESPACE_CRS,
            "title": f"{title}. {LABEL}",
            "identifier": "cimtwin-sample",
            "referenceDate": "2024-12-31",
        },
        "CityObjects": {},
        "vertices": [],
    }


def write_whole(path: Path, frame: dict[str, Any], features: Iterable[Feature]) -> None:
    """One CityJSON whose buildings count corners in one list; written building by building."""
    head = {name: part for name, part in frame.items() if name not in ("CityObjects", "vertices")}
    with path.open("wb") as out, tempfile.TemporaryFile() as corners:
        out.write(orjson.dumps(head)[:-1] + b',"CityObjects":{')
        comma = b""
        for _, objects, vertices in features:
            out.write(comma + orjson.dumps(objects)[1:-1])
            corners.write(comma + _numbers(vertices)[1:-1])
            comma = b","
        out.write(b'},"vertices":[')
        corners.seek(0)
        shutil.copyfileobj(corners, out)
        out.write(b"]}")


def write_sequence(path: Path, frame: dict[str, Any], features: Iterable[Feature]) -> None:
    """CityJSONSeq: the frame on the first line, a building a line after it."""
    with path.open("wb") as out:
        out.write(orjson.dumps(frame) + b"\n")
        for name, objects, vertices in features:
            told = {"type": "CityJSONFeature", "id": name, "CityObjects": objects}
            out.write(orjson.dumps(told)[:-1] + b',"vertices":' + _numbers(vertices) + b"}\n")


def _numbers(vertices: Ints) -> bytes:
    return orjson.dumps(np.ascontiguousarray(vertices), option=orjson.OPT_SERIALIZE_NUMPY)
