"""`cimtwin check` on a city folder: what was tampered with is named."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from cim_bridge.build import bridge
from cim_bridge.check import check_city
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.release import open_model


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A city of 60 buildings in four blocks."""
    path = tmp_path_factory.mktemp("city")
    x = [623_000 + 20 * (k % 10) for k in range(60)]
    y = [4_150_000 + 20 * (k // 10) for k in range(60)]
    buildings = gpd.GeoDataFrame(
        {"id": [f"b{k}" for k in range(60)], "height": 9.0},
        geometry=[shapely.box(a, b, a + 9, b + 9) for a, b in zip(x, y, strict=True)],
        crs="EPSG:4549",
    )
    blocks = gpd.GeoDataFrame(
        {"id": list("ABCD")},
        geometry=[
            shapely.box(west, south, west + 105, south + 65)
            for west in (622_990, 623_095) for south in (4_149_990, 4_150_055)
        ],
        crs="EPSG:4549",
    )  # fmt: skip
    for name, frame in (("buildings", buildings), ("blocks", blocks)):
        frame.to_file(path / f"{name}.gpkg", engine="pyogrio")
    folder = CityFolder.init(path / "city", name="试验", crs="EPSG:4549")
    bridge(folder, [path / "buildings.gpkg"], level="building")
    bridge(CityFolder.open(folder.path), [path / "blocks.gpkg"], level="block")
    return folder.path


@pytest.fixture
def city(made, tmp_path) -> CityFolder:
    import shutil

    shutil.copytree(made, tmp_path / "city")
    return CityFolder.open(tmp_path / "city")


def _release(city: CityFolder) -> Path:
    return city.models / str(city.head_model())


def _codes(log: IssueLog) -> set[str]:
    return {issue.code for issue in log}


def test_a_fresh_city_is_clean(city):
    assert [issue.to_json() for issue in check_city(city)] == []


def test_a_changed_byte_in_a_release_is_found(city):
    content = min((_release(city) / "tiles").glob("*.glb"))
    data = bytearray(content.read_bytes())
    data[-1] ^= 1
    content.unlink()
    content.write_bytes(data)
    assert "CHECK_RELEASE_DAMAGED" in _codes(check_city(city))


def test_a_head_without_release_is_found(city):
    city.set_head_model("0" * 32)
    assert "CHECK_RELEASE_MISSING" in _codes(check_city(city))


def test_parents_of_the_wrong_length_and_absent_tiles_are_found(city):
    from cim_bridge.check.city import check_model

    release = _release(city)
    manifest = json.loads((release / "manifest.json").read_text())
    parents = release / manifest["parents"]["block"]["uri"]
    parents.write_bytes(parents.read_bytes() + b"\0\0\0\0")
    next((release / "tiles").glob("*.glb")).unlink()
    log = IssueLog()
    check_model(release, manifest, log)
    assert {"CHECK_COUNT", "CHECK_FILE_MISSING"} <= _codes(log)


def test_a_unit_that_is_in_no_tile_or_no_model_is_found(city):
    from cim_bridge.check.findings import Findings
    from cim_bridge.check.units import check_units

    release = _release(city)
    tileset = release / "tiles" / "buildings" / "tileset.json"
    units = open_model(city).model().level("building")
    ids = dict(zip(units["source_id"], units["row"].tolist(), strict=True))
    log = IssueLog()
    check_units(tileset, {**ids, "b60": 60}, Findings(log, "x"))
    assert _codes(log) == {"CHECK_UNIT_ABSENT"}
    log = IssueLog()
    check_units(tileset, {**ids, "b7": ids["b8"]}, Findings(log, "x"))
    assert _codes(log) == {"CHECK_UNIT_STRANGE"}
