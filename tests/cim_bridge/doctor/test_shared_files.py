"""The doctor over the reference data, broken files included: a verdict each, never a traceback."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from cim_bridge.doctor.page import page
from cim_bridge.doctor.terminal import MOST, lines
from tests.cim_bridge.doctor.looked import doctor, fact, fingerprint

WORKS = (
    "cityjson/denhaag_01_v1.city.json", "cityjson/delft_cjio.city.json",
    "cityjson/3dbag_901_trimmed.city.jsonl", "nyc/derived/manhattan_cd101-103_buildings.geojson",
    "tiles10/sibbe_3dbag_10/tileset.json", "tiles11/sibbe_3dbag_11/tileset.json",
    "tiles11/tools_tileset.3tz", "citygml/delft_citygml2.xml",
)  # fmt: skip
AFTER = {
    "china/shenzhen_districts/sz.shp": ("--key qh", "--crs EPSG:4490"),
    "china/shanghai_districts_shp/区县界_area.shp": ("--level district",),
    "china/shanghai_core_derived/roads.geojson": ("--layer roads",),
    "china/shanghai_poi/中学.csv": ("--layer facilities", "--crs EPSG:4490"),
    "nyc/derived/manhattan_cd101-103_blocks.geojson": ("--level block",),
    "ifc/ifc4_openhouse.ifc": ("--anchor E,N,H",),
    "cityjson/rotterdam_subset.city.json": ("--crs EPSG:CODE",),
}
FAILS = {
    "china/shanghai_core_derived/buildings.geojson": "ID_DUPLICATE",
    "bad/cjval_data/duplicate.json": "ID_DUPLICATE",
    "bad/cjval_data/o4.json": "CITYJSON_VERSION",
    "bad/cjval_data/generic.ext.json": "NOT_CITYJSON",
    "tiles11/tools_specs_pkg2/missingColumn.3dtiles": "TILESIN_PACKAGE",
}


def sound(path: Path) -> None:
    """What must hold for whatever file."""
    report = doctor(path)
    assert report.verdict.word in ("works", "works_after", "fails")
    assert report.verdict.text["zh"]
    assert report.verdict.text["en"]
    assert bool(report.verdict.commands) == (report.verdict.word != "fails")
    assert report.verdict.word != "fails" or report.log.errors
    assert len(lines(report)) <= MOST
    assert page(report).startswith("<!doctype html>")
    orjson.dumps(report.to_json())


@pytest.mark.parametrize("name", WORKS)
def test_a_good_source_works_as_it_is(shared: Path, name: str) -> None:
    assert doctor(shared / "data" / name).verdict.word == "works"


@pytest.mark.parametrize("name", AFTER)
def test_a_source_that_lacks_something_works_with_it(shared: Path, name: str) -> None:
    report = doctor(shared / "data" / name)
    assert report.verdict.word == "works_after"
    for option in AFTER[name]:
        assert option in report.verdict.commands[-1]


@pytest.mark.parametrize("name", FAILS)
def test_a_source_that_cannot_be_mended_by_an_option_fails(shared: Path, name: str) -> None:
    report = doctor(shared / "data" / name)
    assert report.verdict.word == "fails"
    assert FAILS[name] in {issue.code for issue in report.log}


@pytest.mark.parametrize("folder", ["bad/cjval_data", "china/shanghai_poi"])
def test_every_file_of_a_folder_gets_a_verdict(shared: Path, folder: str) -> None:
    for path in sorted((shared / "data" / folder).iterdir()):
        sound(path)


@pytest.mark.parametrize("part", range(4))
def test_every_invalid_tileset_gets_a_verdict(shared: Path, part: int) -> None:
    files = sorted((shared / "data" / "tiles_invalid").rglob("*.json"))
    assert len(files) > 100
    for path in files[part::4]:
        sound(path)


@pytest.mark.parametrize("folder", ["tiles10", "tiles11"])
def test_every_sample_tileset_is_told_with_its_overlay(shared: Path, folder: str) -> None:
    files = sorted((shared / "data" / folder).rglob("tileset.json"))
    assert len(files) >= 10
    for path in files:
        (source,) = doctor(path).data["sources"]
        modes = {mode["mode"]: mode for mode in source.get("overlay", {}).get("modes", [])}
        assert not modes or set(modes) == {"texture", "style", "binding", "rewrite"}, path
        assert all(mode["why"]["en"] for mode in modes.values())


def test_a_shapefile_whose_cpg_is_true_is_not_doubted(shared: Path) -> None:
    report = doctor(shared / "data" / "china/shenzhen_districts/sz.shp")
    assert report.data["sources"][0]["encoding"]["lies"] is False


def test_the_hierarchy_of_a_batch_table_is_named(shared: Path) -> None:
    root = shared / "data" / "tiles10/cesiumjs_specs_via_loadersgl/Hierarchy"
    path = next(iter(sorted(root.rglob("tileset.json"))))
    assert "batch-table hierarchy" in fact(doctor(path).sections[0], "Features")


def test_looking_at_the_reference_data_changes_nothing(shared: Path) -> None:
    folder = shared / "data" / "tiles11" / "sibbe_3dbag_11"
    before = fingerprint(folder)
    doctor(folder)
    assert fingerprint(folder) == before
