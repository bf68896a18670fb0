"""Stopped at any stage: the city is what it was, and the same command then makes the same model."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import cim_bridge.flow.pile
from bench.town import CRS, make_town, write_cityjsonseq
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from cim_bridge.staging import verify
from tests.cim_bridge.test_bridge import tree
from twin_server.writing import one_writer

STAGES = ["read", "sort", "merge", "write units", "buildings", "ground", "commit"]


class Stop:
    """Progress that notes the stages, and stops the work at one of them."""

    def __init__(self, at: str = "", steps: int = 0) -> None:
        self.seen: list[str] = []
        self._at, self._steps = at, steps

    def stage(self, name: str, total: int | None = None) -> None:
        self.seen.append(name)
        if name == self._at and not self._steps:
            raise KeyboardInterrupt

    def advance(self, n: int = 1) -> None:
        if self.seen and self.seen[-1] == self._at:
            raise KeyboardInterrupt

    def done(self) -> None:
        """Nothing to end."""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A first and a second, larger delivery of the same town; both made on disk."""
    monkeypatch.setattr(cim_bridge.flow.pile, "MANY", 50)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = write_cityjsonseq(make_town(200), tmp_path / "a" / "town.city.jsonl")
    return first, write_cityjsonseq(make_town(300), tmp_path / "b" / "town.city.jsonl")


def test_stopped_by_hand_at_any_stage(tmp_path: Path, sources: tuple[Path, Path]) -> None:
    first, second = sources
    city = CityFolder.init(tmp_path / "city", name="c", crs=CRS)
    before = bridge(city, [first]).digest
    kept = tree(city.models)
    for stage in STAGES:
        for steps in (0, 1):
            stop = Stop(stage, steps)
            if steps and stage in ("sort", "write units", "commit"):
                continue  # these take no steps
            with pytest.raises(KeyboardInterrupt):
                bridge(city, [second], progress=stop)
            assert city.head_model() == before
            assert tree(city.models) == kept
    whole = Stop()
    after = bridge(city, [second], progress=whole).digest
    assert [name for name in whole.seen if name in STAGES] == STAGES
    other = CityFolder.init(tmp_path / "other", name="c", crs=CRS)
    assert bridge(other, [first]).digest == before
    assert bridge(other, [second]).digest == after
    verify(open_model(city).path)


KILLED = """
import os, signal, sys
from pathlib import Path
import cim_bridge.flow.pile as pile
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.progress import _Silent
pile.MANY = 50
class Kill(_Silent):
    def stage(self, name, total=None):
        if name == sys.argv[3]:
            os.kill(os.getpid(), signal.SIGKILL)
bridge(CityFolder.open(Path(sys.argv[1])), [Path(sys.argv[2])], progress=Kill())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("stage", ["merge", "buildings", "commit"])
def test_killed_without_a_word(tmp_path: Path, sources: tuple[Path, Path], stage: str) -> None:
    first, second = sources
    city = CityFolder.init(tmp_path / "city", name="c", crs=CRS)
    before = bridge(city, [first]).digest
    kept = tree(city.models)
    words = [sys.executable, "-c", KILLED, str(city.path), str(second), stage]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert city.head_model() == before
    assert list(city.models.glob(".staging*"))  # what it could not clear away
    with one_writer(city):
        assert tree(city.models) == kept  # the next command does
        after = bridge(city, [second]).digest
    other = CityFolder.init(tmp_path / "other", name="c", crs=CRS)
    bridge(other, [first])
    assert bridge(other, [second]).digest == after
