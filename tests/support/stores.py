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
_OWN = database.address_of
_ACTIVE: list[Places] = []


class Places:
    """Which database stands for which SQLite file."""

    def __init__(self, postgis: PostGis) -> None:
        self._postgis, self._known = postgis, dict[Path, URL]()

    def of(self, url: str, file: Path) -> URL:
        """The address to open: a database of its own for every file."""
        place = file.absolute()
        if url:
            return _OWN(url, file)
        if place not in self._known:
            self._known[place] = make_url(self._postgis.empty())
            if place.is_file() and place.stat().st_size:
                self._fill(place)
        return self._known[place]

    def _fill(self, place: Path) -> None:
        target = str(self._known[place])
        old, new = database.open_database(f"sqlite:///{place}", place), None
        try:
            new = database.open_database(target, place)
            copy_decisions(old, new)
        finally:
            old.dispose()
            if new is not None:
                new.dispose()


@contextmanager
def on_postgresql(postgis: PostGis) -> Iterator[None]:
    """Decisions of every city lie in PostgreSQL meanwhile."""
    places, opened = Places(postgis), list[Engine]()

    def noted(*given: Any, **more: Any) -> Engine:
        opened.append(create_engine(*given, **more))
        return opened[-1]

    _ACTIVE.append(places)
    database.address_of, database.create_engine = places.of, noted
    try:
        yield
    finally:
        _ACTIVE.pop()
        database.address_of = _ACTIVE[-1].of if _ACTIVE else _OWN
        database.create_engine = create_engine
        for engine in opened:  # tests that leave a store open do not fail another one
            engine.dispose()


def environment(words: list[str]) -> dict[str, str]:
    """The environment of a command line: with DATABASE_URL where its city lies in PostgreSQL."""
    found = dict(os.environ)
    at = words.index("--city") + 1 if "--city" in words else 0
    city = Path(words[at]) if at else Path(words[1] if len(words) > 1 else ".")
    if _ACTIVE and "DATABASE_URL" not in found and (at or words[0] == "init"):
        found["DATABASE_URL"] = str(_ACTIVE[-1].of("", city / "twin.db"))
    return found


@pytest.fixture(scope="module", params=BOTH)
def either_store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run what depends on this on SQLite and on PostgreSQL; its name."""
    name: str = request.param
    if name == "sqlite":
        if _ACTIVE:
            pytest.skip("CIM_STORE runs everything on PostgreSQL")
        yield name
        return
    with on_postgresql(request.getfixturevalue("postgis")):
        yield name


@pytest.fixture(scope="session", autouse=os.environ.get("CIM_STORE") == "postgresql")
def everything_on_postgresql(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything runs on PostgreSQL where CIM_STORE asks for it."""
    with on_postgresql(request.getfixturevalue("postgis")):
        yield
