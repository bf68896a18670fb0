"""A city in a 3DCityDB and the same city in a file give the same model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import psycopg
import pytest

from cim_bridge.release import open_model
from tests.cim_bridge.cityfiles import new_city
from tests.cim_bridge.remote.citydb.town import (
    Answer,
    filled,
    from_file,
    read_database,
    same,
    write_all,
)
from tests.support.cimtwin import cimtwin
from tests.support.citydb.writer import plain
from tests.support.postgis import PostGis

REAL = {
    "nrw_LoD2_32_280_5659.gml": (25832, "urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016"),
    "delft_citygml2.xml": (28992, "urn:ogc:def:crs:EPSG::7415"),
    "zurich_lod2_citygml1.xml": (21781, "EPSG:21781"),
    "fzk_Building_LOD0-EPSG25832_v2.gml": (25832, "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783"),
    "fzk_Building_LOD1-EPSG25832_v2.gml": (25832, "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783"),
    "fzk_Building_LOD2-EPSG25832_v2.gml": (25832, "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783"),
    "fzk_Building_and_garage_LOD2-EPSG25832_v2.gml": (
        25832, "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783",
    ),
    "lod2_buildings_v3_citygml4j.gml": (
        3068, "urn:ogc:def:crs,crs:EPSG:6.12:3068,crs:EPSG:6.12:5783",
    ),
    "building_lod2_v3_attrs.gml": (31468, "urn:adv:crs:DE_DHDN_3GK4*DE_DHHN92_NH"),
    "plateau_yokosuka_523965_dem.gml": (6697, "http://www.opengis.net/def/crs/EPSG/0/6697"),
}  # fmt: skip
"""Files of the reference data and the system that a database of them would declare."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of every kind of feature."""
    return write_all(tmp_path_factory.mktemp("town") / "town.gml")


@pytest.fixture(scope="module")
def url(postgis: PostGis, town: Path) -> str:
    """The same in a database."""
    return filled(postgis, town)


def good(url: str, **wish: str) -> Answer:
    answer = read_database(url, **wish)
    assert not answer.log.errors, answer.log
    assert answer.told is not None
    return answer


def test_a_town_of_every_kind_of_feature_is_the_same(url: str, town: Path) -> None:
    answer, file = good(url), from_file(town)
    counts = {units.level: len(units) for units in answer.reading.units}
    assert counts == {"building": 35, "object": 8}
    same(answer.reading, file)


@pytest.mark.parametrize("lod", ["0", "1", "2", "3"])
def test_a_wished_lod_is_the_same(url: str, town: Path, lod: str) -> None:
    same(good(url, lod=lod).reading, from_file(town, lod=lod))


@pytest.mark.parametrize(
    "wish",
    [
        {"level": "building"}, {"level": "object"}, {"layer": "water"}, {"layer": "ground"},
        {"where": "Gemeinde=05370007"}, {"key": "Gemeinde", "where": "storeysAboveGround=3"},
    ],
)  # fmt: skip
def test_what_is_asked_for_is_the_same(url: str, town: Path, wish: dict[str, str]) -> None:
    wish = wish if "key" not in wish else {"where": wish["where"]}
    same(good(url, **wish).reading, from_file(town, **wish))


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_real_files_are_the_same(postgis: PostGis, shared: Path, name: str) -> None:
    path = shared / "data" / "citygml" / name
    srid, srs = REAL[name]
    same(good(filled(postgis, path, srid, srs)).reading, from_file(path))


def test_attributes_are_those_of_the_file(url: str, town: Path) -> None:
    rows = {}
    for reading in (good(url).reading, from_file(town)):
        units = reading.units[0]
        rows[len(rows)] = dict(
            zip(units.ids, map(json.loads, units.columns["attributes"]), strict=True)
        )
    database, file = rows[0]["house07"], rows[1]["house07"]
    assert database["energy.label"] == file["energy.label"] == "A"
    assert database["energy.kwh"] == file["energy.kwh"] == 42
    assert database["Gemeinde"] == file["Gemeinde"]
    assert database["function"] == file["function"] == "31001_1010"
    assert database["measuredHeight"] == file["measuredHeight"] == 11.0
    assert database["measuredHeight.status"] == "measured"
    assert database["dateOfConstruction"] == "1985-01-01"


def test_inner_parts_and_groups_are_counted_not_taken(url: str) -> None:
    told = next(issue for issue in good(url).log if issue.code == "CITYGML_SKIPPED")
    assert "BuildingRoom (1)" in told.why["en"]


def test_terminated_features_are_left_out_and_counted(postgis: PostGis, town: Path) -> None:
    url = filled(postgis, town)
    with psycopg.connect(plain(url)) as connection:
        connection.execute(
            "UPDATE citydb.feature SET termination_date = now() WHERE objectid LIKE 'house0%'"
        )
    answer = good(url)
    told = next(issue for issue in answer.log if issue.code == "CITYDB_TERMINATED")
    assert told.count == 80  # ten houses and their surfaces
    assert len(answer.reading.units[0]) == 25
    assert not any(name.startswith("house0") for name in answer.reading.units[0].ids)


def test_the_content_hash_is_of_the_content_alone(
    postgis: PostGis, town: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = good(url)
    assert once.told is not None
    monkeypatch.setattr("cim_bridge.readers.remote.citydb.reading.FEATURES", 7)
    paged = good(url)
    assert paged.told == once.told
    assert len(paged.parts) > len(once.parts)
    same(paged.reading, once.reading)
    other = filled(postgis, town)
    assert good(other).told == once.told
    with psycopg.connect(plain(other)) as connection:
        connection.execute("UPDATE citydb.property SET val_double = 99 WHERE name = 'value'")
    changed = good(other)
    assert changed.told is not None
    assert changed.told.content != once.told.content


def test_writers_meanwhile_do_not_change_the_snapshot(
    postgis: PostGis, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = filled(postgis, town)
    monkeypatch.setattr("cim_bridge.readers.remote.citydb.reading.FEATURES", 5)
    before = good(url)
    answer = Answer(before.log.__class__())
    touched = []

    def touch(part: object) -> None:
        if not touched:
            with psycopg.connect(plain(url)) as connection:
                connection.execute("UPDATE citydb.feature SET termination_date = now()")
            touched.append(part)
        answer.parts.append(part)  # type: ignore[arg-type]

    from cim_bridge.reader import Wish
    from cim_bridge.readers.remote.citydb.address import address_of
    from cim_bridge.readers.remote.citydb.reading import read_citydb

    address = address_of(url, answer.log)
    assert address is not None
    assert read_citydb(address, "127.0.0.1", Wish(), touch, answer.log) == before.told
    assert touched
    same(answer.reading, before.reading)


def test_shapes_that_geos_does_not_know_are_read(postgis: PostGis, town: Path) -> None:
    url = filled(postgis, town)
    with psycopg.connect(plain(url)) as connection:
        kinds = connection.execute(
            "SELECT DISTINCT ST_GeometryType(geometry) FROM citydb.geometry_data WHERE geometry "
            "IS NOT NULL ORDER BY 1"
        ).fetchall()
        assert [kind for (kind,) in kinds] == [
            "ST_MultiLineString", "ST_MultiPolygon", "ST_PolyhedralSurface",
        ]  # fmt: skip
        connection.execute(
            "UPDATE citydb.geometry_data SET geometry = ST_ForceCollection(geometry) WHERE "
            "geometry_properties ->> 'type' = '9'"
        )
        tin = (
            "SELECT ST_SetSRID(('TIN Z(' || string_agg('((' || x || '))', ',' ORDER BY n) || ')')"
            "::geometry, 25832) FROM (SELECT substring(ST_AsText(d.geom) from 'Z \\(\\((.*)\\)\\)')"
            " x, d.path n FROM ST_Dump(g.geometry) d) t"
        )
        connection.execute(
            f"UPDATE citydb.geometry_data g SET geometry = ({tin}) WHERE "
            "geometry_properties ->> 'type' = '7'"
        )
    same(good(url).reading, from_file(town))


def test_the_command_makes_a_model_of_it(
    tmp_path: Path, postgis: PostGis, url: str, town: Path
) -> None:
    city = new_city(tmp_path / "city", "EPSG:25832")
    host = f"127.0.0.1:{postgis.port}"
    address = plain(url)
    done = cimtwin("bridge", address, "--city", city.path, "--allow-host", host)
    assert done["features"] == 43
    release = open_model(city)
    source = release.manifest["sources"][0]
    assert source["name"] == url.rpartition("/")[2]
    assert source["reader"] == "3dcitydb"
    assert source["remote"]["protocol"] == "3DCityDB 5"
    assert source["files"][0]["sha256"] == source["remote"]["content"]
    assert 'reader = "3dcitydb"' in (city.path / "city.toml").read_text(encoding="utf-8")
    other = new_city(tmp_path / "other", "EPSG:25832")
    cimtwin("bridge", town, "--city", other.path)
    one, two = release.mesh(), open_model(other).mesh()
    assert len(one) == len(two)
    np.testing.assert_allclose(one.vertices.mean(axis=0), two.vertices.mean(axis=0), atol=1e-6)
    again = cimtwin("bridge", address, "--city", city.path, "--allow-host", host)
    assert again["features"] == done["features"]
    assert open_model(city).manifest["sources"] == release.manifest["sources"]
