from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely

from cim_bridge.build import bridge
from cim_bridge.cellplaces import numbers
from cim_bridge.chinashift import bd09_of, gcj02_of
from cim_bridge.coordinates import has_coordinates, named
from cim_bridge.crs import transformer
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.sources import files_of
from cim_bridge.table import read_columns
from tests.cim_bridge.cityfiles import SOUTH, WEST, found, frame, grid, read

ROWS = [["S1", "第一小学", "小学", "121.3900", "37.5400"],
        ["S2", "实验中学", "中学", "121.4010", "37.5410"]]  # fmt: skip


def csv(path: Path, rows: list[list[str]], encoding: str = "utf-8", mark: str = ",") -> Path:
    text = "".join(mark.join(row) + "\r\n" for row in rows)
    path.write_bytes(text.encode(encoding))
    return path


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def points(path: Path, **wish: Any) -> np.ndarray:
    reading, log = read(path, layer="facilities", **wish)
    assert log.errors == [], [issue.why["en"] for issue in log.errors]
    assert reading is not None
    return shapely.get_coordinates(reading.units[0].shapes)


HEADS = [
    ["编号", "名称", "类型", "经度", "纬度"], ["id", "name", "type", "lon", "lat"],
    ["id", "name", "type", "Longitude", "LATITUDE"], ["id", "name", "type", "LNG", "Lat"],
    ["id", "name", "type", "X坐标（度）", "Y坐标（度）"],
    ["id", "name", "type", "POINT_X", "POINT_Y"],
    ["id", "name", "type", "东经", "北纬"], ["id", "name", "type", "横坐标", "纵坐标"],
    ["id", "name", "type", "easting", "northing"],
]  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_columns_of_a_place_are_found_by_their_names(tmp_path: Path, head: list[str]) -> None:
    found_at = points(csv(tmp_path / "a.csv", [head, *ROWS]))
    assert found_at.tolist() == [[121.39, 37.54], [121.401, 37.541]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_every_usual_encoding_and_delimiter_is_read(
    tmp_path: Path, encoding: str, mark: str
) -> None:
    path = csv(tmp_path / "a.csv", [HEADS[0], *ROWS], encoding, mark)
    reading, log = read(path, layer="facilities")
    assert reading is not None
    units = reading.units[0]
    assert units.ids.tolist() == ["S1", "S2"]
    assert units.columns["label_zh"].tolist() == ["第一小学", "实验中学"]
    assert units.columns["kind"].tolist() == ["school", "school"]
    assert ("ENCODING_GBK" in found(log)) == (encoding in ("gb18030", "gbk"))


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [("百度经度", "百度纬度", "BD-09"), ("gcj02_lng", "gcj02_lat", "GCJ-02"), ("lon_wgs84",
     "lat_wgs84", "EPSG:4326"), ("高德经度", "高德纬度", "GCJ-02"), ("经度", "纬度", None)],
)  # fmt: skip
def test_names_that_say_their_system_are_believed_and_others_say_none(
    tmp_path: Path, x: str, y: str, crs: str | None
) -> None:
    reading, _ = read(
        csv(tmp_path / "a.csv", [["id", "name", "type", x, y], *ROWS]), layer="facilities"
    )
    assert reading is not None
    assert reading.crs == crs


def test_the_unshifted_of_two_pairs_is_taken() -> None:
    where = named(["id", "百度经度", "百度纬度", "wgs84_lng", "wgs84_lat"])
    assert where is not None
    assert (where.columns, where.crs) == ((3, 4), "EPSG:4326")


def test_coordinates_in_one_cell_and_in_words_are_read(tmp_path: Path) -> None:
    rows = [["id", "name", "location"], ["1", "a", '"121.39,37.54"'], ["2", "b", '"121.4，37.5"']]
    assert points(csv(tmp_path / "a.csv", rows)).tolist() == [[121.39, 37.54], [121.4, 37.5]]
    rows = [["id", "name", "latlng"], ["1", "a", "37.54 121.39"]]
    assert points(csv(tmp_path / "b.csv", rows)).tolist() == [[121.39, 37.54]]


@pytest.mark.parametrize(
    ("text", "value"),
    [("121.39", 121.39), (" 121.39° ", 121.39), ("121°23′24″", 121.39),
     ("东经121°23′24″", 121.39),
     ("121°23'24\"E", 121.39), ("121度23分24秒", 121.39), ("74.5W", -74.5),
     ("１２１．３９", 121.39),
     ("622,849.5", 622849.5), ("4157350.25 m", 4157350.25), ("1e3", 1000.0), ("121,39", None),
     ("一百二十一", None), ("121°75′", None), ("inf", None), ("nan", None), ("12.3.4", None)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float | None) -> None:
    found_value = numbers(np.array([text], dtype=object))[0]
    assert np.isnan(found_value) if value is None else found_value == pytest.approx(value, abs=1e-9)


def test_each_bad_cell_is_named_by_sheet_row_and_cell(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["学校一览表"], HEADS[0], *ROWS]
    rows += [["S3", "a", "小学", "不详", 37.5], ["S4", "b", "小学", 121.4, None],
             ["S5", "c", "小学", None, None], ["S6", "d", "小学", 37.5, 121.4],
             ["S7", "e", "小学", 12139, 37.5]]  # fmt: skip
    reading, log = read(
        book(tmp_path / "a.xlsx", 学校=rows, 说明=[["x", "y说明"]]), layer="facilities"
    )
    assert reading is None
    told = {(issue.code, issue.place.layer, issue.place.row, issue.place.cell) for issue in log}
    assert told >= {
        ("COORDINATE_NOT_A_NUMBER", "学校", 5, "D5"), ("COORDINATE_HALF", "学校", 6, "E6"),
        ("COORDINATE_EMPTY", "学校", 7, "D7"), ("COORDINATE_SWAPPED", "学校", 8, "E8"),
        ("COORDINATE_RANGE", "学校", 9, "D9"),
    }  # fmt: skip


def test_a_thousand_bad_cells_are_two_hundred_findings_and_one_for_the_rest(tmp_path: Path) -> None:
    rows = [["id", "lon", "lat"], *[[str(n), "x", "37.5"] for n in range(1000)]]
    _, log = read(csv(tmp_path / "a.csv", rows), layer="facilities")
    bad = [issue for issue in log if issue.code == "COORDINATE_NOT_A_NUMBER"]
    assert len(bad) == 201
    assert sum(issue.count for issue in bad) == 1000


def test_swapped_columns_are_refused_and_read_when_named(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [["id", "name", "type", "纬度", "经度"], *ROWS])
    reading, log = read(path, layer="facilities")
    assert reading is None
    (issue,) = log.errors
    assert issue.code == "COLUMNS_SWAPPED"
    assert '--coordinates "纬度,经度"' in issue.fix["zh"]
    assert points(path, coordinates="纬度,经度")[0].tolist() == [121.39, 37.54]


def test_columns_that_are_not_there_and_tables_without_any_are_refused(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [HEADS[0], *ROWS])
    assert "KEY_UNKNOWN" in found(read(path, layer="facilities", coordinates="x,y")[1])
    plain = csv(tmp_path / "b.csv", [["id", "value"], ["a", "1"]])
    assert found(read(plain, layer="facilities")[1]) == {"TABLE_WITHOUT_PLACE"}


def test_footprints_come_from_wkt_and_geojson(tmp_path: Path) -> None:
    wkt = [box.wkt for box in grid(2, 20)]
    rows = [["楼栋编号", "层数", "WKT"], *[[f"B{n}", "6", f'"{one}"'] for n, one in enumerate(wkt)]]
    reading, log = read(csv(tmp_path / "a.csv", rows), level="building", key="楼栋编号")
    assert reading is not None
    assert not log.errors
    assert shapely.equals(reading.units[0].shapes, grid(2, 20)).all()
    assert reading.units[0].columns["storeys"].tolist() == [6.0, 6.0]
    rows[2][2] = '"POLYGON ((0 0, 1 1"'
    _, log = read(csv(tmp_path / "b.csv", rows), level="building", key="楼栋编号")
    assert [(issue.code, issue.place.cell) for issue in log.errors] == [("SHAPE_TEXT_BROKEN", "C3")]
    json = shapely.to_geojson(grid(2, 20)[0])
    reading, log = read(
        book(tmp_path / "c.xlsx", a=[["id", "geometry"], ["x", json]]), level="block"
    )
    assert reading is not None
    assert reading.units[0].shapes[0].equals(grid(2, 20)[0])


def test_every_sheet_with_a_place_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    head = ["id", "name", "lon", "lat"]
    path = book(tmp_path / "a.xlsx", 小学=[head, ["a", "x", 121.39, 37.54]],
                中学=[head, ["b", "y", 121.4, 37.55]],
                备注=[["说明", "无"], ["一", "二"]])  # fmt: skip
    reading, log = read(path, layer="facilities")
    assert reading is not None
    assert reading.units[0].ids.tolist() == ["a", "b"]
    assert [issue.place.layer for issue in log if issue.code == "SHEET_WITHOUT_PLACE"] == ["备注"]


def test_leading_zeros_and_marks_of_cells_stay(tmp_path: Path) -> None:
    rows = [["id", "name", "lon", "lat"], ["007", "=1+1", "121.39", "37.54"]]
    reading, _ = read(csv(tmp_path / "a.csv", rows), layer="facilities")
    assert reading is not None
    assert reading.units[0].ids.tolist() == ["007"]
    assert reading.units[0].columns["label_zh"].tolist() == ["=1+1"]


def test_a_table_in_a_folder_is_entered_only_when_it_names_a_place(tmp_path: Path) -> None:
    csv(tmp_path / "a.csv", [HEADS[0], *ROWS], "gb18030")
    csv(tmp_path / "b.csv", [["indicator", "value"], ["a", "1"]])
    assert [path.name for path in files_of([tmp_path], IssueLog())] == ["a.csv"]
    assert not has_coordinates("unit_id,value\n1,2\n")


def city(tmp_path: Path) -> CityFolder:
    """A city whose buildings a table of places can be held against."""
    folder = CityFolder.init(tmp_path / "city", name="甲", crs="EPSG:4549")
    rng = np.random.default_rng(4)
    low = rng.uniform(0, 3000, (400, 2)) + np.array([WEST, SOUTH])
    shapes = [shapely.box(x, y, x + 25, y + 20) for x, y in low]
    data = frame(shapes, id=[f"b{n}" for n in range(400)], height=[12.0] * 400)
    data.to_parquet(tmp_path / "b.parquet")
    bridge(folder, [tmp_path / "b.parquet"], level="building")
    return folder


def doors(folder: CityFolder) -> np.ndarray:
    """(N, 2) points in the buildings of the city, degrees WGS 84."""
    columns = read_columns(folder.path / "models" / str(folder.head_model()) / "units.parquet")
    shapes = columns["geometry"][columns["level"] == "building"]
    spots = shapely.get_coordinates(shapely.centroid(shapes))
    return np.column_stack(transformer("EPSG:4549", "EPSG:4326").transform(*spots.T))


@pytest.mark.parametrize("crs", ["EPSG:4326", "GCJ-02", "BD-09", "EPSG:4528", "EPSG:4549:yx"])
def test_places_of_every_system_land_where_they_are(tmp_path: Path, crs: str) -> None:
    folder = city(tmp_path)
    degrees = doors(folder)
    forward = {"GCJ-02": gcj02_of, "BD-09": bd09_of}.get(crs)
    moved = forward(degrees) if forward else np.column_stack(
        transformer("EPSG:4326", crs).transform(*degrees.T)
    )  # fmt: skip
    rows = [["id", "x", "y"], *[[str(n), repr(float(x)), repr(float(y))]
                                for n, (x, y) in enumerate(moved)]]  # fmt: skip
    path = csv(tmp_path / "p.csv", rows)
    with pytest.raises(InputRefused) as refused:
        bridge(folder, [path], layer="facilities")
    issue = next(one for one in refused.value.log.errors)
    assert issue.code == "CRS_MISSING"
    if crs in ("EPSG:4326", "GCJ-02", "BD-09", "EPSG:4528"):
        assert f"--crs {crs} " in issue.why["en"]
    bridge(folder, [path], layer="facilities", crs=crs)
    columns = read_columns(folder.path / "models" / str(folder.head_model()) / "units.parquet")
    mine = columns["level"] == "object"
    order = np.argsort(columns["source_id"][mine].astype(int))
    placed = shapely.get_coordinates(columns["geometry"][mine][order])
    true = np.column_stack(transformer("EPSG:4326", "EPSG:4549").transform(*degrees.T))
    assert np.abs(placed - true).max() < 0.01


def test_shanghai_s_lists_of_places_are_read_whole(shared: Path) -> None:
    lists = sorted((shared / "data" / "china" / "shanghai_poi").glob("*.csv"))
    rows = 0
    for path in lists:
        reading, log = read(path, layer="facilities")
        assert not log.errors, (path.name, log.errors)
        assert reading is not None
        rows += len(reading.units[0])
    assert len(lists) == 11
    assert rows > 48_000
