from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from cim_bridge.reader import Units
from tests.cim_bridge.cityfiles import box, found, frame, grid, read, write_json

FORMATS = {
    "a.gpkg": "GPKG",
    "a.geojson": "GeoJSON",
    "a.shp": "ESRI Shapefile",
    "a.fgb": "FlatGeobuf",
}


def saved(path: Path, shapes: list[Any], crs: str | None = "EPSG:4549", **columns: Any) -> Path:
    pyogrio.write_dataframe(frame(shapes, crs, **columns), path)
    return path


def only(path: Path, **wish: Any) -> Units:
    reading, log = read(path, **wish)
    assert log.errors == [], [issue.why["en"] for issue in log.errors]
    assert reading is not None
    return reading.units[0]


@pytest.mark.parametrize("name", FORMATS)
def test_units_of_any_level_come_from_every_format(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / name, grid(3, 100), "EPSG:4326" if name == "a.geojson" else "EPSG:4549",
                 block_id=["007", "008", "009"], name=["甲", "乙", "丙"])  # fmt: skip
    units = only(path, level="block")
    labels = dict(zip(units.ids, units.columns["label_zh"], strict=True))
    assert labels == {"007": "甲", "008": "乙", "009": "丙"}
    first = units.ids.tolist().index("007")
    assert json.loads(units.columns["attributes"][first]) == {"block_id": "007", "name": "甲"}


def test_ids_are_kept_exactly_and_whole_floats_lose_their_point(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", grid(2, 9), code=[101.0, 102.0], area=[1.5, 2.5])
    assert only(path, level="district").ids.tolist() == ["101", "102"]


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"NTA2020": ["BK0101", "BK0102"], "Shape_Area": [1.0, 2.0]}, "NTA2020"),
        ({"kind": ["a", "a"], "BoroCD": [101, 102]}, "BoroCD"),
        ({"编号": ["01", "02"], "名称": ["x", "y"]}, "编号"),
        ({"zone_id": [1, 2], "group_id": [5, 5]}, "zone_id"),
    ],
)
def test_the_id_column_is_found_and_named(
    tmp_path: Path, columns: dict[str, Any], key: str
) -> None:
    reading, log = read(saved(tmp_path / "a.gpkg", grid(2, 9), **columns), level="district")
    assert reading is not None
    chosen = next(issue for issue in log if issue.code == "KEY_CHOSEN")
    assert chosen.place.cell == key
    assert reading.units[0].ids.tolist() == [str(value) for value in columns[key]]


def test_a_measure_is_never_taken_for_an_id(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", grid(2, 9), code=[1.25, 2.5], height=[3, 4])
    reading, log = read(path, level="building")
    assert reading is None
    assert found(log) == {"ID_MISSING"}


def test_duplicate_ids_are_refused_and_the_first_twenty_listed(tmp_path: Path) -> None:
    ids = [f"{n // 2:02d}" for n in range(60)]
    reading, log = read(saved(tmp_path / "a.gpkg", grid(60, 9), id=ids), level="block")
    assert reading is None
    issue = log.errors[0]
    assert (issue.code, issue.count) == ("ID_DUPLICATE", 30)
    assert "00, 01" in issue.why["en"]
    assert "19 …" in issue.why["en"]
    assert "20" not in issue.why["en"].split(":")[1]


def test_a_bare_geometry_is_called_like_its_file(tmp_path: Path) -> None:
    (tmp_path / "370602.geojson").write_text(shapely.to_geojson(box(0, 0, 9, 9)), "utf-8")
    reading, log = read(tmp_path / "370602.geojson", level="district")
    assert reading is not None
    assert reading.units[0].ids.tolist() == ["370602"]
    assert "ID_FROM_FILE" in found(log)


def test_empty_ids_and_unknown_keys_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", grid(3, 9), id=["a", None, "c"])
    _, log = read(path, level="block")
    assert (log.errors[0].code, log.errors[0].place.row) == ("ID_EMPTY", 2)
    _, log = read(path, level="block", key="nummer")
    assert found(log) == {"KEY_UNKNOWN"}


def test_rows_of_a_layer_without_ids_are_numbered(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", grid(4, 9), id=["r", "r", None, "s"])
    reading, log = read(path, layer="roads")
    assert reading is not None
    assert reading.units[0].ids.tolist() == ["r", "r#2", "#3", "s"]
    assert reading.units[0].columns["kind"].tolist() == ["road"] * 4
    assert "ID_NUMBERED" in found(log)


def test_facilities_keep_the_kind_of_their_own_column(tmp_path: Path) -> None:
    shapes = [shapely.Point(box(n, 0, 1, 1).centroid) for n in range(3)]
    path = saved(tmp_path / "a.gpkg", shapes, id=[1, 2, 3], type=["小学", "fire_station", "灯塔"])
    assert only(path, layer="facilities").columns["kind"].tolist() == [
        "school", "fire_station", "灯塔",
    ]  # fmt: skip


def test_the_level_is_never_guessed_in_silence(tmp_path: Path) -> None:
    _, log = read(saved(tmp_path / "a.gpkg", grid(2, 9), id=[1, 2]))
    assert found(log) == {"LEVEL_MISSING"}
    reading, log = read(saved(tmp_path / "b.gpkg", grid(2, 9), id=[1, 2], height=[3.0, 4.0]))
    assert reading is not None
    assert reading.units[0].level == "building"
    assert "LEVEL_ASSUMED" in found(log)


def test_numbers_are_read_from_how_people_write_them(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.gpkg", grid(4, 9), id=[1, 2, 3, 4],
        height=["12.5 m", "30", "tall", None], 层数=[4, 10, 0, 3],
        start_date=["1998-05-01", "2003", "?", None], 用途=["商品房住宅", "学校", "x", None],
    )  # fmt: skip
    columns = only(path, level="building").columns
    assert np.isnan(columns["height"][2:]).all()
    assert columns["height"][:2].tolist() == [12.5, 30.0]
    assert np.isnan(columns["storeys"][2])
    assert columns["year_built"][:2].tolist() == [1998.0, 2003.0]
    assert columns["use"].tolist() == ["residential", "education", "", ""]


def test_rows_are_chosen_by_a_column(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", grid(3, 9), id=[1, 2, 3], kind=["a", "b", "b"])
    assert only(path, level="block", where="kind=b").ids.tolist() == ["2", "3"]
    assert found(read(path, level="block", where="kind=c")[1]) >= {"FILTER_EMPTY"}
    assert found(read(path, level="block", where="typ=b")[1]) >= {"KEY_UNKNOWN"}


def shapefile(tmp_path: Path, encoding: str, names: list[str], cpg: str | None) -> Path:
    path = tmp_path / "a.shp"
    data = frame(grid(len(names), 9), id=list(range(len(names))), 名=names)
    pyogrio.write_dataframe(data.rename(columns={"名": "name"}), path, encoding=encoding)
    (tmp_path / "a.cpg").unlink(missing_ok=True)
    raw = bytearray((tmp_path / "a.dbf").read_bytes())
    raw[29] = 0
    (tmp_path / "a.dbf").write_bytes(raw)
    if cpg:
        (tmp_path / "a.cpg").write_text(cpg)
    return path


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_shapefile_without_cpg_is_decoded_and_says_how(tmp_path: Path, encoding: str) -> None:
    path = shapefile(tmp_path, encoding, ["浦东新区", "黄浦区"], None)
    reading, log = read(path, level="district")
    assert reading is not None
    assert reading.units[0].columns["label_zh"].tolist() == ["浦东新区", "黄浦区"]
    issue = next(issue for issue in log if issue.code == "ENCODING_GUESSED")
    assert encoding in issue.why["en"]
    assert "浦东新区" in issue.why["en"]


def test_a_cpg_that_lies_is_found_out(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "gb18030", ["浦东新区", "黄浦区"], "UTF-8")
    reading, log = read(path, level="district")
    assert reading is not None
    assert reading.units[0].columns["label_zh"].tolist() == ["浦东新区", "黄浦区"]
    assert "ENCODING_GUESSED" in found(log)


def test_western_letters_are_not_taken_for_chinese(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "iso-8859-1", ["Hästens", "Café Noir"], None)
    reading, log = read(path, level="district")
    assert reading is not None
    assert reading.units[0].columns["label_en"].tolist() == ["Hästens", "Café Noir"]
    assert "ENCODING_GUESSED" not in found(log)


def collection(**properties: Any) -> dict[str, Any]:
    ring = [[121.3, 37.5], [121.4, 37.5], [121.4, 37.6], [121.3, 37.5]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"id": 1, **properties}, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def test_letters_that_were_lost_or_mangled_are_told(tmp_path: Path) -> None:
    twice = "芝罘区".encode().decode("latin-1")
    reading, log = read(
        write_json(tmp_path / "a.geojson", collection(name=twice)), level="district"
    )
    assert reading is not None
    assert reading.units[0].columns["label_zh"].tolist() == ["芝罘区"]
    assert "ENCODING_GUESSED" in found(log)
    _, log = read(write_json(tmp_path / "b.geojson", collection(name="芝\ufffd")), level="district")
    assert "TEXT_LOST" in found(log)


def test_geojson_saved_as_gbk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(json.dumps(collection(name="芝罘区"), ensure_ascii=False).encode("gb18030"))
    reading, log = read(path, level="district")
    assert reading is None
    assert found(log) & {"TEXT_NOT_UTF8", "VECTOR_UNREADABLE"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.gpkg", b"SQLite format 3\0" + b"\1" * 200, "VECTOR_UNREADABLE"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [', "VECTOR_UNREADABLE"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "FEATURES_NONE"),
        ("a.shp", b"\x00\x00\x27\x0a" + b"\0" * 96, "VECTOR_UNREADABLE"),
        ("a.csv", b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "EMPTY_FILE"),
        ("a.json", b'{"type": "gdal_streamed_alg", "command_line": "x"}', "NOT_CITYJSON"),
        ("a.geojson", b'{"type": "gdal_streamed_alg", "command_line": "x"}', "FORMAT_UNKNOWN"),
    ],
)
def test_files_that_are_broken_or_could_reach_out_are_refused(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    reading, log = read(tmp_path / name, level="district")
    assert reading is None
    assert found(log) == {code}


def test_only_harmless_drivers_are_registered() -> None:
    program = (
        "from cim_bridge.readers.vector import DRIVERS, load_pyogrio\n"
        "print(sorted(load_pyogrio().list_drivers()), sorted(DRIVERS), sep='\\n')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    registered, allowed = (set(ast.literal_eval(line)) for line in ran.stdout.splitlines())
    assert allowed <= registered
    assert registered - allowed <= {"MEM", "MVT", "PMTiles", "OpenFileGDB"}
