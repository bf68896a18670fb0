from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim_bridge.crs import crs_text
from cim_bridge.mesh import GROUND, ROOF, WALL, finest
from cim_bridge.reader import Reading, Units
from cim_bridge.readers import cityjsonseq
from tests.cim_bridge.cityfiles import (
    building,
    corners,
    cube,
    document,
    found,
    read,
    row_of_boxes,
    volume,
    write_json,
)


def units(reading: Reading | None, level: str = "building") -> Units:
    assert reading is not None
    return next(one for one in reading.units if one.level == level)


def given(tmp_path: Path, content: Any, name: str = "a.city.json", **wish: Any) -> Reading:
    reading, log = read(write_json(tmp_path / name, content), **wish)
    assert log.errors == []
    assert reading is not None
    return reading


def sequence(content: dict[str, Any]) -> str:
    """The same document as CityJSONSeq: each feature numbers its vertices from zero."""
    header = {key: content[key] for key in ("type", "version", "metadata", "transform")}
    lines = [{**header, "CityObjects": {}, "vertices": []}]
    for number, (name, item) in enumerate(content["CityObjects"].items()):
        item = copy.deepcopy(item)
        item["geometry"][0]["boundaries"] = [cube(0)]
        vertices = content["vertices"][8 * number : 8 * number + 8]
        feature = {"type": "CityJSONFeature", "id": name, "CityObjects": {name: item}}
        lines.append({**feature, "vertices": vertices})
    return "\n".join(json.dumps(line) for line in lines)


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
def test_every_version_gives_ids_heights_bodies_and_footprints(
    tmp_path: Path, version: str
) -> None:
    content = row_of_boxes(3)
    content["version"] = version
    reading = given(tmp_path, content)
    rows = units(reading)
    assert rows.ids.tolist() == ["b0", "b1", "b2"]
    assert rows.columns["height"].tolist() == [12.0] * 3
    assert rows.columns["storeys"].tolist() == [4.0] * 3
    assert shapely.area(rows.shapes).round(6).tolist() == [80.0] * 3
    assert reading.mesh is not None
    assert [round(volume(reading.mesh, n)) for n in range(3)] == [960] * 3
    assert set(reading.mesh.lod.tolist()) == {10}
    assert reading.crs == "EPSG:4549"


def test_faces_without_semantics_are_told_by_their_slope(tmp_path: Path) -> None:
    mesh = given(tmp_path, row_of_boxes(1)).mesh
    assert mesh is not None
    assert np.bincount(mesh.surface, minlength=4).tolist() == [0, 8, 2, 2]


def test_semantic_surfaces_decide_over_slope(tmp_path: Path) -> None:
    content = row_of_boxes(1)
    content["CityObjects"]["b0"]["geometry"][0]["semantics"] = {
        "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
        "values": [[2, 1, 0, None, 2, 2]],
    }
    mesh = given(tmp_path, content).mesh
    assert mesh is not None
    by_face = mesh.surface[::2].tolist()
    assert by_face == [WALL, ROOF, GROUND, WALL, WALL, WALL]


def test_semantics_that_do_not_fit_the_faces_are_ignored(tmp_path: Path) -> None:
    content = row_of_boxes(2)
    content["CityObjects"]["b0"]["geometry"][0]["semantics"] = {
        "surfaces": [{"type": "RoofSurface"}],
        "values": [[0, 0]],
    }
    mesh = given(tmp_path, content).mesh
    assert mesh is not None
    first = mesh.surface[mesh.feature == 0]
    assert (first == mesh.surface[mesh.feature == 1]).all()


def test_a_sequence_reads_like_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = row_of_boxes(7)
    whole = given(tmp_path, content)
    monkeypatch.setattr(cityjsonseq, "LINES", 3)
    path = tmp_path / "a.city.jsonl"
    path.write_text(sequence(content), encoding="utf-8")
    parts, log = read(path)
    assert log.errors == []
    assert parts is not None
    assert whole.mesh is not None
    assert parts.mesh is not None
    assert units(parts).ids.tolist() == units(whole).ids.tolist()
    for name in ("triangles", "feature"):
        assert (getattr(parts.mesh, name) == getattr(whole.mesh, name)).all()
    assert np.allclose(parts.mesh.vertices, whole.mesh.vertices)


def test_parts_and_installations_belong_to_their_building(tmp_path: Path) -> None:
    part = {"type": "BuildingPart", "parents": ["house"]}
    parts = {
        "house": {"type": "Building", "attributes": {"name": "Haus"}, "children": []},
        "p1": {**building(0, measuredHeight=9, storeysAboveGround=3), **part},
        "p2": {**building(8, measuredHeight=15), **part},
        "c": {**building(16), "type": "BuildingInstallation", "parents": ["p2"]},
        "room": {**building(16), "type": "BuildingRoom", "parents": ["house"]},
    }  # fmt: skip
    vertices = (
        corners(0, 0, 0, 10, 8, 9) + corners(10, 0, 0, 6, 8, 15) + corners(12, 2, 15, 1, 1, 2)
    )
    reading, log = read(write_json(tmp_path / "a.city.json", document(parts, vertices)))
    rows = units(reading)
    assert rows.ids.tolist() == ["house"]
    assert rows.columns["height"].tolist() == [15.0]
    assert rows.columns["storeys"].tolist() == [3.0]
    assert shapely.area(rows.shapes)[0] == pytest.approx(128)
    assert reading is not None
    assert reading.mesh is not None
    assert volume(reading.mesh, 0) == pytest.approx(720 + 720 + 2)
    assert found(log) == {"TYPE_SKIPPED"}


def test_a_part_without_its_parent_becomes_a_unit_and_is_reported(tmp_path: Path) -> None:
    content = row_of_boxes(2)
    content["CityObjects"]["b1"] |= {"type": "BuildingPart", "parents": ["gone"]}
    reading, log = read(write_json(tmp_path / "a.city.json", content))
    assert units(reading).ids.tolist() == ["b0", "b1"]
    assert "PART_WITHOUT_PARENT" in found(log)


def lods(*names: str) -> dict[str, Any]:
    content = row_of_boxes(len(names))
    geometries = [item["geometry"][0] for item in content["CityObjects"].values()]
    for name, geometry in zip(names, geometries, strict=True):
        geometry["lod"] = name
    content["CityObjects"] = {"b": {"type": "Building", "geometry": geometries}}
    return content


@pytest.mark.parametrize(
    ("wish", "taken"),
    [("2.2", 22), ("1", 13), ("1.2", 12), ("2", 22), ("3", 22), ("1.3", 13)],
)
def test_the_wished_level_of_detail_is_taken_or_the_nearest(
    tmp_path: Path, wish: str, taken: int
) -> None:
    mesh = given(tmp_path, lods("1.2", "2.2", "1.3"), lod=wish).mesh
    assert mesh is not None
    assert set(mesh.lod.tolist()) == {taken}


def test_without_a_wish_the_finest_and_the_plainest_block_are_kept(tmp_path: Path) -> None:
    reading = given(tmp_path, lods("1.3", "2.2", "1.2"))
    assert reading.mesh is not None
    assert set(reading.mesh.lod.tolist()) == {12, 22}
    assert finest(reading.mesh).tolist() == (reading.mesh.lod == 22).tolist()
    blocks = given(tmp_path, lods("1.3", "1.2")).mesh
    assert blocks is not None
    assert set(blocks.lod.tolist()) == {13}


def test_a_footprint_of_lod_0_is_used_as_footprint_not_as_body(tmp_path: Path) -> None:
    content = row_of_boxes(1)
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[8, 9, 10, 11]]]}
    content["CityObjects"]["b0"]["geometry"].append(flat)
    content["vertices"] += corners(0, 0, 2, 9, 7, 0)
    reading = given(tmp_path, content)
    assert shapely.area(units(reading).shapes).tolist() == pytest.approx([63.0])
    assert reading.mesh is not None
    assert len(reading.mesh) == 12


def test_other_city_objects_become_objects_with_a_kind_and_the_tin_the_ground(
    tmp_path: Path,
) -> None:
    surface = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2, 3]]]}
    tin = {"type": "CompositeSurface", "lod": "1", "boundaries": [[[0, 1, 2]], [[0, 2, 3]]]}
    objects = {
        "r": {"type": "Road", "geometry": [surface], "attributes": {"name": "滨海路"}},
        "w": {"type": "WaterBody", "geometry": [surface]},
        "t": {"type": "TINRelief", "geometry": [tin]},
        "x": {"type": "+Potato", "geometry": [surface]},
    }
    content = document(objects, corners(0, 0, 0, 30, 10, 1))
    reading, log = read(write_json(tmp_path / "a.city.json", content))
    rows = units(reading, "object")
    assert rows.columns["kind"].tolist() == ["road", "water"]
    assert rows.columns["label_zh"].tolist() == ["滨海路", ""]
    assert shapely.area(rows.shapes).tolist() == pytest.approx([300.0, 300.0])
    assert reading is not None
    assert reading.ground is not None
    assert len(reading.ground) == 2
    assert "TYPE_SKIPPED" in found(log)
    only_roads = given(tmp_path, content, layer="roads")
    assert units(only_roads, "object").ids.tolist() == ["r"]
    only_ground = given(tmp_path, content, layer="ground")
    assert only_ground.units == []


def test_templates_are_placed_by_their_matrices(tmp_path: Path) -> None:
    shape = {"type": "MultiSurface", "lod": "2", "boundaries": cube(0)}
    matrix = [2, 0, 0, 5, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]

    def tree(at: int) -> dict[str, Any]:
        place = {"type": "GeometryInstance", "template": 0, "boundaries": [at]}
        return {
            "type": "SolitaryVegetationObject",
            "geometry": [{**place, "transformationMatrix": matrix}],
        }

    unit = [[v / 1000 for v in corner] for corner in corners(0, 0, 0, 1, 1, 1)]
    templates = {"templates": [shape], "vertices-templates": unit}
    content = document({"t0": tree(0), "t1": tree(1)}, [[0, 0, 0], [100_000, 0, 0]])
    content["geometry-templates"] = templates
    rows = units(given(tmp_path, content), "object")
    assert rows.columns["kind"].tolist() == ["tree", "tree"]
    assert shapely.area(rows.shapes).tolist() == pytest.approx([4.0, 4.0])
    assert (shapely.bounds(rows.shapes)[1] - shapely.bounds(rows.shapes)[0])[0] == pytest.approx(
        100
    )


def test_ids_may_come_from_an_attribute_and_rows_may_be_chosen(tmp_path: Path) -> None:
    content = row_of_boxes(3)
    for number, item in enumerate(content["CityObjects"].values()):
        item["attributes"] |= {"code": f"00{number}", "status": "in use" if number else "planned"}
    reading = given(tmp_path, content, key="code", where="status=in use")
    assert units(reading).ids.tolist() == ["001", "002"]
    assert reading.mesh is not None
    assert sorted(set(reading.mesh.feature.tolist())) == [0, 1]


@pytest.mark.parametrize(
    "spelling",
    [
        "urn:ogc:def:crs:EPSG::7415", "https://www.opengis.net/def/crs/EPSG/0/7415",
        "http://www.opengis.net/def/crs/EPSG/6.12/7415", "EPSG:7415", "epsg:7415", 7415,
    ],
)  # fmt: skip
def test_every_spelling_of_a_crs_is_understood(spelling: Any) -> None:
    assert crs_text(spelling) == "EPSG:7415"


def test_untransformed_coordinates_and_dates_are_read(tmp_path: Path) -> None:
    content = row_of_boxes(1)
    del content["transform"]
    content["vertices"] = [[v / 1000 for v in corner] for corner in content["vertices"]]
    content["CityObjects"]["b0"]["attributes"] = {
        "yearOfConstruction": "1931", "usage": "住宅用房", "structure": "砖混",
        "dateOfConstruction": "1920-01-01",
    }  # fmt: skip
    columns = units(given(tmp_path, content)).columns
    assert columns["year_built"].tolist() == [1931.0]
    assert columns["use"].tolist() == ["residential"]
    assert columns["structure"].tolist() == ["砖混"]


# ---- bad files: each gives its Issue, none a traceback --------------------------------------


def broken(tmp_path: Path, text: str | bytes, name: str = "a.city.json") -> Any:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    reading, log = read(path)
    assert reading is None
    return log.errors[0]


def test_broken_json_is_placed_by_line_column_and_byte(tmp_path: Path) -> None:
    text = json.dumps(row_of_boxes(1), indent=1).replace('"vertices": [', '"vertices": [,')
    issue = broken(tmp_path, text)
    at = text.index("[,") + 1
    assert issue.code == "JSON_BROKEN"
    assert issue.place.row == text.count("\n", 0, at) + 1
    assert f"byte {at}" in issue.why["en"]
    assert issue.fix["zh"]


def test_a_file_cut_off_is_broken_json(tmp_path: Path) -> None:
    text = json.dumps(row_of_boxes(1))
    assert broken(tmp_path, text[: len(text) // 2]).code == "JSON_BROKEN"


def test_a_broken_line_of_a_sequence_is_named(tmp_path: Path) -> None:
    lines = sequence(row_of_boxes(3)).splitlines()
    lines[2] = lines[2][:-5]
    issue = broken(tmp_path, "\n".join(lines), "a.city.jsonl")
    assert (issue.code, issue.place.row) == ("JSON_BROKEN", 3)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "CityJSONExtension"}, "NOT_CITYJSON"),
        ({"version": "0.8"}, "CITYJSON_VERSION"),
        ({"version": "3.0"}, "CITYJSON_VERSION"),
        ({"CityObjects": {}}, "FEATURES_NONE"),
        ({"CityObjects": []}, "CITYJSON_STRUCTURE"),
        ({"vertices": [[1, 2]]}, "CITYJSON_STRUCTURE"),
        ({"transform": {"scale": 1}}, "CITYJSON_STRUCTURE"),
    ],
)
def test_what_is_not_cityjson_is_refused(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    assert broken(tmp_path, json.dumps(row_of_boxes(1) | change)).code == code


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_coordinates_must_be_finite(tmp_path: Path, token: str) -> None:
    text = json.dumps(row_of_boxes(1)).replace("[10000, 0, 2000]", f"[10000, {token}, 2000]", 1)
    assert broken(tmp_path, text).code == "COORDINATE_NOT_FINITE"


def test_ids_met_twice_are_listed(tmp_path: Path) -> None:
    text = json.dumps(row_of_boxes(30))
    for number in range(25):
        text = text.replace(f'"b{number + 1}":', '"b0":') if number == 0 else text
    issue = broken(tmp_path, text)
    assert issue.code == "ID_DUPLICATE"
    assert issue.place.id == "b0"
    lines = sequence(row_of_boxes(3)).splitlines()
    assert broken(tmp_path, "\n".join([*lines, lines[1]]), "a.city.jsonl").code == "ID_DUPLICATE"


def test_text_saved_as_gbk_is_told(tmp_path: Path) -> None:
    content = row_of_boxes(1)
    content["CityObjects"]["b0"]["attributes"]["name"] = "芝罘湾"
    text = json.dumps(content, ensure_ascii=False).encode("gb18030")
    assert broken(tmp_path, text).code == "TEXT_NOT_UTF8"


def test_empty_and_unknown_files_are_told(tmp_path: Path) -> None:
    assert broken(tmp_path, "").code == "FILE_EMPTY"
    assert broken(tmp_path, " \n", "a.city.jsonl").code == "FILE_EMPTY"
    assert broken(tmp_path, b"%PDF-1.7 ...", "a.pdf").code == "FORMAT_UNKNOWN"
    reading, log = read(tmp_path / "absent.json")
    assert (reading, found(log)) == (None, {"SOURCE_NOT_FOUND"})


def test_faces_that_cannot_be_are_left_out_and_counted(tmp_path: Path) -> None:
    content = row_of_boxes(3)
    geometry = content["CityObjects"]["b1"]["geometry"][0]
    geometry["boundaries"][0][0] = [[0, 1, 999]]
    content["CityObjects"]["b2"]["geometry"][0]["boundaries"] = cube(16)
    reading, log = read(write_json(tmp_path / "a.city.json", content))
    assert found(log) == {"VERTEX_MISSING", "GEOMETRY_NESTING"}
    assert reading is not None
    assert reading.mesh is not None
    assert np.bincount(reading.mesh.feature).tolist() == [12, 10]
