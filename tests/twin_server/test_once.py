"""Idempotency keys: each change by the workflow takes one and keeps its answer a week."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from tests.twin_server.handmade import make_city
from twin_server.app import make_api
from twin_server.database import reading, writing
from twin_server.policy import SCOPES
from twin_server.store import open_store
from twin_server.workflow.idempotent import Kept, KeyReused, once
from twin_server.workflow.tables import idempotency

CHANGES = {"report", "work", "decide", "release"}
"""Scopes of the workflow: submissions, problems and projects, decisions, publications."""


@pytest.fixture
def engine(tmp_path: Path, either_store: str) -> Iterator[Engine]:
    store = open_store(make_city(tmp_path / "town"))
    yield store.engine
    store.close()


def test_every_post_of_the_workflow_takes_a_key() -> None:
    found = {
        path: {one["name"] for one in verbs["post"].get("parameters", [])}
        for path, verbs in make_api().openapi()["paths"].items()
        if "post" in verbs
    }
    asked = {
        key.removeprefix("POST ").replace(":path}", "}")
        for key, scope in SCOPES.items()
        if key.startswith("POST ") and scope in CHANGES
    }
    assert len(asked) >= 7
    assert [path for path in sorted(asked) if "Idempotency-Key" not in found[path]] == []


def counted(engine: Engine, key: str, body: bytes, done: list[int], actor: str = "li") -> Kept:
    def do() -> Kept:
        done.append(1)
        return Kept(200, f'{{"n": {len(done)}}}')

    return once(engine, key, actor, body, do)


def test_an_answer_is_kept_for_a_week_and_then_the_key_is_free(engine: Engine) -> None:
    done: list[int] = []
    first = counted(engine, "k", b"a", done)
    assert counted(engine, "k", b"a", done) == first
    assert counted(engine, "k", b"a", done, actor="wang") != first, "a key is of one person"
    assert len(done) == 2
    with pytest.raises(KeyReused):
        counted(engine, "k", b"b", done)
    with writing(engine) as connection:
        connection.execute(update(idempotency).values(time="2020-01-01T00:00:00Z"))
    assert counted(engine, "k", b"c", done).answer == '{"n": 3}', "even for another body"
    counted(engine, "other", b"x", done)
    with reading(engine) as connection:
        kept = connection.execute(select(func.count()).select_from(idempotency)).scalar()
    assert kept == 2, "what is older than a week was taken away with the first key after it"


def test_what_was_refused_may_be_sent_again(engine: Engine) -> None:
    def refuse() -> Kept:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        once(engine, "k", "li", b"a", refuse)
    done: list[int] = []
    assert counted(engine, "k", b"b", done).status == 200
