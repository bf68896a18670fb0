from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from cim_bridge.build import bridge
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from tests.cim_bridge.cityfiles import box, found, frame, grid, read


def saved(path: Path, **more: Any) -> Path:
    data = frame(grid(3, 100), id=["007", "008", "009"], name=["甲", "乙", "丙"])
    data.to_parquet(path, **more)
    return path


def told(path: Path, **changes: Any) -> Path:
    """The file with other `geo` metadata; a change to None takes the member away."""
    table = pq.read_table(path)
    meta = json.loads(table.schema.metadata[b"geo"])
    for key, value in changes.items():
        about = meta if key in ("version", "primary_column", "columns") else None
        about = meta["columns"]["geometry"] if about is None else about
        about[key] = value
        if value is None:
            del about[key]
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(meta)}), path)
    return path


@pytest.mark.parametrize("version", ["0.4.0", "1.0.0-beta.1", "1.0.0", "1.1.0"])
def test_units_with_their_exact_ids_come_from_every_version(tmp_path: Path, version: str) -> None:
    path = saved(tmp_path / "a.parquet", schema_version=version)
    reading, log = read(path, level="block")
    assert reading is not None
    assert reading.crs == "EPSG:4549"
    assert reading.units[0].ids.tolist() == ["007", "008", "009"]
    assert reading.units[0].columns["label_zh"].tolist() == ["甲", "乙", "丙"]
    assert json.loads(reading.units[0].columns["attributes"][0]) == {"id": "007", "name": "甲"}
    assert not log.errors


@pytest.mark.parametrize(
    "shapes",
    [
        [shapely.Point(1, 2), None, shapely.Point(3, 4)],
        [shapely.LineString([(0, 0), (1, 1)]), shapely.LineString([(5, 5), (6, 6), (7, 5)]), None],
        [box(0, 0, 9, 9).difference(box(2, 2, 3, 3)), box(20, 0, 1, 1), None],
        [shapely.MultiPolygon([box(0, 0, 1, 1), box(5, 5, 1, 1)]), None,
         shapely.MultiPolygon([box(9, 9, 1, 1).difference(box(9.2, 9.2, 0.2, 0.2))])],
    ],
)  # fmt: skip
def test_native_layouts_give_the_same_shapes_as_wkb(tmp_path: Path, shapes: list[Any]) -> None:
    data = frame(shapes, id=["a", "b", "c"])
    data.to_parquet(tmp_path / "wkb.parquet")
    data.to_parquet(tmp_path / "native.parquet", geometry_encoding="geoarrow")
    meta = json.loads(pq.read_schema(tmp_path / "native.parquet").metadata[b"geo"])
    assert meta["columns"]["geometry"]["encoding"] != "WKB"
    one, _ = read(tmp_path / "wkb.parquet", layer="objects")
    other, _ = read(tmp_path / "native.parquet", layer="objects")
    assert one is not None
    assert other is not None
    assert shapely.equals_exact(one.units[0].shapes, other.units[0].shapes).sum() == 2
    assert shapely.is_missing(other.units[0].shapes).tolist() == [one is None for one in shapes]


def test_boxes_of_rows_are_an_index_and_no_attribute(tmp_path: Path) -> None:
    reading, log = read(saved(tmp_path / "a.parquet", write_covering_bbox=True), level="block")
    assert reading is not None
    assert "bbox" not in json.loads(reading.units[0].columns["attributes"][0])
    assert not log.warnings


def test_the_primary_of_several_geometry_columns_is_read_and_the_others_named(
    tmp_path: Path,
) -> None:
    data = frame(grid(2, 100), id=["a", "b"])
    data["centre"] = gpd.GeoSeries(data.geometry.centroid, crs=data.crs)
    data.to_parquet(tmp_path / "a.parquet")
    reading, log = read(tmp_path / "a.parquet", level="block")
    assert reading is not None
    assert reading.units[0].shapes[0].geom_type == "Polygon"
    said = next(issue for issue in log if issue.code == "GEOMETRY_COLUMNS")
    assert "centre" in said.why["en"]
    assert "centre" not in json.loads(reading.units[0].columns["attributes"][0])


def test_a_missing_crs_member_is_degrees_and_null_is_nobody_knows(tmp_path: Path) -> None:
    path = told(saved(tmp_path / "a.parquet"), crs=None)
    reading, _ = read(path, level="block")
    assert reading is not None
    assert reading.crs == "EPSG:4326"
    unknown = frame(grid(2, 9), None, id=["a", "b"])
    unknown.to_parquet(tmp_path / "b.parquet")
    reading, _ = read(tmp_path / "b.parquet", level="block")
    assert reading is not None
    assert reading.crs is None


def test_a_local_grid_in_projjson_stays_what_it_is(tmp_path: Path) -> None:
    grid_of_city = "+proj=tmerc +lon_0=121.5 +x_0=500000 +ellps=GRS80 +units=m +type=crs"
    frame(grid(2, 9), grid_of_city, id=["a", "b"]).to_parquet(tmp_path / "a.parquet")
    reading, _ = read(tmp_path / "a.parquet", level="block")
    assert reading is not None
    assert reading.crs is not None
    assert "121.5" in reading.crs


def test_whole_numbers_beside_missing_ones_keep_every_digit(tmp_path: Path) -> None:
    table = pq.read_table(saved(tmp_path / "a.parquet"))
    big = pa.array([9007199254740993, None, 9007199254740995])
    nested = pa.array([{"k": [1, 2]}, None, {"k": []}])
    table = table.append_column("code", big).append_column("more", nested)
    pq.write_table(table, tmp_path / "b.parquet")
    reading, _ = read(tmp_path / "b.parquet", level="block", key="name")
    assert reading is not None
    rows = [json.loads(text) for text in reading.units[0].columns["attributes"]]
    assert rows[0]["code"] == 9007199254740993
    assert "code" not in rows[1]
    assert rows[0]["more"] == {"k": [1, 2]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": "2.0.0"}, "GEOPARQUET_METADATA"),
        ({"columns": {}}, "GEOPARQUET_METADATA"),
        ({"primary_column": "nowhere"}, "GEOPARQUET_METADATA"),
        ({"encoding": "WKT"}, "GEOPARQUET_METADATA"),
        ({"encoding": "polygon"}, "GEOPARQUET_METADATA"),
        ({"edges": "spherical"}, "EDGES_SPHERICAL"),
        ({"bbox": [0, 0, 1, 1]}, "BOUNDS_DIFFER"),
        ({"crs": {"type": "GeographicCRS", "name": "mine"}}, ""),
    ],
)
def test_metadata_that_lie_are_found(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    reading, log = read(told(saved(tmp_path / "a.parquet"), **changes), level="block")
    assert code in found(log) | {""}
    assert (reading is None) == bool(log.errors)


def test_broken_wkb_is_named_by_its_row(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.parquet")
    table = pq.read_table(path)
    raw = table.column("geometry").to_pylist()
    raw[1] = raw[1][:20]
    table = table.set_column(table.schema.get_field_index("geometry"), "geometry", pa.array(raw))
    pq.write_table(table, path)
    reading, log = read(path, level="block")
    assert reading is not None
    issue = next(issue for issue in log if issue.code == "WKB_BROKEN")
    assert (issue.place.row, issue.count) == (2, 1)


def test_a_plain_table_says_what_it_lacks(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "lon": [121.0]}), tmp_path / "a.parquet")
    reading, log = read(tmp_path / "a.parquet", level="block")
    assert reading is None
    assert found(log) == {"GEOPARQUET_METADATA"}


def test_a_damaged_file_gives_an_issue_and_never_an_exception(tmp_path: Path) -> None:
    good = saved(tmp_path / "a.parquet").read_bytes()
    rng = np.random.default_rng(7)
    cases = [good[:n] for n in (4, 8, 40, len(good) // 2, len(good) - 4)]
    for _ in range(60):
        spoiled = bytearray(good)
        at = rng.integers(4, len(good) - 4, 6)
        for place, value in zip(at, rng.integers(0, 256, 6), strict=True):
            spoiled[place] = value
        cases.append(bytes(spoiled))
    path = tmp_path / "b.parquet"
    refused = 0
    for case in cases:
        path.write_bytes(case)
        reading, log = read(path, level="block")
        refused += reading is None
        assert reading is not None or log.errors
    assert refused > 5


def test_repeated_rows_that_unpack_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "a.parquet")
    monkeypatch.setattr("cim_bridge.readers.geoparquet._MOST_CELLS", 8)
    assert found(read(path, level="block")[1]) == {"PARQUET_TOO_LARGE"}


def test_a_city_is_bridged_from_geoparquet_and_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    city = CityFolder.init(tmp_path / "city", name="甲", crs="EPSG:4549")
    report = bridge(city, [saved(tmp_path / "a.parquet")], level="block")
    assert report.counts["block"] == 3
    before = city.head_model()
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:200])
    with pytest.raises(InputRefused):
        bridge(city, [tmp_path / "b.parquet"], level="block")
    assert city.head_model() == before
