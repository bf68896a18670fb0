"""What a tileset is made of, whether its ids hold, and which overlay will work on it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import shapely

from cim_bridge.binding.attach import attach
from cim_bridge.build import bridge
from cim_bridge.doctor.glance import Glance
from cim_bridge.doctor.modes import Mode, best, modes
from cim_bridge.doctor.tiles import TilesetFacts, taken
from cim_bridge.folder import CityFolder
from tests.cim_bridge.doctor.looked import doctor, fact, houses, mark, squares
from tests.cim_bridge.tilesin.made import BOX, b3dm, cubes, tileset, write, zipped


def told(path: Path) -> dict[str, Any]:
    (source,) = doctor(path).data["sources"]
    found: dict[str, Any] = source["tileset"]
    return found


def works(path: Path) -> dict[str, bool]:
    (source,) = doctor(path, crs="EPSG:4549").data["sources"]
    return {mode["mode"]: mode["works"] for mode in source["overlay"]["modes"]}


def old(count: int = 3, **batch: Any) -> bytes:
    return b3dm(cubes(count, name="_BATCHID"), count, batch or None)


def test_a_batch_table_with_ids_can_be_styled_bound_and_rewritten(tmp_path: Path) -> None:
    root = {"content": {"uri": "a.b3dm"}}
    data = old(gml_id=["x1", "x2", "x3"], height=[3, 4, 5])
    path = write(tmp_path, {"tileset.json": tileset(root, "1.0"), "a.b3dm": data})
    found = told(path)
    assert found["formats"] == {"b3dm": 1}
    assert found["feature_ids"] == {"batch": 1}
    assert found["properties"]["gml_id"] == {"contents": 1, "kind": "text"}
    assert found["properties"]["height"]["kind"] == "number"
    assert found["id"] == {"property": "gml_id", "unique": True, "repeated_within": 0,
                           "in_several_tiles": 0, "empty": 0}  # fmt: skip
    assert works(path) == {"texture": False, "style": True, "binding": True, "rewrite": True}


def test_a_property_table_can_be_styled_but_is_not_ours(tmp_path: Path) -> None:
    root = {"content": {"uri": "a.glb"}}
    path = write(tmp_path, {"tileset.json": tileset(root), "a.glb": cubes(4, table=True)})
    found = told(path)
    assert (found["feature_ids"], found["metadata"]) == ({"attribute": 1}, {"property table": 1})
    assert found["largest_table"] == 4
    assert works(path) == {"texture": False, "style": True, "binding": True, "rewrite": True}


def test_ids_without_properties_can_only_be_bound(tmp_path: Path) -> None:
    root = {"content": {"uri": "a.b3dm"}}
    path = write(tmp_path, {"tileset.json": tileset(root, "1.0"), "a.b3dm": old()})
    assert works(path) == {"texture": False, "style": False, "binding": True, "rewrite": True}
    section = doctor(path).sections[0]
    assert "no property tells features apart" in fact(section, "Id property")
    assert "feature ids but no properties" in fact(section, "By style")


def test_ids_cut_by_tiles_and_repeated_in_one_are_told_apart(tmp_path: Path) -> None:
    children = [{"boundingVolume": BOX, "geometricError": 0, "content": {"uri": f"{n}.b3dm"}}
                for n in "ab"]  # fmt: skip
    files = {
        "tileset.json": tileset({"children": children}, "1.0"),
        "a.b3dm": old(40, gml_id=[f"x{n}" for n in range(40)]),
        "b.b3dm": old(40, gml_id=["x39", "y1", "y1", *(f"y{n}" for n in range(2, 39))]),
    }
    path = write(tmp_path, files)
    assert told(path)["id"]["in_several_tiles"] == 1
    assert told(path)["id"]["repeated_within"] == 1
    assert not told(path)["id"]["unique"]


def test_geometric_errors_that_grow_or_end_too_early_are_told(tmp_path: Path) -> None:
    leaf = {"boundingVolume": BOX, "geometricError": 50, "content": {"uri": "a.b3dm"}}
    data = {"a.b3dm": old(id=["a", "b", "c"])}
    grows = write(tmp_path / "grows", {"tileset.json": tileset({"children": [leaf]}), **data})
    assert told(grows)["geometric_error"]["grows"] == 1
    assert mark(doctor(grows).sections[0], "Geometric error") == "warn"
    leaf["geometricError"] = 0
    zero = tileset({"geometricError": 0, "children": [leaf]})
    assert told(write(tmp_path / "zero", {"tileset.json": zero, **data}))["geometric_error"][
        "zero_above_children"
    ] == 1  # fmt: skip
    fine = write(tmp_path / "fine", {"tileset.json": tileset({"children": [leaf]}), **data})
    assert told(fine)["geometric_error"]["grows"] == 0
    assert mark(doctor(fine).sections[0], "Geometric error") == ""


def test_bounding_volume_faults_are_counted(tmp_path: Path) -> None:
    data = {"a.b3dm": old(id=["a", "b", "c"])}
    root = {"content": {"uri": "a.b3dm"}}
    good = write(tmp_path / "good", {"tileset.json": tileset(root), **data})
    assert not (told(good)["faults"] or {}).keys() & {"CHECK_VOLUME_INVALID"}
    root["boundingVolume"] = {"box": [0, 0, 0]}  # type: ignore[assignment]
    bad = write(tmp_path / "bad", {"tileset.json": tileset(root), **data})
    found = told(bad)["faults"]
    assert any(code.startswith(("CHECK_VOLUME", "CHECK_LENGTH")) for code in found)
    assert mark(doctor(bad).sections[0], "Standard") == "warn"


def test_an_extension_that_cesium_does_not_take_stops_every_overlay(tmp_path: Path) -> None:
    glb = cubes(2, table=True, extensionsUsed=["XYZ_secret"], extensionsRequired=["XYZ_secret"])
    root = {"content": {"uri": "a.glb"}}
    path = write(tmp_path, {"tileset.json": tileset(root), "a.glb": glb})
    report = doctor(path)
    assert report.data["sources"][0]["tileset"]["extensions"]["not_in_cesium"] == ["XYZ_secret"]
    assert report.data["sources"][0]["overlay"]["mode"] == "none"
    assert report.verdict.word == "fails"
    assert "XYZ_secret" in fact(report.sections[0], "Not shown")
    taken_one = cubes(2, extensionsUsed=["KHR_materials_unlit"])
    other = write(tmp_path / "o", {"tileset.json": tileset(root), "a.glb": taken_one})
    assert told(other)["extensions"]["not_in_cesium"] == []


def test_draco_without_its_decoder_is_said_before_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cim_bridge.doctor.tiles.find_spec", lambda name: None)
    glb = cubes(2, extensionsUsed=["KHR_draco_mesh_compression"])
    root = {"content": {"uri": "a.glb"}}
    path = write(tmp_path, {"tileset.json": tileset(root), "a.glb": glb})
    assert "cim-twin[draco]" in fact(doctor(path).sections[0], "No decoder")


def test_archives_gzip_and_other_axes_are_noted(tmp_path: Path) -> None:
    document = json.loads(tileset({"content": {"uri": "a.b3dm"}}, "1.0"))
    document["asset"]["gltfUpAxis"] = "Z"
    files = {"tileset.json": json.dumps(document).encode(),
             "a.b3dm": gzip.compress(old(id=["a", "b", "c"]), mtime=0)}  # fmt: skip
    archive = tmp_path / "city.3tz"
    archive.write_bytes(zipped(files))
    found = told(archive)
    assert (found["package"], found["gzipped"], found["up_axis"]) == ("3tz", 1, ["Z"])
    shown = fact(doctor(archive).sections[0], "Package")
    assert "Cesium cannot open it" in shown
    assert "Content-Encoding" in shown
    assert "up axis" in shown


def facts(look: Glance, **more: Any) -> TilesetFacts:
    found = TilesetFacts("folder", "1.1", ["Y"], 1, 1, 1, {}, look, [], [], [], [])
    for name, value in more.items():
        setattr(found, name, value)
    return found


def by_name(found: list[Mode]) -> dict[str, Mode]:
    return {mode.name: mode for mode in found}


def test_our_own_tiles_take_the_texture_until_a_table_is_too_wide() -> None:
    look = Glance(1, 1, formats=Counter(glb=1), ids=Counter(attribute=1), row_tables=1,
                  metadata=Counter({"property table": 1}), largest=1500)  # fmt: skip
    ours = facts(look, features=9, triangles=9, key="id")
    assert best(modes(ours, on_earth=True)) == "texture"
    look.largest = 20_000
    assert not by_name(modes(ours, on_earth=True))["texture"].works
    look.largest, look.untabled = 100, 1
    found = by_name(modes(ours, on_earth=True))
    assert "point to no property table" in found["texture"].why["en"]
    assert best(modes(ours, on_earth=True)) == "style"


def test_why_nothing_works_is_said() -> None:
    cloud = facts(Glance(1, 1, formats=Counter(pnts=1)))
    found = by_name(modes(cloud, on_earth=True))
    assert best(list(found.values())) == "none"
    assert "point cloud" in found["style"].why["en"]
    whole = facts(Glance(1, 1, formats=Counter(glb=1)), wholes=1, triangles=12)
    found = by_name(modes(whole, on_earth=False))
    assert "whole contents" in found["binding"].why["en"]
    assert "place (with --crs)" in found["binding"].why["en"]
    textured = facts(Glance(1, 1, formats=Counter(glb=1), ids=Counter(texture=1)))
    assert "in a texture" in by_name(modes(textured, on_earth=True))["style"].why["en"]


def test_the_list_of_cesiums_extensions_is_cesiums_own(root: Path) -> None:
    scene = root / "viewer/node_modules/@cesium/engine/Source/Scene"
    if not scene.is_dir():
        pytest.fail("the viewer's packages are not installed: run `make viewer`")
    told = (scene / "Model/ModelUtility.js").read_text() + (
        scene / "Cesium3DTileset.js"
    ).read_text()
    assert [name for name in (*taken()["gltf"], *taken()["tileset"])
            if f"{name}: true" not in told and f'"{name}": true' not in told] == []  # fmt: skip


def test_what_attach_would_bind_is_counted_before_it_does(tmp_path: Path) -> None:
    city = CityFolder.init(tmp_path / "town", name="滨海", crs="EPSG:4549")
    made = bridge(city, [houses(tmp_path / "houses.gpkg")])
    tiles = city.models / made.digest / "tiles/buildings/tileset.json"
    report = doctor(tiles, city=CityFolder.open(city.path))
    (source,) = report.data["sources"]
    assert source["binding"]["matched"] == source["binding"]["features"] == 40
    assert source["binding"]["how"] == {"id": 40}
    assert "40 of 40 features (100%) bind to a unit" in report.verdict.text["en"]
    assert "--id-property id" in report.verdict.commands[0]
    assert source["overlay"]["mode"] == "texture"
    bound = attach(city, tiles)
    assert bound.counts["matched"] == source["binding"]["matched"]
    assert bound.units_without == source["binding"]["units_without"] == 0


def test_a_tileset_of_another_town_does_not_bind(tmp_path: Path) -> None:
    here = CityFolder.init(tmp_path / "here", name="甲", crs="EPSG:4549")
    bridge(here, [houses(tmp_path / "houses.gpkg")])
    there = CityFolder.init(tmp_path / "there", name="乙", crs="EPSG:4549")
    others = shapely.transform(squares(40), lambda points: points + 900)
    names = [f"X{n}" for n in range(40)]
    made = bridge(there, [houses(tmp_path / "others.gpkg", shapes=others, building_id=names)])
    tiles = there.models / made.digest / "tiles/buildings/tileset.json"
    report = doctor(tiles, city=CityFolder.open(here.path))
    assert report.verdict.word == "fails"
    assert "not one feature binds" in report.verdict.text["en"]
