"""Both stores of decisions, for tests that must hold on each: SQLite and PostgreSQL.

A module whose fixtures ask for `either_store` is run twice. On PostgreSQL every city folder has a
database of its own, filled with the decisions that its twin.db holds, whoever opens it: this
process or the command line. `CIM_STORE=postgresql pytest …` runs any tests so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url

from tests.support.postgis import PostGis
from twin_server import database
from twin_server.moving import copy_decisions

BOTH = ("sqlite", "postgresql")
MARK = "decisions.url"
"""In a city folder of the tests: which database its decisions lie in, for copies of the folder."""

_OWN = database.address_of
_KNOWN: dict[Path, URL] = {}
"""Where the decisions of every folder lie; what was opened once stays there to the end."""
_SERVERS: list[PostGis] = []
"""Where new folders go: the last one, or SQLite when there is none."""
_OPENED: list[Engine] = []


def _address_of(url: str, file: Path) -> URL:
    """What `database.address_of` is while tests run."""
    place = file.absolute()
    if url or not (_SERVERS or place in _KNOWN):
        found = _OWN(url, file)
        if not url:
            _KNOWN[place] = found
        return found
    if place not in _KNOWN:
        _KNOWN[place] = make_url(_SERVERS[-1].empty())
        if place.is_file() and place.stat().st_size:
            _fill(f"sqlite:///{place}", _KNOWN[place], place)
        mark = place.with_name(MARK)
        if mark.is_file():  # a copy of a folder whose decisions lie in PostgreSQL
            _fill(mark.read_text(encoding="utf-8"), _KNOWN[place], place)
        if place.parent.is_dir():
            mark.write_text(_KNOWN[place].render_as_string(hide_password=False), encoding="utf-8")
    return _KNOWN[place]


def _fill(source: str, target: URL, place: Path) -> None:
    old = database.open_database(source, place)
    new = database.open_database(target.render_as_string(hide_password=False), place)
    try:
        copy_decisions(old, new)
    finally:
        old.dispose()
        new.dispose()


def _noted(*given: Any, **more: Any) -> Engine:
    engine = create_engine(*given, **more)
    if engine.dialect.name == "postgresql":
        _OPENED.append(engine)
    return engine


database.address_of, database.create_engine = _address_of, _noted


@contextmanager
def on_postgresql(postgis: PostGis) -> Iterator[None]:
    """Decisions of cities that are opened for the first time lie in PostgreSQL meanwhile."""
    _SERVERS.append(postgis)
    try:
        yield
    finally:
        _SERVERS.pop()
        for engine in _OPENED:  # tests that leave a store open do not fail another one
            engine.dispose()


def environment(words: list[str]) -> dict[str, str]:
    """The environment of a command line: with DATABASE_URL where its city lies in PostgreSQL."""
    found = dict(os.environ)
    at = words.index("--city") + 1 if "--city" in words else 1
    named = "--city" in words or words[0] == "init"
    if named and len(words) > at and "DATABASE_URL" not in found:
        place = (Path(words[at]) / "twin.db").absolute()
        if _SERVERS or place in _KNOWN:
            url = _address_of("", place)
            if url.get_backend_name() == "postgresql":
                found["DATABASE_URL"] = url.render_as_string(hide_password=False)
    return found


@pytest.fixture(scope="module", params=BOTH)
def either_store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run what depends on this on SQLite and on PostgreSQL; its name."""
    name: str = request.param
    if name == "sqlite":
        if _SERVERS:
            pytest.skip("CIM_STORE runs everything on PostgreSQL")
        yield name
        return
    with on_postgresql(request.getfixturevalue("postgis")):
        yield name


@pytest.fixture(scope="session", autouse=os.environ.get("CIM_STORE") == "postgresql")
def everything_on_postgresql(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything but the shared sample city runs on PostgreSQL where CIM_STORE asks for it."""
    request.getfixturevalue("demo")
    with on_postgresql(request.getfixturevalue("postgis")):
        yield
