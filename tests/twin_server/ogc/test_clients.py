"""Programs of others read the door over a loopback socket: GDAL, OWSLib, and our own bridge."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import geopandas as gpd
import numpy as np
import pyogrio
import pytest

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from tests.support.cimtwin import cimtwin
from tests.support.environment import AS_STARTED
from tests.support.server import free_port
from twin_server.demo import Demo

SYSTEMS = ("OGC:CRS84", "EPSG:4490", "EPSG:4549", "EPSG:4528")
COLLECTIONS = ("district", "block", "building", "object.road", "projects", "block.MOHURD-2022.2025")
EARLIER = {"2021", "2022", "2023", "2024"}
CLOSE = {True: 1e-7, False: 1e-2}


@dataclass(frozen=True)
class Door:
    """A running server: its address, where it writes the requests it saw, the city behind it."""

    url: str
    log: Path
    city: Path

    def json(self, path: str) -> Any:
        """What the server itself says, without any client of others."""
        import httpx

        with httpx.Client(base_url=self.url) as client:
            return client.get(path).raise_for_status().json()

    def seen(self, since: int) -> list[str]:
        """Addresses asked for since a length of the log."""
        written = self.log.read_text()[since:]
        return [line.split()[1] for line in written.split('"')[1::2]]

    def now(self) -> int:
        """The log's length."""
        return len(self.log.read_text())


@pytest.fixture(scope="module")
def door(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The published sample city in a process of its own (GDAL holds this one while it waits)."""
    log = tmp_path_factory.mktemp("door") / "access.log"
    port = free_port()
    argv = [sys.executable, "-m", "uvicorn", "--factory", "twin_server.running:served_app",
            "--port", str(port), "--no-use-colors"]  # fmt: skip
    with log.open("wb") as out:
        env = {**os.environ, "CIMTWIN_CITY": str(demo.city)}
        process = subprocess.Popen(argv, stdout=out, stderr=out, env=env)
        try:
            deadline = time.monotonic() + 60
            while "running on" not in log.read_text() and time.monotonic() < deadline:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
            yield Door(f"http://127.0.0.1:{port}", log, demo.city)
        finally:
            process.terminate()
            process.wait(20)


def read(door: Door, collection: str, **options: Any) -> gpd.GeoDataFrame:
    source = f"OAPIF:{door.url}/ogc/collections/{collection}"
    found = pyogrio.read_dataframe(source, layer=collection, **options)
    assert isinstance(found, gpd.GeoDataFrame)
    return found


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_gdal_reads_every_feature_in_four_systems(door: Door, collection: str) -> None:
    page = door.json(f"/ogc/collections/{collection}/items?limit=10000")
    ids = [one["id"] for one in page["features"]]
    stored = read(door, collection)
    assert stored.crs.to_epsg() == 4549
    for system in SYSTEMS:
        found = read(door, collection, CRS="EPSG:4326" if system == "OGC:CRS84" else system)
        assert found["id"].tolist() == ids
        assert len(found) == page["numberMatched"]
        expected = stored.to_crs(system).total_bounds
        close = CLOSE[system in ("OGC:CRS84", "EPSG:4490")]
        assert np.abs(found.total_bounds - expected).max() < (close if close < 1e-3 else 2e-4)


@pytest.fixture(scope="module")
def listed(door: Door) -> list[dict[str, Any]]:
    """Every collection of the latest year; those of other years differ in their numbers alone."""
    found: list[dict[str, Any]] = [
        one
        for one in door.json("/ogc/collections")["collections"]
        if one["id"].rpartition(".")[2] not in EARLIER
    ]
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def pages(door: Door, listed: list[dict[str, Any]]) -> dict[str, Any]:
    """The features of every collection, as plain JSON says them."""
    return {
        one["id"]: door.json(f"/ogc/collections/{quote(one['id'])}/items?limit=10000")
        for one in listed
    }


def ids_of(page: Any) -> list[str]:
    return [feature["id"] for feature in page["features"]]


def test_gdal_reads_every_collection_whole(
    door: Door, listed: list[dict[str, Any]], pages: dict[str, Any]
) -> None:
    for one in listed:
        page, found = pages[one["id"]], read(door, one["id"])
        ids = ids_of(page)
        assert found["id"].tolist() == ids, one["id"]
        assert page["numberMatched"] == len(ids)
        if ids and one["itemType"] == "feature":
            west, south, east, north = found.to_crs("OGC:CRS84").total_bounds
            told = one["extent"]["spatial"]["bbox"][0]
            box = told if len(told) == 4 else [*told[:2], *told[3:5]]
            inside = (west - box[0], south - box[1], box[2] - east, box[3] - north)
            assert min(inside) > -1e-7, one["id"]


def test_the_bounds_are_those_of_the_model(door: Door) -> None:
    folder = CityFolder.open(door.city)
    units = open_model(folder, folder.head_model() or "").units
    for level in ("district", "block", "building"):
        own = units[(units["level"] == level) & ~units["removed"].astype(bool)]
        for system in SYSTEMS:
            asked = "EPSG:4326" if system == "OGC:CRS84" else system
            found = read(door, level, CRS=asked).total_bounds
            off = np.abs(found - own.to_crs(system).total_bounds).max()
            assert off < (1e-7 if found[0] < 360 else 2e-4)


def test_gdal_sends_its_filter_to_the_server(door: Door) -> None:
    since = door.now()
    found = read(door, "building", where="use = 'office' AND height > 20")
    sent = [parse_qs(urlsplit(one).query) for one in door.seen(since) if "/building/items" in one]
    every = read(door, "building")
    # GDAL 3.12 knows no CQL2: it sends equalities by name, and looks at the rest itself
    expected = every[(every["use"] == "office") & (every["height"] > 20)]
    assert found["id"].tolist() == expected["id"].tolist()
    assert 0 < len(found) < len(every)
    written = [str(one["filter"]) for one in sent if "filter" in one]
    by_name = [one for one in sent if one.get("use") == ["office"]]
    assert by_name or any("use" in one and "office" in one for one in written), sent


def test_gdal_sends_its_box_to_the_server(door: Door) -> None:
    since = door.now()
    every = read(door, "block")
    x, y = every.total_bounds[:2] + 1000
    found = read(door, "block", bbox=(x, y, x + 500, y + 500))
    assert 0 < len(found) < len(every)
    assert set(found["id"]) == set(every.cx[x : x + 500, y : y + 500]["id"])
    assert any("bbox=" in one and "/block/items" in one for one in door.seen(since))


def test_ogr2ogr_copies_a_collection_and_sends_its_filter(door: Door, tmp_path: Path) -> None:
    if shutil.which("ogr2ogr") is None:
        assert os.environ.get("CIM_POSTGIS") != "required", "CI installs gdal-bin"
        pytest.skip("no ogr2ogr here: apt install gdal-bin")
    since, out = door.now(), tmp_path / "offices.gpkg"
    source = f"OAPIF:{door.url}/ogc/collections/building"
    argv = ["ogr2ogr", str(out), source, "-oo", "PAGE_SIZE=1000", "-where", "use = 'office'"]
    subprocess.run(argv, check=True, timeout=60, env=AS_STARTED)
    copied = pyogrio.read_dataframe(out)
    page = door.json("/ogc/collections/building/items?limit=10000&use=office")
    ids = [one["id"] for one in page["features"]]
    assert len(ids) > 0
    assert copied["id"].tolist() == ids
    bounds = read(door, "building").query("use == 'office'").to_crs("OGC:CRS84").total_bounds
    assert np.abs(copied.total_bounds - bounds).max() < 1e-7
    assert any("use=office" in one for one in door.seen(since))


def test_ogr2ogr_copies_every_collection_whole(
    door: Door, listed: list[dict[str, Any]], pages: dict[str, Any], tmp_path: Path
) -> None:
    if shutil.which("ogr2ogr") is None:
        assert os.environ.get("CIM_POSTGIS") != "required", "CI installs gdal-bin"
        pytest.skip("no ogr2ogr here: apt install gdal-bin")
    names = [one["id"] for one in listed if one["itemType"] == "feature"]
    out = tmp_path / "city.gpkg"
    argv = ["ogr2ogr", str(out), f"OAPIF:{door.url}/ogc", "-oo", "PAGE_SIZE=1000", *names]
    subprocess.run(argv, check=True, timeout=300, env=AS_STARTED)
    for name in names:
        copied = pyogrio.read_dataframe(out, layer=name, columns=["id"], read_geometry=False)
        assert copied["id"].tolist() == ids_of(pages[name]), name


def test_qgis_reads_every_collection_whole(
    door: Door, listed: list[dict[str, Any]], pages: dict[str, Any]
) -> None:
    system = "/usr/bin/python3"
    probe = [system, "-c", "import qgis.core"]
    known = Path(system).exists() and subprocess.run(probe, capture_output=True).returncode == 0
    if not known:
        pytest.skip("no QGIS here: apt install python3-qgis qgis-providers")
    script = Path(__file__).parents[2] / "support" / "qgisread.py"
    env = {**AS_STARTED, "QT_QPA_PLATFORM": "offscreen"}
    env.pop("PYTHONPATH", None)
    names = [one["id"] for one in listed if one["itemType"] == "feature"]
    done = subprocess.run(
        [system, str(script), f"{door.url}/ogc", *names],
        capture_output=True, text=True, check=True, timeout=900, env=env,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    for name in names:
        assert sorted(told[name]["ids"]) == sorted(ids_of(pages[name])), name
    for name in ("block", "building"):
        ours = read(door, name).to_crs("OGC:CRS84").total_bounds
        assert np.abs(told[name]["box"] - ours).max() < 1e-7


def test_owslib_reads_every_collection_whole(door: Door, pages: dict[str, Any]) -> None:
    features = pytest.importorskip("owslib.ogcapi.features")
    client = features.Features(f"{door.url}/ogc")
    for name, page in pages.items():
        assert ids_of(client.collection_items(name, limit=10000)) == ids_of(page), name
    assert "block.MOHURD-2022.2025" in client.feature_collections()
    assert "label_zh" in client.collection_queryables("block")["properties"]
    page = client.collection_items("block", limit=1000, filter="area > 50000")
    every = door.json("/ogc/collections/block/items?limit=1000")["features"]
    expected = [one["id"] for one in every if one["properties"]["area"] > 50000]
    assert [one["id"] for one in page["features"]] == expected
    assert client.collection_item("block", every[0]["id"])["id"] == every[0]["id"]


def test_our_own_bridge_reads_our_own_server(door: Door, tmp_path: Path) -> None:
    cimtwin("init", tmp_path / "town", "--name", "又一城", "--crs", "EPSG:4549")
    host = door.url.removeprefix("http://")
    for level in ("block", "building"):
        source = f"{door.url}/ogc/collections/{level}"
        words = ("--city", tmp_path / "town", "--level", level, "--allow-host", host)
        cimtwin("bridge", source, *words)
    ours, theirs = (CityFolder.open(path) for path in (tmp_path / "town", door.city))
    read_back, original = (open_model(one, one.head_model() or "").units for one in (ours, theirs))
    for level in ("block", "building"):
        one = read_back[read_back["level"] == level].set_index("id").sort_index()
        other = original[original["level"] == level].set_index("id").sort_index()
        assert one.index.tolist() == other.index.tolist()
        assert np.abs(one.bounds.to_numpy() - other.bounds.to_numpy()).max() < 2e-4
