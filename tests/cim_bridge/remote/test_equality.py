"""One layer over four protocols is the layer of the GeoPackage that it came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from tests.cim_bridge.remote.asking import bridged, read, same_shapes
from tests.cim_bridge.remote.conftest import COUNT, addresses, layer, make_city
from tests.support.platform import Platform, running

PROTOCOLS = ("OGC API", "WFS 1.1", "WFS 2.0", "ArcGIS")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_ids_values_and_vertices_are_those_of_the_source(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.cap = 7  # several pages, each smaller than asked for
    frame, found = read(city, addresses(platform)[protocol])
    source = layer()
    assert frame["building_id"].tolist() == source["building_id"].tolist()
    for name in ("height", "storeys"):
        assert frame[name].tolist() == source[name].tolist(), name
        assert frame[name].dtype == source[name].dtype, name
    assert frame["name"].fillna("").tolist() == source["name"].fillna("").tolist()
    assert same_shapes(frame, source)
    assert frame.crs == source.crs
    assert not found.issues.to_json()
    assert found.origin["features"] == COUNT


def test_units_and_their_geometry_are_the_same_whichever_way_they_came(
    tmp_path: Path, platform: Platform
) -> None:
    file = tmp_path / "buildings.gpkg"
    layer().to_file(file)
    whole = make_city(tmp_path / "file", platform)
    bridge(whole, [file], level="building", key="building_id")
    wanted = open_model(whole).units
    for protocol, address in addresses(platform).items():
        city = make_city(tmp_path / protocol.replace(" ", ""), platform)
        bridged(city, address, key="building_id")
        found = open_model(city).units
        assert found["id"].tolist() == wanted["id"].tolist(), protocol
        assert np.array_equal(found["height"], wanted["height"], equal_nan=True), protocol
        assert same_shapes(found[found["level"] == "building"],
                           wanted[wanted["level"] == "building"]), protocol  # fmt: skip


def test_neither_time_nor_paging_changes_the_content_or_the_model(
    tmp_path: Path, platform: Platform
) -> None:
    address = addresses(platform)["WFS 2.0"]
    digests, contents = set(), set()
    for size in (4, 4, 1000):
        city = make_city(tmp_path / f"city{len(digests)}{size}", platform, f"page_size = {size}\n")
        digests.add(bridged(city, address).digest)
        (source,) = open_model(city).manifest["sources"]
        contents.add(source["remote"]["content"])
    assert len(contents) == 1
    assert len(digests) == 1


def test_the_manifest_names_address_query_content_and_count(
    city: CityFolder, platform: Platform
) -> None:
    address = f"{addresses(platform)['OGC API']}/items?limit=3&storeys=4&f=json"
    bridged(city, address)
    (source,) = open_model(city).manifest["sources"]
    remote = source["remote"]
    assert remote["address"] == addresses(platform)["OGC API"]
    assert remote["query"]["storeys"] == "4", "a filter is kept"
    assert not {"limit", "f"} & set(remote["query"])
    assert remote["features"] == source["features"] == COUNT
    assert len(remote["content"]) == 64
    assert source["attribution"] == "© Tiny platform"
    (kept,) = CityFolder.open(city.path).config.sources
    assert kept["paths"] == [remote["address"]]


def test_a_second_run_replaces_the_source_and_changes_nothing(
    city: CityFolder, platform: Platform
) -> None:
    address = addresses(platform)["ArcGIS"]
    first = bridged(city, address, key="building_id")
    assert bridged(city, address, key="building_id").digest == first.digest


def test_arcgis_without_paging_is_read_by_ranges_of_ids(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.unpaged = True
    frame, found = read(city, addresses(platform)["ArcGIS"])
    assert len(frame) == COUNT
    assert same_shapes(frame, layer())
    assert sum("OBJECTID+%3E%3D" in line or "OBJECTID%20%3E" in line for line in platform.asked)
    assert not found.issues.errors


def test_arcgis_in_a_system_that_esri_numbered_first_is_read_by_its_newer_number(
    tmp_path: Path,
) -> None:
    with running(Platform(layer().to_crs("EPSG:3857"))) as mercator:
        own = make_city(tmp_path / "city", mercator)
        frame, found = read(own, addresses(mercator)["ArcGIS"])
    assert found.origin["crs"] == "EPSG:3857"
    back = frame.to_crs("EPSG:4549")
    assert np.allclose(back.geometry.area, layer().geometry.area, rtol=0, atol=1e-3)


def test_a_collection_that_ignores_crs_is_read_in_degrees(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.no_crs = True
    frame, found = read(city, addresses(platform)["OGC API"])
    assert found.origin["crs"] == "OGC:CRS84"
    back = frame.to_crs("EPSG:4549")
    assert np.allclose(back.geometry.bounds, layer().geometry.bounds, rtol=0, atol=1e-6)
    assert np.allclose(back.geometry.area, layer().geometry.area, rtol=0, atol=1e-4)


def test_a_landing_page_or_a_service_with_one_layer_serves_as_that_layer(
    city: CityFolder, platform: Platform
) -> None:
    for address in ("/ogc", "/arcgis/rest/services/tiny/FeatureServer"):
        frame, found = read(city, platform.address + address)
        assert len(frame) == COUNT, address
        assert found.name == "buildings"
