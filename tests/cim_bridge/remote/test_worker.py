"""What parses pages can neither reach the network nor other files, whatever a page holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_bridge.child import run_child
from cim_bridge.readers.remote.axes import Axes, decide, extent_in, northing_first
from cim_bridge.readers.remote.columns import Columns, content_hash, row_hashes
from tests.support.platform import Platform

WORKER = "cim_bridge.readers.remote.worker"
HARMLESS = {"GML", "ESRIJSON", "GeoJSON", "GPKG"}
REACHING = {
    "WFS", "OAPIF", "CSW", "HTTP", "OGR_VRT", "GDALG", "PLSCENES", "NGW", "Elasticsearch", "Carto",
    "ADBC", "OGCAPI", "EEDA", "AmigoCloud", "PDF", "LIBKML", "GeoRSS", "CSV", "SQLite", "STACIT",
}  # fmt: skip


def job(folder: Path, page: bytes, driver: str, count: int = 1) -> dict[str, Any]:
    """Let the child parse one page; its report."""
    file = folder / "answer-000001"
    file.write_bytes(page)
    told = {
        "pages": [{"path": str(file), "count": count}], "driver": driver, "types": {},
        "axes": Axes(False, None).to_json(), "crs": "EPSG:4549", "layer": "x",
        "folder": str(folder), "out": str(folder / "x.gpkg"), "report": str(folder / "r.json"),
    }  # fmt: skip
    (folder / "job.json").write_text(json.dumps(told), encoding="utf-8")
    ended = run_child(WORKER, str(folder / "job.json"), seconds=60, megabytes=4096)
    assert ended.well, ended.errors
    return json.loads((folder / "r.json").read_bytes())  # type: ignore[no-any-return]


def test_only_four_formats_are_known_and_none_that_reaches_anything() -> None:
    code = f"from {WORKER} import load; print('|'.join(load().list_drivers()))"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    drivers = set(told.split("|"))
    assert drivers >= HARMLESS
    assert not drivers & REACHING


LURES = {
    "VRT": '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{file}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>",
    "WFS": "<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
    "capabilities": '<wfs:WFS_Capabilities xmlns:wfs="http://www.opengis.net/wfs/2.0" '
    'version="2.0.0"><OnlineResource>{url}</OnlineResource></wfs:WFS_Capabilities>',
    "GDALG": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {url}"}}',
    "address": "{url}/ogc/collections/buildings/items",
    "path": "/vsicurl/{url}/x.geojson",
    "xlink": '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://t {url}/lure.xsd"><gml:featureMember><t gml:id="a">'
    '<gml:pointProperty xlink:href="{url}/lure.gml#p"/><n>1</n></t></gml:featureMember>'
    "</gml:FeatureCollection>",
    "esri": '{{"geometryType": "esriGeometryPoint", "url": "{url}", "fields": [], "features": '
    '[{{"attributes": {{}}}}], "exceededTransferLimit": true}}',
}


@pytest.mark.parametrize(
    ("lure", "driver"),
    [("VRT", "GML"), ("WFS", "GML"), ("capabilities", "GML"), ("xlink", "GML"),
     ("GDALG", "GeoJSON"), ("address", "GeoJSON"), ("path", "GeoJSON"), ("esri", "ESRIJSON")],
)  # fmt: skip
def test_a_page_that_names_another_source_leads_nowhere(
    tmp_path: Path, platform: Platform, lure: str, driver: str
) -> None:
    secret = tmp_path / "secret.geojson"
    secret.write_text(
        '{"type": "Feature", "geometry": null, "properties": {"n": "s3cret"}}', encoding="utf-8"
    )
    page = LURES[lure].format(url=platform.address, file=secret).encode()
    report = job(tmp_path, page, driver)
    assert platform.asked == []
    made = tmp_path / "x.gpkg"
    assert not made.is_file() or b"s3cret" not in made.read_bytes()
    assert ("unfit" in report) is (lure not in ("xlink", "esri")), report


def test_pages_that_hold_another_number_than_was_counted_are_unfit(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [1.0, 2.0]}
    features = [{"type": "Feature", "geometry": point, "properties": {"n": k}} for k in range(3)]
    page = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert "3 features, not 4" in job(tmp_path, page, "GeoJSON", 4)["unfit"]
    assert job(tmp_path, page, "GeoJSON", 3)["features"] == 3


def test_values_of_any_kind_are_kept(tmp_path: Path) -> None:
    from cim_bridge.readers.vector import load_pyogrio

    rows: list[dict[str, Any]] = [
        {"a": 1, "b": "007", "c": ["x", "y"], "d": {"e": 1}, "f": True, "fid": "F", "geom": "G"},
        {"a": 2.5, "b": None, "B": "z", "g": "2024-05-01"},
    ]
    point = {"type": "Point", "coordinates": [1.0, 2.0, 3.5]}
    features = [
        {"type": "Feature", "id": k, "geometry": point, "properties": row}
        for k, row in enumerate(rows)
    ]
    page = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert job(tmp_path, page, "GeoJSON", 2)["features"] == 2
    frame = load_pyogrio().read_dataframe(tmp_path / "x.gpkg")
    assert frame["a"].tolist() == [1.0, 2.5]
    assert frame["b"].iloc[0] == "007"
    assert json.loads(frame["c"].iloc[0]) == ["x", "y"]
    assert json.loads(frame["d"].iloc[0]) == {"e": 1}
    assert frame["fid"].iloc[0] == "F"
    assert frame["geom"].iloc[0] == "G"
    assert frame["B_2"].iloc[1] == "z", "names differ even without regard to case"
    assert frame["g"].iloc[1] == "2024-05-01"
    assert frame.geometry.iloc[0].z == 3.5


def test_the_content_hash_heeds_values_and_not_order() -> None:
    import pyarrow as pa

    wkb = np.array([b"a", b"b"], object)
    one = pa.table({"x": ["1", None], "y": [1.5, 2.5]})
    same = pa.table({"y": [2.5, 1.5], "x": [None, "1"]})
    other = pa.table({"x": ["1", None], "y": [1.5, 2.0]})
    first = content_hash([row_hashes(one, wkb)])
    assert first == content_hash([row_hashes(same, wkb[::-1])])
    parts = [row_hashes(one.slice(1), wkb[1:]), row_hashes(one.slice(0, 1), wkb[:1])]
    assert first == content_hash(parts)
    assert first != content_hash([row_hashes(other, wkb)])
    assert first != content_hash([row_hashes(one, wkb[::-1])])


def test_text_columns_become_numbers_only_where_nothing_is_lost() -> None:
    import pyarrow as pa

    columns = Columns({"told": "text"}, guess=True)
    table = pa.table(
        {"code": ["007", "8"], "n": ["7", "8.5"], "told": ["7", "8"], "none": [None, None],
         "long": ["12345678901234567890", "1"], "geometry": [b"", b""]}
    )  # fmt: skip
    columns.see(table.set_column(3, "none", pa.nulls(2, pa.string())))
    kinds = {field.name: str(field.type) for field in columns.schema()}
    assert kinds["n"] == "double"
    assert {kinds[name] for name in ("code", "told", "none", "long")} == {"string"}


@pytest.mark.parametrize(
    ("promised", "came", "order", "proved"),
    [(True, True, "swapped", True), (True, False, "straight", True),
     (False, True, "swapped", True), (False, False, "straight", True)],
)  # fmt: skip
def test_the_extent_decides_the_order_whatever_is_promised(
    promised: bool, came: bool, order: str, proved: bool
) -> None:
    extent = extent_in((119.9, 37.4, 120.1, 37.6), "OGC:CRS84", "EPSG:4549")
    centres = np.array([[500000.0, 4150000.0], [500100.0, 4150100.0], [np.nan, np.nan]])
    found = decide(centres[:, ::-1] if came else centres, Axes(promised, extent))
    assert (found.order, found.proved, found.outside) == (order, proved, False)
    assert found.box == [500000.0, 4150000.0, 500100.0, 4150100.0]


def test_where_both_orders_fit_the_standard_decides() -> None:
    square = Axes(True, (0.0, 0.0, 100.0, 100.0))
    found = decide(np.array([[10.0, 20.0]]), square)
    assert (found.order, found.proved) == ("swapped", False)
    assert decide(np.array([[10.0, 20.0]]), Axes(False, square.extent)).order == "straight"
    assert decide(np.array([[np.nan, np.nan]]), square).order == "swapped"
    far = decide(np.array([[10.0, 20.0], [10.0, 20.0], [900.0, 5.0]]), Axes(False, square.extent))
    assert (far.order, far.outside) == ("straight", True)


def test_registered_orders_hold_only_where_they_are_promised() -> None:
    assert northing_first("EPSG:4549", True)
    assert northing_first("EPSG:4326", True)
    assert not northing_first("EPSG:4549", False)
    assert not northing_first("EPSG:3857", True)
    assert not northing_first("OGC:CRS84", True)
    assert not northing_first(None, True)
