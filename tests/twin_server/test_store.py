"""Publications, live states and the audit chain."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cim_bridge.errors import InputRefused, Unavailable, WrongUse
from cim_bridge.folder import CityFolder
from twin_server.database import DatabaseAway, open_database, reading, writing
from twin_server.errors import code_of, status_of
from twin_server.pinned import Pin
from twin_server.settings import Settings, read_settings
from twin_server.store import Store, open_store
from twin_server.workflow.desk import ActionRefused, Desk, Step
from twin_server.workflow.idempotent import Kept, once

A, B = "a" * 32, "b" * 32


@pytest.fixture
def store(tmp_path: Path, either_store: str) -> Iterator[Store]:
    found = Store(open_database("", tmp_path / "twin.db"), "town")
    yield found
    found.close()


def test_nothing_is_current_before_the_first_publication(store: Store) -> None:
    assert store.current() is None
    assert store.publications() == []


def test_the_newest_publication_is_current_and_the_older_is_kept(store: Store) -> None:
    first, new = store.publish(A, A, actor="me")
    assert new
    second, _ = store.publish(A, B, actor="me")
    assert store.current() == second
    assert [item.id for item in store.publications()] == [second.id, first.id]
    assert [item.current for item in store.publications()] == [True, False]


def test_publishing_what_is_current_changes_nothing(store: Store) -> None:
    first, _ = store.publish(A, A, actor="me")
    again, new = store.publish(A, A, actor="me")
    assert (again, new) == (first, False)
    assert store.verify_audit() == 1


def test_rollback_moves_the_pointer_and_leaves_a_trace(store: Store) -> None:
    first, _ = store.publish(A, A, actor="me")
    store.publish(A, B, actor="me")
    store.point_to(store.target(None), actor="you")
    current = store.current()
    assert current is not None
    assert current.id == first.id
    entries, total = store.audit_page(10, 0)
    assert total == 3
    assert entries[0]["action"] == "rollback"
    assert entries[0]["actor"] == "you"
    with pytest.raises(InputRefused, match="NOTHING_TO_ROLL_BACK"):
        store.target(None)
    with pytest.raises(InputRefused, match="PUBLICATION_NOT_FOUND"):
        store.target("nope")
    assert store.target("2").results == B


def test_the_same_pair_can_be_published_again_after_a_rollback(store: Store) -> None:
    store.publish(A, A, actor="me")
    store.publish(A, B, actor="me")
    store.point_to(store.target(None), actor="me")
    third, new = store.publish(A, B, actor="me")
    assert (third.seq, new) == (3, True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET payload = '{}' WHERE seq = 2",
        "UPDATE audit SET actor = 'someone else' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 2",
        "UPDATE audit SET prev_hash = hash WHERE seq = 3",
    ],
)
def test_any_change_of_the_record_is_found(store: Store, change: str) -> None:
    for name in ("one", "two", "three"):
        store.record(name, {"n": 1}, actor="me")
    assert store.verify_audit() == 3
    with writing(store.engine) as connection:
        connection.execute(text(change))
    with pytest.raises(InputRefused, match="AUDIT_BROKEN"):
        store.verify_audit()


def test_writers_wait_for_each_other_and_lose_nothing(tmp_path: Path, either_store: str) -> None:
    file = tmp_path / "twin.db"
    failures: list[BaseException] = []

    def write(name: str) -> None:
        mine = Store(open_database("", file))
        try:
            for number in range(15):
                mine.record(name, {"n": number}, actor=name)
        except Exception as exc:  # noqa: BLE001 - whatever a thread raises must fail the test
            failures.append(exc)
        finally:
            mine.close()

    Store(open_database("", file)).close()
    threads = [threading.Thread(target=write, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    last = Store(open_database("", file))
    assert last.verify_audit() == 60
    last.close()


def test_two_that_publish_at_the_same_moment_publish_once(
    tmp_path: Path, either_store: str
) -> None:
    stores = [Store(open_database("", tmp_path / "twin.db")) for _ in range(4)]
    gate = threading.Barrier(len(stores))

    def publish(store: Store) -> bool:
        gate.wait()
        return store.publish(A, B, actor="me")[1]

    with ThreadPoolExecutor(len(stores)) as pool:
        assert sorted(pool.map(publish, stores)) == [False, False, False, True]
    assert stores[0].verify_audit() == 1
    for store in stores:
        store.close()


def test_one_version_is_changed_by_one_of_many_at_the_same_moment(
    tmp_path: Path, either_store: str
) -> None:
    desks = [Desk(open_database("", tmp_path / "twin.db")) for _ in range(4)]
    gate = threading.Barrier(len(desks))

    def confirm(number: int) -> str:
        gate.wait()
        try:
            desks[number].act("problem", "p1", Step("confirm", f"w{number}", expected=0))
        except ActionRefused as exc:
            return exc.code
        return "done"

    with ThreadPoolExecutor(len(desks)) as pool:
        told = sorted(pool.map(confirm, range(len(desks))))
    assert told == ["VERSION_CHANGED"] * 3 + ["done"]
    assert [event.version for event in desks[0].history("problem", "p1")] == [1]


def test_a_key_that_comes_many_times_at_once_is_done_once_and_answered_alike(
    tmp_path: Path, either_store: str
) -> None:
    engines = [open_database("", tmp_path / "twin.db") for _ in range(4)]
    gate, done = threading.Barrier(len(engines)), list[int]()

    def work() -> Kept:
        done.append(1)
        time.sleep(0.1)  # the others come while it is under way
        return Kept(200, f"answer {len(done)}")

    def ask(engine: Engine) -> Kept:
        gate.wait()
        return once(engine, "k", "li", b"x", work)

    with ThreadPoolExecutor(len(engines)) as pool:
        assert set(pool.map(ask, engines)) == {Kept(200, "answer 1")}

    def refused() -> Kept:
        raise ActionRefused("NOTE_MISSING", "no")

    with pytest.raises(ActionRefused):
        once(engines[0], "k2", "li", b"x", refused)
    assert once(engines[0], "k2", "li", b"x", work).answer == "answer 2", "it may be sent again"
    for engine in engines:
        engine.dispose()


def test_a_failed_transaction_leaves_no_half(store: Store) -> None:
    store.publish(A, A, actor="me")

    def interrupted() -> None:
        with writing(store.engine) as connection:
            connection.execute(text("UPDATE publication SET current = false"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.current() is not None


def test_reading_does_not_wait_for_a_writer(store: Store) -> None:
    store.publish(A, A, actor="me")
    with writing(store.engine) as writer:
        writer.execute(text("UPDATE publication SET note = 'x'"))
        with reading(store.engine) as reader:
            assert reader.execute(text("SELECT note FROM publication")).scalar() == ""


def test_database_url_is_honoured(tmp_path: Path, small_city: CityFolder) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    settings = read_settings({"DATABASE_URL": f"sqlite:///{elsewhere}"})
    store = open_store(small_city, settings)
    store.publish(A, A, actor="me")
    store.close()
    assert elsewhere.is_file()
    assert open_store(small_city, Settings()).current() is None


def test_what_is_pinned_is_looked_up_at_most_once_in_its_time(small_city: CityFolder) -> None:
    moment = 0.0
    store = open_store(small_city)
    pin = Pin(small_city, store, every=1.0, clock=lambda: moment)
    assert pin().publication is None
    assert pin().models == (small_city.head_model(),)
    store.publish(A, B, actor="me")
    assert pin().publication is None
    moment = 1.5
    assert pin().models == (A,)
    assert pin().results == (B,)


def test_a_damaged_or_absent_database_is_told_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "twin.db"
    broken.write_bytes(b"no database at all, but more than a hundred bytes of it" * 3)
    with pytest.raises(Unavailable, match=r"数据库不可用.*cannot be used"):
        open_database("", broken)
    with pytest.raises(Unavailable, match="unable to open"):
        open_database(f"sqlite:///{tmp_path}", broken)  # a folder is none
    with pytest.raises(WrongUse, match="DATABASE_URL"):
        open_database("not an address", broken)


def test_clients_are_not_told_where_the_database_lies() -> None:
    told = DatabaseAway("数据库不可用：/srv/secret")
    assert "secret" not in told.public
    assert (status_of(told), code_of(told)) == (503, "DATABASE_UNAVAILABLE")
