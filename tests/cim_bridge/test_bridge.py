from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyogrio
import pytest
import shapely

from cim_bridge.build import bridge
from cim_bridge.errors import InputRefused, NotFound, WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.model import UNIT_COLUMNS
from cim_bridge.release import ModelRelease, open_model
from cim_bridge.rows import assign, position
from cim_bridge.staging import verify
from tests.cim_bridge.cityfiles import (
    box,
    corners,
    frame,
    grid,
    new_city,
    row_of_boxes,
    volume,
    write_json,
)


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return new_city(tmp_path / "city")


def vector(tmp_path: Path, stem: str, shapes: list[Any], /, **columns: Any) -> Path:
    path = tmp_path / f"{stem}.gpkg"
    path.unlink(missing_ok=True)
    pyogrio.write_dataframe(frame(shapes, **columns), path)
    return path


def boxes(tmp_path: Path, count: int = 5, name: str = "buildings", **attributes: Any) -> Path:
    content = row_of_boxes(count)
    for item in content["CityObjects"].values():
        item["attributes"] |= attributes
    return write_json(tmp_path / f"{name}.city.json", content)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def level(model: ModelRelease, name: str) -> Any:
    units = model.units
    return units[units["level"] == name].reset_index(drop=True)


def refused(city: CityFolder, sources: list[Path], **asked: Any) -> list[str]:
    """Codes of the errors; nothing in the city folder may have changed."""
    before = tree(city.path)
    with pytest.raises(InputRefused) as caught:
        bridge(city, sources, **asked)
    assert tree(city.path) == before
    for issue in caught.value.log.errors:
        assert issue.why["zh"]
        assert issue.fix["en"]
    return [issue.code for issue in caught.value.log.errors]


def test_a_release_holds_everything_the_others_read(city: CityFolder, tmp_path: Path) -> None:
    bridge(city, [vector(tmp_path, "districts", [box(-50, -50, 100, 200), box(50, -50, 100, 200)],
                         id=["d1", "d2"], name=["东区", "西区"])], level="district")  # fmt: skip
    report = bridge(city, [boxes(tmp_path)], attribution="测绘院", licence="CC-BY-4.0")
    model = open_model(city)
    verify(model.path)
    assert report.digest == model.digest == city.head_model()
    assert report.counts == {"city": 1, "district": 2, "building": 5}
    units = model.units
    assert list(units.columns) == list(UNIT_COLUMNS)
    assert units["id"].tolist()[:2] == ["city:test-city", "district:d1"]
    buildings = level(model, "building")
    assert buildings["source_id"].tolist() == ["b0", "b1", "b2", "b3", "b4"]
    assert buildings["row"].tolist() == buildings["visual_group"].tolist() == list(range(5))
    assert buildings["area"].round(6).tolist() == [80.0] * 5
    assert buildings["ground"].tolist() == [2.0] * 5
    assert buildings["label_zh"].tolist()[0] == "b0"
    assert buildings["parent_district"].tolist() == ["district:d1"] * 3 + ["district:d2"] * 2
    assert set(buildings["parent_city"]) == {"city:test-city"}
    assert model.parents("district").tolist() == [0, 0, 0, 1, 1]
    assert model.parents("city").tolist() == [0] * 5
    with pytest.raises(NotFound):
        model.parents("block")
    mesh = model.mesh()
    assert volume(mesh, 3) == pytest.approx(960)
    manifest = model.manifest
    assert manifest["crs"] == "EPSG:4549"
    assert manifest["levels"]["building"] == {
        "count": 5, "rows": 5, "label": {"zh": "楼栋", "en": "Building"},
    }  # fmt: skip
    assert [s["name"] for s in manifest["sources"]] == ["districts", "buildings"]
    assert manifest["sources"][1]["attribution"] == "测绘院"
    assert manifest["extent"]["max_height"] == 14.0
    assert 121.37 < manifest["extent"]["west"] < manifest["extent"]["east"] < 121.40
    assert manifest["tilesets"]["buildings"]["features"] == 5
    assert model.columns("id", "row").num_rows == 8
    assert CityFolder.open(city.path).config.sources[1]["name"] == "buildings"
    assert (model.path / "tiles" / "buildings" / "tileset.json").is_file()


def test_the_same_source_again_gives_the_same_release(city: CityFolder, tmp_path: Path) -> None:
    paths = [boxes(tmp_path), vector(tmp_path, "blocks", grid(3, 50), id=["1", "2", "3"])]
    bridge(city, paths[:1])
    bridge(city, paths[1:], level="block")
    first = city.head_model()
    for path, name in ((paths[0], None), (paths[1], "block")):
        assert bridge(city, [path], level=name).digest == first
    other = new_city(tmp_path / "other")
    bridge(other, paths[:1])
    assert bridge(other, paths[1:], level="block").digest == first
    assert not list(city.models.glob(".staging*"))


def test_rows_survive_and_lost_units_leave_tombstones(city: CityFolder, tmp_path: Path) -> None:
    content = row_of_boxes(4)
    bridge(city, [write_json(tmp_path / "a.city.json", content)])
    moved = row_of_boxes(4)
    del moved["CityObjects"]["b1"]
    moved["CityObjects"] = {"new": moved["CityObjects"].pop("b0") | {}, **moved["CityObjects"]}
    moved["CityObjects"]["b0"] = content["CityObjects"]["b1"]
    report = bridge(city, [write_json(tmp_path / "a.city.json", moved)])
    model = open_model(city)
    buildings = level(model, "building")
    assert buildings["source_id"].tolist() == ["b0", "b1", "b2", "b3", "new"]
    assert buildings["removed"].tolist() == [False, True, False, False, False]
    assert report.counts["building"] == 4
    assert model.manifest["levels"]["building"]["rows"] == 5
    assert buildings["geometry"].isna().tolist() == [False, True, False, False, False]
    assert sorted(set(model.mesh().feature.tolist())) == [0, 2, 3, 4]
    assert len(model.parents("city")) == 5
    back = bridge(city, [write_json(tmp_path / "a.city.json", content)])
    again = level(open_model(city, back.digest), "building")
    assert again["removed"].tolist() == [False, False, False, False, True]


def test_sources_stand_side_by_side_and_are_replaced_by_name(
    city: CityFolder, tmp_path: Path
) -> None:
    bridge(city, [boxes(tmp_path, 2, "north")])
    south = row_of_boxes(2)
    south["CityObjects"] = {f"s{n}": item for n, item in enumerate(south["CityObjects"].values())}
    bridge(city, [write_json(tmp_path / "south.city.json", south)])
    model = open_model(city)
    assert level(model, "building")["source_id"].tolist() == ["b0", "b1", "s0", "s1"]
    assert volume(model.mesh(), 3) == pytest.approx(960)
    bridge(city, [boxes(tmp_path, 1, "north_v2")], name="north")
    model = open_model(city)
    assert level(model, "building")["removed"].tolist() == [False, True, False, False]
    assert volume(model.mesh(), 2) == pytest.approx(960)
    assert refused(city, [boxes(tmp_path, 1, "third")]) == ["ID_TAKEN"]


def test_several_files_make_one_source(city: CityFolder, tmp_path: Path) -> None:
    one, two = row_of_boxes(2), row_of_boxes(2)
    two["CityObjects"] = {f"c{n}": item for n, item in enumerate(two["CityObjects"].values())}
    paths = [write_json(tmp_path / "1.city.json", one), write_json(tmp_path / "2.city.json", two)]
    assert bridge(city, paths).counts["building"] == 4
    assert len(open_model(city).manifest["sources"]) == 1
    same = [paths[0], write_json(tmp_path / "3.city.json", one)]
    assert refused(city, same, name="x") == ["ID_DUPLICATE"]


def test_layers_with_the_same_ids_are_told_apart(city: CityFolder, tmp_path: Path) -> None:
    bridge(city, [boxes(tmp_path)])
    for name in ("roads", "parks"):
        path = vector(tmp_path, name, grid(2, 30), id=[1, 2])
        report = bridge(city, [path], layer=name)
    assert "ID_PREFIXED" in [issue.code for issue in report.issues]
    objects = level(open_model(city), "object")
    assert objects["source_id"].tolist() == ["1", "2", "parks/1", "parks/2"]
    assert objects["kind"].tolist() == ["road", "road", "park", "park"]
    assert bridge(city, [path], layer="parks").digest == report.digest


def test_a_parent_named_by_the_source_counts_over_geometry(
    city: CityFolder, tmp_path: Path
) -> None:
    bridge(city, [vector(tmp_path, "districts", grid(2, 100), id=["01", "02"], name=["东", "西"])],
           level="district")  # fmt: skip
    shapes = [box(10, 10, 20, 20), box(40, 10, 20, 20), box(110, 10, 20, 20), box(140, 10, 20, 20)]
    path = vector(
        tmp_path, "communities", shapes, id=list("abcd"), district_id=["01", "02", "02", "9"]
    )
    codes = {issue.code for issue in bridge(city, [path], level="community").issues}
    found = level(open_model(city), "community")["parent_district"].tolist()
    assert found == ["district:01", "district:02", "district:02", "district:02"]
    assert {"PARENT_DIFFERS", "PARENT_UNKNOWN"} <= codes
    named = vector(
        tmp_path, "communities", shapes, id=list("abcd"), district=["东", "东", "西", "西"]
    )
    bridge(city, [named], level="community")
    found = level(open_model(city), "community")["parent_district"].tolist()
    assert found == ["district:01", "district:01", "district:02", "district:02"]


def test_the_buildings_of_a_district_are_those_of_its_blocks(
    city: CityFolder, tmp_path: Path
) -> None:
    halves = [box(-10, -10, 55, 99), box(45, -10, 99, 99)]
    bridge(city, [vector(tmp_path, "d", halves, id=["w", "e"])], level="district")
    bridge(city, [vector(tmp_path, "b", [box(-5, -5, 60, 60), box(55, -5, 40, 60)], id=[1, 2])],
           level="block")  # fmt: skip
    report = bridge(city, [boxes(tmp_path, 6)])
    buildings = level(open_model(city), "building")
    assert buildings["parent_block"].tolist()[:5] == ["block:1"] * 3 + ["block:2"] * 2
    assert buildings["parent_district"].tolist() == ["district:w"] * 3 + ["district:e"] * 3
    assert "PARENT_NONE" in [issue.code for issue in report.issues]
    assert open_model(city).parents("block").tolist() == [0, 0, 0, 1, 1, 0xFFFFFFFF]


def test_footprints_are_raised_by_height_or_storeys(city: CityFolder, tmp_path: Path) -> None:
    path = vector(tmp_path, "b", grid(3, 10), id=list("abc"), height=[9.0, None, None],
                  storeys=[2, 5, None], min_height=[3.0, None, None])  # fmt: skip
    report = bridge(city, [path], level="building")
    model = open_model(city)
    buildings = level(model, "building")
    assert buildings["height"].tolist()[:2] == [9.0, 15.0]
    assert np.isnan(buildings["height"][2])
    assert [round(volume(model.mesh(), n)) for n in range(3)] == [600, 1500, 600]
    codes = {issue.code: issue for issue in report.issues}
    assert codes["HEIGHT_FROM_STOREYS"].count == 1
    assert "storeys × 3.0 m" in codes["HEIGHT_FROM_STOREYS"].why["en"]
    assert codes["HEIGHT_MISSING"].count == 1


def test_building_parts_draw_their_building_and_count_once(
    city: CityFolder, tmp_path: Path
) -> None:
    shapes = [box(0, 0, 20, 10), box(0, 0, 10, 10), box(10, 0, 10, 10), box(50, 0, 10, 10),
              box(51, 1, 2, 2), box(90, 0, 5, 5)]  # fmt: skip
    kinds = [
        "building",
        "building_part",
        "building_part",
        "building",
        "building_part",
        "building_part",
    ]
    path = vector(tmp_path, "osm", shapes, id=[1, 11, 12, 2, 21, 99], kind=kinds,
                  height=[40.0, 40.0, 12.0, 10.0, 8.0, 9.0])  # fmt: skip
    report = bridge(city, [path], level="building")
    model = open_model(city)
    assert level(model, "building")["source_id"].tolist() == ["1", "2"]
    assert volume(model.mesh(), 0) == pytest.approx(4000 + 1200)
    assert volume(model.mesh(), 1) == pytest.approx(1000)
    folded = next(issue for issue in report.issues if issue.code == "PARTS_FOLDED")
    assert folded.count == 3
    assert "1 lie in none" in folded.why["en"]


def test_split_masses_share_a_visual_group(city: CityFolder, tmp_path: Path) -> None:
    path = vector(tmp_path, "b", grid(3, 10), id=["t", "t-1", "u"], height=[9.0, 8.0, 7.0],
                  visual_group=["t", "t", None])  # fmt: skip
    bridge(city, [path], level="building")
    assert level(open_model(city), "building")["visual_group"].tolist() == [0, 0, 2]


def test_shapes_that_cross_themselves_are_mended_and_named(
    city: CityFolder, tmp_path: Path
) -> None:
    bow = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
    bow = shapely.affinity.translate(bow, 622_000, 4_157_000)
    path = vector(tmp_path, "blocks", [bow, box(50, 0, 10, 10), None], id=["x", "y", "z"])
    report = bridge(city, [path], level="block")
    codes = {issue.code: issue for issue in report.issues}
    assert codes["GEOMETRY_REPAIRED"].place.id == "x"
    assert codes["GEOMETRY_NONE"].place.id == "z"
    blocks = level(open_model(city), "block")
    assert blocks["source_id"].tolist() == ["x", "y"]
    assert blocks["area"].tolist() == pytest.approx([200.0, 100.0])
    assert shapely.is_valid(blocks["geometry"].to_numpy()).all()


def test_rows_of_the_wrong_kind_are_left_out_and_counted(city: CityFolder, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    data = frame([box(0, 0, 9, 9), shapely.Point(622_001, 4_157_001)], id=["a", "p"])
    pyogrio.write_dataframe(data, path, geometry_type="Unknown")
    report = bridge(city, [path], level="block")
    assert {i.code: i.count for i in report.issues}["GEOMETRY_KIND"] == 1
    points = vector(tmp_path, "b", [shapely.Point(622_001, 4_157_001)], id=["p"])
    assert refused(city, [points], level="district") == ["GEOMETRY_ALL_MISSING"]


def test_an_unlikely_height_and_an_open_shell_are_told(city: CityFolder, tmp_path: Path) -> None:
    content = row_of_boxes(2)
    content["CityObjects"]["b0"]["attributes"]["measuredHeight"] = 1200
    del content["CityObjects"]["b1"]["geometry"][0]["boundaries"][0][1]
    report = bridge(city, [write_json(tmp_path / "a.city.json", content)])
    assert {"HEIGHT_UNLIKELY", "MESH_OPEN"} <= {issue.code for issue in report.issues}


def test_the_ground_stays_until_its_own_source_changes(city: CityFolder, tmp_path: Path) -> None:
    points = [shapely.Point(622_000 + x, 4_157_000 + y) for x in (0, 90) for y in (0, 50)]
    path = vector(tmp_path, "dem", points, elevation=[1.0, 2.0, 3.0, 4.0])
    bridge(city, [path], layer="ground")
    bridge(city, [boxes(tmp_path)])
    model = open_model(city)
    ground = model.ground()
    assert ground is not None
    assert len(ground) == 2
    assert model.model().ground is not None
    flat = vector(tmp_path, "dem", points, id=[1, 2, 3, 4])
    assert refused(city, [flat], layer="ground") == ["GROUND_WITHOUT_HEIGHT"]


def test_unchanged_tiles_are_linked_not_written_again(city: CityFolder, tmp_path: Path) -> None:
    bridge(city, [boxes(tmp_path)])
    first = open_model(city)
    report = bridge(city, [vector(tmp_path, "roads", [box(0, 30, 90, 4)], id=["r"])], layer="roads")
    second = open_model(city, report.digest)
    shared = {p.name for p in (first.path / "tiles").glob("*.glb")} & {
        p.name for p in (second.path / "tiles").glob("*.glb")
    }
    assert shared
    for name in shared:
        assert (first.path / "tiles" / name).samefile(second.path / "tiles" / name)


def test_findings_are_kept_with_their_source(city: CityFolder, tmp_path: Path) -> None:
    bridge(city, [vector(tmp_path, "b", grid(2, 10), id=[1, 2])], level="block")
    bridge(
        city, [vector(tmp_path, "v", grid(2, 10), id=[1, 2], storeys=[1, None])], level="building"
    )
    issues = open_model(city).issues()
    by_source = {source: {i["code"] for i in issues if i["source"] == source} for source in "bv"}
    assert by_source == {
        "b": {"KEY_CHOSEN"}, "v": {"KEY_CHOSEN", "HEIGHT_FROM_STOREYS", "HEIGHT_MISSING"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.city.json", '{"type": "CityJSON", "version": ', "JSON_BROKEN"),
        ("a.json", "", "FILE_EMPTY"),
        ("a.bin", "\x00\x01binary", "FORMAT_UNKNOWN"),
        ("a.city.json", '{"type": "CityJSON", "version": "0.5"}', "CITYJSON_VERSION"),
    ],
)
def test_a_refused_file_changes_nothing(
    city: CityFolder, tmp_path: Path, name: str, content: str, code: str
) -> None:
    bridge(city, [boxes(tmp_path)])
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert refused(city, [tmp_path / name]) == [code]


def test_data_outside_the_city_is_refused(city: CityFolder, tmp_path: Path) -> None:
    bridge(city, [boxes(tmp_path)])
    far = row_of_boxes(1) | {"metadata": {"referenceSystem": "EPSG:4548"}}
    assert refused(city, [write_json(tmp_path / "far.city.json", far)]) == ["CRS_OUTSIDE_EXTENT"]
    none = row_of_boxes(1) | {"metadata": {}}
    path = write_json(tmp_path / "none.city.json", none)
    assert refused(city, [path]) == ["CRS_MISSING"]
    assert refused(city, [path], crs="EPSG:1") == ["CRS_UNREADABLE"]


def test_a_file_that_cannot_be_the_level_is_refused(city: CityFolder, tmp_path: Path) -> None:
    assert refused(city, [boxes(tmp_path)], level="district") == ["LEVEL_UNFIT"]
    empty = row_of_boxes(1)
    empty["CityObjects"]["b0"]["geometry"] = []
    path = write_json(tmp_path / "e.city.json", empty)
    assert refused(city, [path]) == ["GEOMETRY_ALL_MISSING"]


@pytest.mark.parametrize(
    "asked",
    [{"level": "galaxy"}, {"level": "city"}, {"level": "block", "layer": "roads"},
     {"profile": "fat"}, {"where": "kind"}],
)  # fmt: skip
def test_a_call_that_means_nothing_is_wrong_use(
    city: CityFolder, tmp_path: Path, asked: dict[str, Any]
) -> None:
    with pytest.raises(WrongUse):
        bridge(city, [boxes(tmp_path)], **asked)
    with pytest.raises(WrongUse):
        bridge(city, [])


def test_openstreetmap_is_credited_without_being_asked(city: CityFolder, tmp_path: Path) -> None:
    bridge(city, [vector(tmp_path, "roads", grid(1, 9), osm_id=["1"])], layer="roads")
    assert open_model(city).manifest["sources"][0]["attribution"] == "© OpenStreetMap contributors"


def test_a_geographic_city_is_measured_in_metres(tmp_path: Path) -> None:
    city = new_city(tmp_path / "city", crs="EPSG:4490")
    report = bridge(city, [boxes(tmp_path)])
    assert "MODEL_CRS_CHOSEN" in [issue.code for issue in report.issues]
    model = open_model(city)
    assert model.manifest["crs"] == "EPSG:4549"
    assert level(model, "building")["area"].round(3).tolist() == [80.0] * 5


def test_units_parquet_is_geoparquet_that_geopandas_reads(city: CityFolder, tmp_path: Path) -> None:
    import geopandas as gpd

    bridge(city, [boxes(tmp_path)])
    model = open_model(city)
    table = gpd.read_parquet(model.path / "units.parquet")
    assert table.crs.to_epsg() == 4549
    assert table["geometry"].iloc[1].equals(level(model, "building")["geometry"][0])
    attributes = orjson.loads(table["attributes"].iloc[1])
    assert attributes == {"measuredHeight": 12.0, "storeysAboveGround": 4}


def test_rows_are_found_by_exact_text() -> None:
    known = np.array(["01", "1", "a"], dtype=object)
    assert position(known, np.array(["1", "01", "1.0"], dtype=object)).tolist() == [1, 0, -1]
    rows, total = assign(known, np.array(["z", "a", "y"], dtype=object))
    assert rows.tolist() == [3, 2, 4]
    assert total == 5


def test_geographic_degrees_do_not_upset_slopes(tmp_path: Path) -> None:
    city = new_city(tmp_path / "city")
    content = row_of_boxes(1)
    degrees = [
        [121.39 + x / 1000 / 88_000, 37.54 + y / 1000 / 111_000, z / 1000]
        for x, y, z in corners(0, 0, 0, 10, 8, 12)
    ]
    content |= {"vertices": degrees, "metadata": {"referenceSystem": "EPSG:4979"}}
    del content["transform"]
    bridge(city, [write_json(tmp_path / "a.city.json", content)])
    model = open_model(city)
    assert np.bincount(model.mesh().surface).tolist() == [0, 8, 2, 2]
    assert level(model, "building")["area"][0] == pytest.approx(80, rel=0.02)
    assert json.loads(level(model, "building")["attributes"][0])["measuredHeight"] == 12.0
