"""A run that was killed is gone on with: what it had finished is taken over, to the same bytes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import cim_bridge.flow.pile
import cim_bridge.flow.resume
from bench.town import CRS, make_town, write_citygml, write_cityjsonseq
from cim_bridge.build import BridgeReport, bridge
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from cim_bridge.staging import verify
from tests.cim_bridge.test_bridge import tree

KILLED = """
import os, signal, sys
from pathlib import Path
import cim_bridge.flow.pile as pile, cim_bridge.flow.resume as resume
import cim_bridge.tiles.quadtree as quadtree
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.progress import _Silent
pile.MANY, resume.LEAST, quadtree.MAX_FEATURES = 50, 0, 64
class Kill(_Silent):
    def __init__(self):
        self.name, self.steps = "", 0
    def stage(self, name, total=None):
        self.name, self.steps = name, 0
        self.look()
    def advance(self, n=1):
        self.steps += 1
        self.look()
    def look(self):
        if (self.name, self.steps) == (sys.argv[2], int(sys.argv[3])):
            os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "placing":
    import cim_bridge.flow.intake as intake
    intake.Intake._take = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
bridge(CityFolder.open(Path(sys.argv[1])), [Path(p) for p in sys.argv[4:]], name="town",
       progress=Kill())
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two files of one delivery, in a folder of their own."""
    monkeypatch.setattr(cim_bridge.flow.pile, "MANY", 50)
    monkeypatch.setattr(cim_bridge.flow.resume, "LEAST", 0)
    monkeypatch.setattr("cim_bridge.tiles.quadtree.MAX_FEATURES", 64)
    whole = make_town(400)
    (tmp_path / "in").mkdir()
    halves = [slice(0, 200), slice(200, 400)]
    made = []
    for number, half in enumerate(halves):
        town = type(whole)(whole.outlines[half], whole.base[half], whole.top[half])
        path = tmp_path / "in" / f"part{number}.city.jsonl"
        write_cityjsonseq(town, path)
        text = path.read_text(encoding="utf-8").replace("building-", f"building-{number}-")
        path.write_text(text, encoding="utf-8")
        made.append(path)
    return made


def _kill(city: CityFolder, sources: list[Path], stage: str, steps: int) -> None:
    words = [sys.executable, "-c", KILLED, str(city.path), stage, str(steps), *map(str, sources)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr


def _resumed(report: BridgeReport) -> str:
    """What the report says was taken over; "" when nothing was."""
    return next((i.why["en"] for i in report.issues if i.code == "RESUMED"), "")


def _city(path: Path) -> CityFolder:
    return CityFolder.init(path, name="c", crs=CRS)


def test_a_run_goes_on_where_the_one_before_was_killed(tmp_path: Path, sources: list[Path]) -> None:
    plain = _city(tmp_path / "plain")
    whole = bridge(plain, sources, name="town")
    assert not _resumed(whole)
    city = _city(tmp_path / "city")
    _kill(city, sources, "sort", 0)
    kept = list(city.models.glob(".resume-*"))
    assert len(kept) == 1
    assert city.head_model() is None
    _kill(city, sources, "buildings", 3)
    assert list(city.models.glob(".resume-*")) == kept
    report = bridge(city, sources, name="town")
    assert report.digest == whole.digest
    assert "0 files that were read, 2 that were read and checked, 3 finished tiles" in _resumed(
        report
    )
    verify(open_model(city).path)
    same = {name: data for name, data in tree(city.models).items() if ".staging" not in name}
    assert same == tree(plain.models)  # copies made ahead too, and nothing is left behind
    assert not list(city.models.glob(".resume-*"))
    assert not _resumed(bridge(city, sources, name="town"))


def test_a_file_that_was_read_is_not_read_again(
    tmp_path: Path, sources: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    gml = tmp_path / "in" / "town.gml"
    write_citygml(make_town(120), gml)
    whole = bridge(_city(tmp_path / "plain"), [gml], name="town").digest
    city = _city(tmp_path / "city")
    _kill(city, [gml], "placing", 0)
    with monkeypatch.context() as patch:
        patch.setattr("cim_bridge.citygml.apart.run_child", None)  # reading would need it
        report = bridge(city, [gml], name="town")
    assert report.digest == whole
    assert "1 files that were read, 0 that were read and checked, 0 finished" in _resumed(report)


@pytest.mark.parametrize("change", ["source", "neighbour", "wish", "program"])
def test_other_inputs_start_anew(
    tmp_path: Path, sources: list[Path], change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = _city(tmp_path / "city")
    _kill(city, sources, "buildings", 3)
    left = list(city.models.glob(".resume-*"))
    profile = None
    if change == "source":
        text = sources[1].read_text(encoding="utf-8")
        sources[1].write_text(text.replace("building-1-000000", "building-x"), encoding="utf-8")
    elif change == "neighbour":
        (tmp_path / "in" / "facade.jpg").write_bytes(b"other")
    elif change == "wish":
        profile = "lean"
    else:
        monkeypatch.setattr(cim_bridge.flow.resume, "_program", lambda: "other")
    report = bridge(city, sources, name="town", profile=profile)
    assert not _resumed(report)
    assert left
    assert not list(city.models.glob(".resume-*"))
    other = _city(tmp_path / "other")
    assert bridge(other, sources, name="town", profile=profile).digest == report.digest
