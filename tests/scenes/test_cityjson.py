"""The CityJSON of the sample: closed solids that face outward, semantics, parts, no stray data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from scenes.sample.cityjson import write_sequence

Model = dict[str, Any]


@pytest.fixture(scope="module")
def model(files: Path) -> Model:
    loaded: Model = orjson.loads((files / "model/buildings.city.json").read_bytes())
    return loaded


def geometries(model: Model) -> list[Model]:
    return [g for part in model["CityObjects"].values() for g in part.get("geometry", ())]


def test_the_head_is_that_of_cityjson_two(model: Model) -> None:
    assert model["version"] == "2.0"
    assert model["metadata"]["referenceSystem"].endswith("/EPSG/0/4549")
    assert set(model) == {"type", "version", "transform", "metadata", "CityObjects", "vertices"}
    assert all(isinstance(n, int) for n in model["vertices"][0])


def test_every_solid_is_closed(model: Model) -> None:
    for geometry in geometries(model):
        edges: Counter[tuple[int, int]] = Counter()
        for face in geometry["boundaries"][0]:
            ring = face[0]
            edges.update(zip(ring, [*ring[1:], ring[0]], strict=True))
        assert max(edges.values()) == 1
        assert all((b, a) in edges for a, b in edges)


def test_every_solid_faces_outward(model: Model) -> None:
    points = np.array(model["vertices"]) * np.array(model["transform"]["scale"])
    for geometry in geometries(model):
        volume = 0.0
        for face in geometry["boundaries"][0]:
            corners = points[face[0]] - points[geometry["boundaries"][0][0][0][0]]
            for i in range(1, len(corners) - 1):
                volume += float(np.dot(corners[0], np.cross(corners[i], corners[i + 1]))) / 6
        assert volume > 0


def test_every_face_has_its_surface(model: Model) -> None:
    for geometry in geometries(model):
        values = geometry["semantics"]["values"][0]
        assert len(values) == len(geometry["boundaries"][0])
        kinds = [geometry["semantics"]["surfaces"][v]["type"] for v in values]
        assert kinds[0] == "GroundSurface"
        assert {"RoofSurface", "WallSurface"} <= set(kinds)


def test_there_are_pitched_roofs_and_buildings_of_parts(model: Model) -> None:
    assert {g["lod"] for g in geometries(model)} == {"1", "2"}
    objects = model["CityObjects"]
    parents = {name for name, part in objects.items() if "children" in part}
    assert parents
    for name in parents:
        children = objects[name]["children"]
        assert all(objects[child]["parents"] == [name] for child in children)


def test_attributes_are_those_a_checkup_needs(model: Model) -> None:
    told = [p["attributes"] for p in model["CityObjects"].values() if p["type"] == "Building"]
    wanted = {"name_zh", "name_en", "measuredHeight", "storeysAboveGround", "use", "structure"}
    wanted |= {"year_built", "population", "address_zh", "external_ids", "synthetic"}
    assert all(wanted <= set(row) for row in told)
    assert all(2 < row["measuredHeight"] < 330 for row in told)
    assert all(1890 < row["year_built"] < 2025 for row in told)


def test_a_sequence_holds_one_building_a_line(tmp_path: Path) -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0]])
    write_sequence(tmp_path / "x.city.jsonl", {"type": "CityJSON"}, iter([("a", {}, vertices)]))
    lines = [orjson.loads(line) for line in (tmp_path / "x.city.jsonl").read_bytes().splitlines()]
    assert [line["type"] for line in lines] == ["CityJSON", "CityJSONFeature"]
    assert lines[1]["vertices"] == [[0, 0, 0], [1, 0, 0]]
