"""What is wrong with a database is an Issue; nothing of a partial read is taken."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from cim_bridge.errors import InputRefused
from cim_bridge.issues import Issue, IssueLog
from cim_bridge.reader import Wish
from cim_bridge.readers.remote.citydb import is_database
from cim_bridge.readers.remote.citydb.access import allowed
from cim_bridge.readers.remote.citydb.address import address_of
from cim_bridge.readers.remote.citydb.fetching import fetched_database
from cim_bridge.readers.remote.citydb.reading import read_citydb
from cim_bridge.readers.remote.citydb.snapshot import Stopped, snapshot
from cim_bridge.readers.remote.hosts import Hosts
from tests.cim_bridge.cityfiles import new_city
from tests.cim_bridge.gmlfiles import UTM32
from tests.cim_bridge.remote.citydb.town import (
    Answer,
    from_file,
    read_database,
    same,
    write_all,
)
from tests.support.cimtwin import cimtwin
from tests.support.citydb.schema import statements
from tests.support.citydb.writer import COLUMNS, Writer, new_citydb, plain
from tests.support.postgis import GUARDED, PostGis
from tests.support.server import free_port

SECRET = "correct-horse-battery"  # noqa: S105 - of a role that lives as long as the test


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_all(tmp_path_factory.mktemp("town") / "town.gml")


@pytest.fixture(scope="module")
def stored(town: Path) -> Writer:
    """The rows of the town."""
    writer = Writer(25832)
    writer.document(town)
    return writer


@pytest.fixture(scope="module")
def one(postgis: PostGis) -> str:
    """The database that is filled anew for each test that changes rows only."""
    return new_citydb(postgis, 25832, UTM32)


@pytest.fixture
def whole(one: str, stored: Writer) -> str:
    """A database with the town."""
    with psycopg.connect(plain(one)) as connection:
        connection.execute(f"TRUNCATE {', '.join(f'citydb.{table}' for table in COLUMNS)} CASCADE")
        connection.execute("DELETE FROM citydb.database_srs")
        connection.execute("INSERT INTO citydb.database_srs VALUES (25832, %s)", (UTM32,))
    stored.copy(one)
    return one


@pytest.fixture
def own(postgis: PostGis, whole: str) -> str:
    """A database with the town that a test may take apart."""
    return postgis.copy(whole)


def changed(url: str, *commands: str) -> str:
    """A database in which something was changed."""
    with psycopg.connect(plain(url)) as connection:
        connection.execute("SET search_path TO citydb, public")
        for command in commands:
            connection.execute(command)  # type: ignore[call-overload]
    return url


def refused(answer: Answer, code: str) -> Issue:
    """The one error of a read that gave nothing."""
    assert answer.told is None
    assert [issue.code for issue in answer.log.errors] == [code], answer.log
    return answer.log.errors[0]


def test_addresses_of_databases_are_told_from_others() -> None:
    assert is_database("postgresql://db.example/citydb")
    assert is_database("POSTGRES://db.example/citydb")
    assert not is_database("https://db.example/citydb")
    assert not is_database("postgresql.gml")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://db.example", "postgresql://db.example:99999/x", "postgresql://a,b/citydb",
        "postgresql://db.example/citydb?service=other", "postgresql://db.example:port/citydb",
        "postgresql://db.example/citydb?hostaddr=10.0.0.1", "postgresql://[::1/citydb",
        "postgresql://db.example/citydb?options=-csearch_path%3Dx",
        "postgresql:///citydb?host=a&host=b",
    ],
)  # fmt: skip
def test_an_address_that_could_lead_elsewhere_is_refused(address: str) -> None:
    assert [i.code for i in read_database(address).log] == ["CITYDB_ADDRESS"]


@pytest.mark.parametrize(
    "address",
    [f"postgresql://me:{SECRET}@db.example/citydb", f"postgresql://me@db/c?password={SECRET}"],
)
def test_a_password_in_the_address_is_refused_and_never_repeated(
    tmp_path: Path, address: str
) -> None:
    answer = read_database(address)
    assert refused(answer, "CITYDB_PASSWORD")
    city = new_city(tmp_path / "city", "EPSG:25832")
    told = cimtwin("bridge", address, "--city", city.path, exit_code=1)
    assert "CITYDB_PASSWORD" in json.dumps(told)
    assert SECRET not in json.dumps(told) + json.dumps(answer.log.to_json())
    assert SECRET not in (city.path / "city.toml").read_text(encoding="utf-8")
    assert city.head_model() is None


def test_the_password_comes_from_the_environment_and_stays_there(
    tmp_path: Path, postgis: PostGis, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = changed(
        whole, f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{SECRET}'",
        f"GRANT USAGE ON SCHEMA citydb TO {GUARDED}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA citydb TO {GUARDED}",
    )  # fmt: skip
    address = plain(postgis.url(url.rpartition("/")[2], GUARDED))
    assert "password" in refused(read_database(address), "CITYDB_CONNECT").why["en"]
    monkeypatch.setenv("PGPASSWORD", "wrong")
    assert SECRET not in str(refused(read_database(address), "CITYDB_CONNECT"))
    monkeypatch.setenv("PGPASSWORD", SECRET)
    city = new_city(tmp_path / "city", "EPSG:25832")
    host = f"127.0.0.1:{postgis.port}"
    told = cimtwin("bridge", address, "--city", city.path, "--allow-host", host)
    assert told["features"] == 43
    for path in city.path.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_a_machine_without_the_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    issue = refused(read_database("postgresql://127.0.0.1/citydb"), "CITYDB_DRIVER")
    assert "cim-twin[postgres]" in issue.fix["en"]


def test_a_host_that_is_not_listed_is_not_asked(tmp_path: Path, postgis: PostGis) -> None:
    city = new_city(tmp_path / "city", "EPSG:25832")
    url = plain(postgis.url("postgres"))
    with pytest.raises(InputRefused) as caught, fetched_database(city, url):
        pass
    assert [issue.code for issue in caught.value.log] == ["CITYDB_HOST"]
    assert f"127.0.0.1:{postgis.port}" in caught.value.log.errors[0].fix["en"]
    with pytest.raises(InputRefused) as caught, fetched_database(city, "postgresql:///citydb"):
        pass
    assert "localhost" in str(caught.value.log.errors[0].why)
    assert list(city.path.glob(".remote-*")) == []


@pytest.mark.parametrize(
    ("public", "private", "host", "place"),
    [
        (["db.example"], [], "db.example", "10.1.2.3"),
        (["db.example:5432"], [], "db.example", "127.0.0.1"),
        ([], ["db.example"], "db.example", "169.254.169.254"),
    ],
)
def test_a_listed_name_that_leads_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch, public: list[str], private: list[str], host: str, place: str
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *a, **k: [(2, 1, 6, "", (place, 5432))])
    log = IssueLog()
    address = address_of(f"postgresql://{host}/citydb", log)
    assert address is not None
    with pytest.raises(Stopped):
        allowed(address, Hosts.of(public, private), log)
    assert [issue.code for issue in log] == ["REMOTE_ADDRESS_REFUSED"]


def test_a_listed_name_is_pinned_to_where_it_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    log = IssueLog()
    address = address_of("postgresql://db.example/citydb", log)
    local = address_of("postgresql:///citydb?host=/run/postgresql", log)
    assert address is not None
    assert local is not None
    monkeypatch.setattr("socket.getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("10.1.2.3", 5432))])
    assert allowed(address, Hosts.of([], ["db.example"]), log) == "10.1.2.3"
    assert allowed(local, Hosts.of(["localhost"]), log) is None
    assert not log.errors


def test_a_server_that_does_not_answer_is_told(postgis: PostGis) -> None:
    refused(read_database(f"postgresql://127.0.0.1:{free_port()}/citydb"), "CITYDB_CONNECT")
    issue = refused(read_database(plain(postgis.url("nowhere"))), "CITYDB_CONNECT")
    assert "nowhere" in issue.why["en"]
    refused(read_database(plain(postgis.url("postgres", "nobody"))), "CITYDB_CONNECT")


def test_a_connection_that_breaks_gives_no_model(
    whole: str, postgis: PostGis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cim_bridge.readers.remote.citydb.reading.FEATURES", 5)
    answer = Answer(IssueLog())
    address = address_of(whole, answer.log)
    assert address is not None

    def cut(part: object) -> None:
        answer.parts.append(part)  # type: ignore[arg-type]
        postgis.psql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
            "application_name = 'cimtwin'",
        )

    answer.told = read_citydb(address, "127.0.0.1", Wish(), cut, answer.log)
    refused(answer, "CITYDB_STOPPED")
    assert len(answer.parts) == 1


def test_the_snapshot_cannot_write(whole: str) -> None:
    log = IssueLog()
    address = address_of(whole, log)
    assert address is not None
    with snapshot(address, "127.0.0.1", log) as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
    with pytest.raises(Stopped), snapshot(address, "127.0.0.1", log) as connection:
        connection.execute(text("DELETE FROM citydb.property"))
    assert "read-only" in log.errors[0].why["en"]


def test_a_database_without_a_3dcitydb_is_told(postgis: PostGis) -> None:
    refused(read_database(postgis.empty()), "CITYDB_SCHEMA")
    refused(read_database(postgis.empty(extension=False)), "CITYDB_SCHEMA")


def test_of_several_schemas_one_must_be_named(town: Path, own: str) -> None:
    url = changed(own, "ALTER SCHEMA citydb RENAME TO north")
    assert read_database(url).told is not None, "the only one there is"
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("DROP SCHEMA citydb_pkg CASCADE")
        connection.execute(statements("south", 25832, "EPSG:25832"))  # type: ignore[call-overload]
    assert "north, south" in refused(read_database(url), "CITYDB_SCHEMA").why["en"]
    named = read_database(f"{url}?schema=north")
    assert named.told is not None
    same(named.reading, from_file(town))
    refused(read_database(f"{url}?schema=south"), "CITYDB_EMPTY")
    refused(read_database(f"{url}?schema=east"), "CITYDB_SCHEMA")


def test_another_version_is_refused(postgis: PostGis) -> None:
    newer = new_citydb(postgis, 25832, "EPSG:25832", version="6.0.0")
    assert "6.0.0" in refused(read_database(newer), "CITYDB_VERSION").why["en"]
    older = postgis.empty()
    with psycopg.connect(plain(older)) as connection:
        connection.execute("CREATE SCHEMA citydb")
        connection.execute("CREATE TABLE citydb.cityobject (id bigint)")
        connection.execute("CREATE TABLE citydb.surface_geometry (id bigint)")
    assert "3DCityDB 4" in refused(read_database(older), "CITYDB_VERSION").why["en"]


def test_a_schema_is_judged_by_its_tables_where_no_function_tells(own: str) -> None:
    url = changed(own, "DROP SCHEMA citydb_pkg CASCADE")
    assert read_database(url).told is not None


def test_missing_tables_are_named(own: str) -> None:
    url = changed(own, "DROP TABLE codelist_entry, address CASCADE")
    told = refused(read_database(url), "CITYDB_TABLES").why["en"]
    assert "citydb.address, citydb.codelist_entry" in told


def test_a_missing_column_is_named(own: str) -> None:
    url = changed(own, "ALTER TABLE property DROP COLUMN val_uom")
    assert "val_uom" in refused(read_database(url), "CITYDB_TABLES").why["en"]


def test_lacking_rights_are_named(postgis: PostGis, own: str) -> None:
    url = changed(own, "DROP ROLE IF EXISTS visitor", "CREATE ROLE visitor LOGIN")
    visitor = postgis.url(url.rpartition("/")[2], "visitor")
    assert "citydb.feature" in refused(read_database(visitor), "CITYDB_PERMISSION").why["en"]
    with psycopg.connect(plain(url)) as connection:
        connection.execute("GRANT USAGE ON SCHEMA citydb TO visitor")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA citydb TO visitor")
        connection.execute("REVOKE SELECT ON citydb.geometry_data FROM visitor")
    told = refused(read_database(visitor), "CITYDB_PERMISSION").why["en"]
    assert "citydb.geometry_data" in told
    assert "citydb.feature" not in told
    with psycopg.connect(plain(url)) as connection:
        connection.execute("GRANT SELECT (id) ON citydb.geometry_data TO visitor")
        connection.execute("REVOKE SELECT ON citydb.feature FROM visitor")
        connection.execute("GRANT SELECT ON citydb.geometry_data TO visitor")
        connection.execute("GRANT SELECT ON citydb.feature TO visitor")
    assert read_database(visitor).told is not None


def test_an_empty_database_is_told(postgis: PostGis, whole: str) -> None:
    refused(read_database(new_citydb(postgis, 25832, "EPSG:25832")), "CITYDB_EMPTY")
    url = changed(whole, "UPDATE feature SET termination_date = now()")
    refused(read_database(url), "CITYDB_EMPTY")


def test_features_that_only_contain_each_other_make_the_count_wrong(whole: str) -> None:
    url = changed(
        whole,
        "INSERT INTO feature (id, objectclass_id) VALUES (9001, 902), (9002, 902)",
        "INSERT INTO property (id, feature_id, name, val_feature_id, val_relation_type) VALUES "
        "(90001, 9001, 'buildingPart', 9002, 1), (90002, 9002, 'buildingPart', 9001, 1)",
    )  # fmt: skip
    issue = refused(read_database(url), "CITYDB_COUNT")
    assert "2" in issue.why["en"]


def test_a_circle_below_a_building_ends(town: Path, whole: str) -> None:
    url = changed(
        whole,
        "INSERT INTO property (id, feature_id, name, val_feature_id, val_relation_type) SELECT "
        "90001, p.id, 'buildingPart', q.id, 1 FROM feature p, feature q WHERE "
        "p.objectid = 'part1' AND q.objectid = 'part1'",
    )  # fmt: skip
    answer = read_database(url)
    assert answer.told is not None
    same(answer.reading, from_file(town))


def test_parts_outlive_a_terminated_building_and_are_told(whole: str) -> None:
    url = changed(whole, "UPDATE feature SET termination_date = now() WHERE objectid = 'again'")
    answer = read_database(url)
    assert answer.told is not None
    told = next(issue for issue in answer.log if issue.code == "CITYGML_SKIPPED")
    assert "RoofSurface (1)" in told.why["en"]
    assert "again" not in answer.reading.units[0].ids


def test_a_wrong_srid_is_told_and_the_geometries_believed(whole: str) -> None:
    url = changed(whole, "UPDATE database_srs SET srid = 4549, srs_name = 'EPSG:4549'")
    answer = read_database(url)
    told = next(issue for issue in answer.log if issue.code == "CITYDB_SRID")
    assert "4549" in told.why["en"]
    assert answer.reading.crs == "EPSG:25832"
    url = changed(whole, "UPDATE database_srs SET srid = 25832, srs_name = 'EPSG:4549'")
    assert read_database(url).reading.crs == "EPSG:25832"
    url = changed(whole, "DELETE FROM database_srs")
    assert read_database(url).reading.crs == "EPSG:25832"


def test_geometries_that_cannot_be_decoded_are_told(whole: str) -> None:
    url = changed(
        whole,
        "UPDATE geometry_data SET geometry = NULL WHERE feature_id = (SELECT id FROM feature "
        "WHERE objectid = 'house03_s5')",
    )  # fmt: skip
    answer = read_database(url)
    told = next(issue for issue in answer.log if issue.code == "CITYDB_GEOMETRY")
    assert told.count == 1
    assert len(answer.reading.units[0]) == 35


def test_ids_are_numbered_where_absent_and_refused_where_double(whole: str) -> None:
    url = changed(whole, "UPDATE feature SET objectid = NULL WHERE objectid = 'house05'")
    answer = read_database(url)
    told = next(issue for issue in answer.log if issue.code == "CITYDB_ID_MISSING")
    assert "Building#1" in told.why["en"]
    assert "Building#1" in answer.reading.units[0].ids
    url = changed(whole, "UPDATE feature SET objectid = 'house06' WHERE objectid = 'house07'")
    refused(read_database(url), "ID_DUPLICATE")


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE geometry_data SET geometry_properties = '[]'",
        "UPDATE geometry_data SET geometry_properties = '{\"type\": 9, \"children\": 7}'",
        "UPDATE geometry_data SET geometry_properties = '{\"children\": [{\"type\": 5, "
        "\"objectId\": \"x\", \"geometryIndex\": 99}, 3, {\"type\": 5, \"objectId\": 1}]}'",
        "UPDATE geometry_data SET geometry_properties = NULL",
        "UPDATE property SET val_array = '{\"a\": [1]}'",
        "UPDATE property SET val_array = '[1,2,\"x\",4,5,6,7,8,9,10,11,12]'",
        "UPDATE property SET val_implicitgeom_refpoint = NULL",
        "UPDATE implicit_geometry SET relative_geometry_id = NULL",
        "UPDATE property SET parent_id = id WHERE name = 'height'",
        "UPDATE property SET val_lod = 'two', name = NULL WHERE val_geometry_id IS NOT NULL",
        "UPDATE property SET namespace_id = NULL, datatype_id = NULL",
        "UPDATE property SET val_double = 'NaN'",
        "UPDATE property SET val_timestamp = '0999-01-01' WHERE val_timestamp IS NOT NULL",
        "UPDATE geometry_data SET geometry = ST_Translate(geometry, 'Infinity'::float8, 0)",
        "UPDATE geometry_data SET geometry = ST_SetSRID('POLYGON Z EMPTY'::geometry, 25832)",
        "UPDATE feature SET objectclass_id = 15",
    ],
)  # fmt: skip
def test_odd_content_never_breaks_the_read(whole: str, command: str) -> None:
    answer = read_database(changed(whole, command))
    assert answer.told is not None or answer.log.errors
    for part in answer.parts:
        assert all(len(units.ids) == len(units.shapes) for units in part.units)


def test_what_was_good_stays_when_a_database_fails(
    tmp_path: Path, postgis: PostGis, town: Path
) -> None:
    city = new_city(tmp_path / "city", "EPSG:25832")
    cimtwin("bridge", town, "--city", city.path)
    before = city.head_model()
    url = plain(new_citydb(postgis, 25832, "EPSG:25832"))
    host = f"127.0.0.1:{postgis.port}"
    told = cimtwin("bridge", url, "--city", city.path, "--allow-host", host, exit_code=1)
    assert "CITYDB_EMPTY" in json.dumps(told)
    assert city.head_model() == before
    assert list(city.path.glob(".remote-*")) == []
