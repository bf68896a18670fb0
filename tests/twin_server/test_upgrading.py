"""Databases of older programs: upgraded whole, nothing lost; both ways to the tables are one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, insert, text

from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder
from tests.support.cimtwin import cimtwin
from twin_server import audit, database
from twin_server.database import open_database, reading, writing
from twin_server.identity.people import People
from twin_server.moving import copy_decisions
from twin_server.store import Store
from twin_server.tables import audit as audit_table
from twin_server.tables import metadata, problem_state
from twin_server.upgrading import MIGRATIONS, REVISIONS, bring_up, revision_of
from twin_server.workflow.desk import Desk, Step

A, B = "a" * 32, "b" * 32


@pytest.fixture
def file(tmp_path: Path, either_store: str) -> Path:
    return tmp_path / "twin.db"


@pytest.fixture
def bare(file: Path) -> Iterator[Engine]:
    """A database without any table."""
    engine = create_engine(database.address_of("", file))
    yield engine
    engine.dispose()


def difference(engine: Engine) -> list[object]:
    """What the tables here and the tables of the program do not share."""

    def ours(thing: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
        return kind != "table" or name != "spatial_ref_sys"  # which is PostGIS's

    with reading(engine) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": ours}
        )
        return list(compare_metadata(context, metadata))


def first_version(engine: Engine) -> None:
    """The tables of the first program, with a publication, a state and a record in them."""
    with writing(engine) as connection:
        bring_up(connection, REVISIONS[0])
        connection.execute(
            text(
                "INSERT INTO publication VALUES"
                " ('p1', 1, :m, :r, '[]', '2025-01-01T00:00:00Z', 'li', true, '首次')"
            ),
            {"m": A, "r": B},
        )
        told = {"problem_id": "q1", "state": "confirmed", "changed": "x", "actor": "li"}
        connection.execute(insert(problem_state).values(**told, note=""))
        entry = {"seq": 1, "time": "2025-01-01T00:00:00Z", "actor": "li", "action": "publish",
                 "payload": '{"id":"p1"}'}  # fmt: skip
        digest = audit.entry_hash(audit.GENESIS, entry)
        row = {**entry, "prev_hash": audit.GENESIS, "hash": digest}
        connection.execute(insert(audit_table).values(**row))


def test_a_database_of_the_first_program_is_upgraded_with_everything_in_it(
    bare: Engine, file: Path
) -> None:
    first_version(bare)
    store = Store(open_database("", file))
    now = store.current()
    assert now is not None
    assert (now.id, now.model, now.note) == ("p1", A, "首次")
    assert store.problem_states() == {"q1": "confirmed"}
    assert store.verify_audit() == 1
    assert difference(store.engine) == []
    long = "工程" * 300
    assert Desk(store.engine).act("project", long, Step("approve", "li")).state == "approved"
    People(store.engine).add("wu", ["leader"], [], actor="li")
    assert store.verify_audit() == 3
    store.close()


def test_new_tables_and_upgraded_ones_are_the_same(bare: Engine, file: Path) -> None:
    fresh = open_database("", file)
    assert difference(fresh) == []
    with reading(fresh) as connection:
        assert revision_of(connection) == REVISIONS[-1]
    fresh.dispose()
    steps = ScriptDirectory.from_config(_config())
    assert [step.revision for step in steps.walk_revisions()][::-1] == list(REVISIONS)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def test_tables_made_before_versions_were_written_are_upgraded_from_what_is_there(
    bare: Engine, file: Path
) -> None:
    first_version(bare)
    with writing(bare) as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        metadata.tables["person"].create(connection)  # as opening it with a later program made it
    engine = open_database("", file)
    assert difference(engine) == []
    assert Store(engine).verify_audit() == 1
    engine.dispose()


def test_a_database_of_a_newer_program_is_left_alone(file: Path) -> None:
    engine = open_database("", file)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputRefused, match="DATABASE_NEWER"):
        open_database("", file)
    engine.dispose()


def test_an_upgrade_that_fails_leaves_the_old_tables(
    bare: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_version(bare)

    def fails(*_given: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("twin_server.migrations.steps.change_type", fails)
        with pytest.raises(OSError, match="disk is full"):
            open_database("", file)
    with reading(bare) as connection:
        assert revision_of(connection) == REVISIONS[0]
    store = Store(open_database("", file))
    assert store.verify_audit() == 1
    store.close()


def test_decisions_move_to_another_store_whole_or_not_at_all(
    small_city: CityFolder, tmp_path: Path, either_store: str
) -> None:
    source = open_database(f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "old.db")
    store = Store(source)
    store.publish(A, B, actor="li")
    Desk(source).act("problem", "q1", Step("confirm", "li"))
    target = open_database("", tmp_path / "new.db")
    counts = copy_decisions(source, target)
    assert (counts["publication"], counts["audit"], counts["workflow_event"]) == (1, 2, 1)
    assert Store(target).publications() == store.publications()
    assert Store(target).verify_audit() == 2
    with pytest.raises(WrongUse, match="holds decisions already"):
        copy_decisions(source, target)
    with writing(source) as connection:
        connection.execute(text("UPDATE audit SET actor = 'wu' WHERE seq = 1"))
    (tmp_path / "third").mkdir()
    third = open_database("", tmp_path / "third" / "twin.db")
    with pytest.raises(InputRefused, match="AUDIT_BROKEN"):
        copy_decisions(source, third)
    assert Store(third).publications() == []
    told = cimtwin(
        "database", "--city", small_city.path, "--copy-from", f"sqlite:///{tmp_path / 'new2.db'}",
        exit_code=2,
    )  # fmt: skip
    assert "does not exist" in told["error"]
    for engine in (source, target, third):
        engine.dispose()
