"""Units with results in the city's own PostGIS: every cell and both geometries, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, create_engine, text

from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder
from tests.support.cimtwin import cimtwin
from tests.support.postgis import PostGis
from twin_server.demo import Demo
from twin_server.export import Wanted, level_tables
from twin_server.pinned import Pin
from twin_server.pushing import push_city
from twin_server.store import open_store
from twin_server.twin import Twin, open_twin


@pytest.fixture(scope="module")
def twin(demo: Demo) -> Twin:
    folder = CityFolder.open(demo.city)
    store = open_store(folder)
    found = open_twin(folder, Pin(folder, store, 0)())
    store.close()
    return found


@pytest.fixture(scope="module")
def database(postgis: PostGis) -> Iterator[Engine]:
    engine = create_engine(postgis.empty())
    yield engine
    engine.dispose()


def test_every_unit_and_value_arrives_with_both_geometries(twin: Twin, database: Engine) -> None:
    url = database.url.render_as_string(hide_password=False)
    counts = push_city(twin, url, "checkup", Wanted())
    held = level_tables(twin, None, twin.year(None), twin.system(None).id)
    assert counts == {level: len(table) for level, table in held.items()}
    with database.connect() as connection:
        for level in ("block", "district"):
            table = held[level].set_index("id")
            rows = connection.execute(text(
                "SELECT id, park_coverage, park_coverage_state, ST_AsBinary(geom) AS geom,"
                " ST_SRID(geom) AS srid, ST_X(ST_Centroid(geom_4326)) AS east,"
                f" ST_SRID(geom_4326) AS other FROM checkup.{level}"
            )).all()  # fmt: skip
            assert {row.id for row in rows} == set(table.index)
            for row in rows:
                mine = table.loc[row.id]
                value = mine["park_coverage"]
                assert row.park_coverage is None if np.isnan(value) else row.park_coverage == value
                assert row.park_coverage_state == mine["park_coverage_state"]
                assert shapely.from_wkb(bytes(row.geom)).equals_exact(mine["geometry"], 0)
                assert (row.srid, row.other, round(row.east)) == (4549, 4326, 121)
        told = connection.execute(text("SELECT obj_description('checkup.block'::regclass)"))
        words = str(told.scalar())
        assert twin.publication is not None
        assert twin.publication.id in words
        assert "synthetic" in words
        described = connection.execute(text(
            "SELECT col_description('checkup.block'::regclass, attnum) FROM pg_attribute"
            " WHERE attrelid = 'checkup.block'::regclass AND attname = 'park_coverage'"
        ))  # fmt: skip
        assert str(described.scalar()).endswith("(%)")
        found = connection.execute(text(
            "SELECT count(*) FROM pg_indexes WHERE schemaname='checkup' AND tablename='block'"
            " AND indexdef LIKE '%gist%'"
        ))  # fmt: skip
        assert found.scalar() == 2


def test_a_push_that_fails_leaves_the_tables_that_were_there(
    twin: Twin, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.url.render_as_string(hide_password=False)
    push_city(twin, url, "kept", Wanted(level="district"))
    with database.begin() as connection:
        connection.execute(text("UPDATE kept.district SET level = 'x'"))
        connection.execute(text("CREATE VIEW kept.seen AS SELECT id FROM kept.district"))
    with pytest.raises(InputRefused, match="PUSH_FAILED"):
        push_city(twin, url, "kept", Wanted(level="district"))
    with database.connect() as connection:
        names = connection.execute(text("SELECT DISTINCT level FROM kept.district")).scalars()
        assert list(names) == ["x"]


def test_what_is_no_postgis_is_refused_in_words(twin: Twin, postgis: PostGis) -> None:
    with pytest.raises(InputRefused, match="PUSH_FAILED"):
        push_city(twin, postgis.empty(extension=False), "checkup", Wanted(level="district"))
    with pytest.raises(WrongUse):
        push_city(twin, "sqlite:///x.db", "checkup", Wanted())
    with pytest.raises(WrongUse):
        push_city(twin, postgis.url("gis"), "a; DROP", Wanted())


def test_the_command_line_pushes_and_the_record_tells_of_it(
    demo: Demo, tmp_path: Path, postgis: PostGis
) -> None:
    shutil.copytree(demo.city, tmp_path / "city")
    url = postgis.empty().replace("+psycopg", "")
    told = cimtwin("push", url, "--city", tmp_path / "city", "--level", "district")
    assert told["counts"] == {"district": 6}
    store = open_store(CityFolder.open(tmp_path / "city"))
    assert store.audit_page(1, 0)[0][0]["action"] == "push"
    store.close()
