"""Tiles that others make are those that one process makes, to the byte."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from cim_bridge.errors import Unavailable, WrongUse
from cim_bridge.model import CityModel
from cim_bridge.tiles import write_tilesets
from cim_bridge.workers import ALONE, Crew, crew_of

WAYS = (("portable", "explicit"), ("lean", "implicit"))


class Posted(Executor):
    """Does at once what it is sent, after it went through bytes, as to another machine."""

    def __init__(self) -> None:
        self.calls = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        done: Future[Any] = Future()
        fn, args, kwargs = pickle.loads(pickle.dumps((fn, args, kwargs)))  # noqa: S301 - our own
        done.set_result(pickle.loads(pickle.dumps(fn(*args, **kwargs))))  # noqa: S301
        return done


def written(city: CityModel, folder: Path, way: tuple[str, str], crew: Crew) -> dict[str, bytes]:
    write_tilesets(city, folder, profile=way[0], tiling=way[1], crew=crew)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def city(make_city) -> CityModel:
    return make_city(50, relief=5.0)


@pytest.mark.parametrize("way", WAYS)
def test_leaves_sent_elsewhere_come_back_as_the_same_bytes(city, tmp_path, way) -> None:
    posted = Posted()
    there = written(city, tmp_path / "there", way, Crew(posted, 2))
    assert posted.calls > 3
    assert there == written(city, tmp_path / "here", way, ALONE)


def test_two_processes_make_what_one_makes(city, tmp_path) -> None:
    with crew_of(2) as crew:
        both = written(city, tmp_path / "both", WAYS[0], crew)
    assert both == written(city, tmp_path / "one", WAYS[0], ALONE)


def test_a_killed_worker_is_told_in_words() -> None:
    def work() -> None:
        with crew_of(2) as crew:
            assert crew.pool is not None
            crew.pool.submit(os.abort).result()

    with pytest.raises(Unavailable, match="--jobs"):
        work()


def test_a_scheduler_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(Unavailable, match="Dask"), crew_of(1, "tcp://127.0.0.1:9"):
        pass


def test_jobs_and_dask_at_once_are_wrong_use() -> None:
    with pytest.raises(WrongUse, match="--dask"), crew_of(2, "tcp://127.0.0.1:9"):
        pass
