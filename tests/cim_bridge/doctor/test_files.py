"""What files say of themselves: encoding, version, sidecars, layers, title and date."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

from cim_bridge.doctor.charset import charset
from cim_bridge.doctor.formats import about
from tests.cim_bridge.cityfiles import row_of_boxes, write_json
from tests.cim_bridge.doctor.looked import doctor, fact, houses, mark, squares

CHINESE = ["长城花园一号楼", "海滨小区二号楼", "锦绣家园三号楼"]


def shapefile(folder: Path, encoding: str, cpg: str | None) -> Path:
    path = folder / "楼栋.shp"
    frame = gpd.GeoDataFrame({"BLDG_ID": ["a1", "a2", "a3"], "NAME": CHINESE, "height": [3, 4, 5]},
                             geometry=list(squares(3)), crs="EPSG:4549")  # fmt: skip
    pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding=encoding)
    file = path.with_suffix(".cpg")
    file.unlink(missing_ok=True)
    if cpg is not None:
        file.write_text(cpg)
    return path


@pytest.mark.parametrize(
    ("encoding", "cpg", "detected", "lies"),
    [
        ("GBK", "UTF-8", "gb18030", True), ("GBK", "GBK", "gb18030", False),
        ("UTF-8", "UTF-8", "utf-8", False), ("UTF-8", "ISO-8859-1", "utf-8", True),
    ],
)  # fmt: skip
def test_a_declared_encoding_is_held_against_the_bytes(
    tmp_path: Path, encoding: str, cpg: str, detected: str, *, lies: bool
) -> None:
    found = charset(shapefile(tmp_path, encoding, cpg))
    assert found is not None
    assert (found.declared, found.detected, found.lies) == (cpg, detected, lies)
    assert set(found.sample) == set(CHINESE)


def test_a_lying_cpg_is_told_with_what_the_texts_are(tmp_path: Path) -> None:
    report = doctor(shapefile(tmp_path, "GBK", "UTF-8"))
    section = report.sections[0]
    assert "declared UTF-8, but it is gb18030: " in fact(section, "Encoding")
    assert mark(section, "Encoding") == "warn"
    told = report.data["sources"][0]["encoding"]
    assert (told["declared"], told["detected"], told["lies"]) == ("UTF-8", "gb18030", True)


def test_a_missing_cpg_and_prj_are_told(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "UTF-8", None)
    path.with_suffix(".prj").unlink()
    section = doctor(path).sections[0]
    assert "no .cpg" in fact(section, "Files beside it")
    assert "not stated" in fact(section, "CRS")
    assert "CRS" in fact(section, "Not stated")


def test_only_the_first_layer_of_a_geopackage_is_read_and_that_is_told(tmp_path: Path) -> None:
    path = houses(tmp_path / "town.gpkg")
    frame = gpd.GeoDataFrame({"block_id": ["B1"]}, geometry=list(squares(1)), crs="EPSG:4549")
    frame.to_file(path, layer="blocks", driver="GPKG")
    section = doctor(path).sections[0]
    assert "only the first one, town, is read; there are also blocks" in fact(section, "Layers")


def test_title_date_and_licence_are_found_or_said_to_be_missing(tmp_path: Path) -> None:
    told = row_of_boxes(2)
    bare = write_json(tmp_path / "bare.city.json", told)
    assert doctor(bare).data["sources"][0]["missing"][:3] == ["title", "date", "licence"]
    told["metadata"] |= {"title": "滨海市", "referenceDate": "2025-06-30", "license": "CC0"}
    full = write_json(tmp_path / "full.city.json", told)
    source = doctor(full).data["sources"][0]
    assert source["about"]["title"] == "滨海市"
    assert not {"title", "date", "licence"} & set(source["missing"])


def test_metadata_at_the_end_of_a_file_are_found_too(tmp_path: Path) -> None:
    told = row_of_boxes(900)
    metadata = told.pop("metadata")
    path = tmp_path / "late.city.json"
    path.write_text(json.dumps(told | {"metadata": metadata | {"title": "late"}}))
    assert path.read_bytes().find(b'"metadata"') > 1 << 16
    assert about(path, "cityjson").title == "late"


def test_versions_are_told(tmp_path: Path) -> None:
    assert about(write_json(tmp_path / "a.city.json", row_of_boxes(1)), "cityjson").version == "2.0"
    gml = tmp_path / "a.gml"
    gml.write_text('<CityModel xmlns="http://www.opengis.net/citygml/2.0"/>')
    assert about(gml, "citygml").version == "2.0"
    ifc = tmp_path / "a.ifc"
    ifc.write_text("ISO-10303-21;\nHEADER;\nFILE_NAME('楼','2024-05-01T10:00:00');\n"
                   "FILE_SCHEMA(('IFC4'));\n")  # fmt: skip
    assert (about(ifc, "ifc").version, about(ifc, "ifc").date) == ("IFC4", "2024-05-01T10:00:00")
    assert about(houses(tmp_path / "a.gpkg"), "vector").format == "GeoPackage"


def test_a_file_that_lies_about_its_format_is_no_traceback(tmp_path: Path) -> None:
    for name, data in {
        "a.gpkg": b"SQLite format 3\0" + b"\0" * 200, "b.glb": b"glTF\2\0\0\0\xff\xff\xff\xff",
        "c.las": b"LASF" + b"\0" * 20, "d.shp": b"\0\0\x27\x0a" + b"\0" * 100,
        "e.city.json": b'{"type": "CityJSON", "metadata": {', "f.fgb": b"fgb",
    }.items():  # fmt: skip
        path = tmp_path / name
        path.write_bytes(data)
        report = doctor(path)
        assert report.verdict.word == "fails", name
        assert report.log.errors, name
