"""A running server changes over whole; refused input and broken files leave it as it was."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cim_bridge.folder import CityFolder
from tests.support.stores import MARK
from tests.twin_server.asking import browsing
from tests.twin_server.handmade import write_model
from tests.twin_server.test_cli import run
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.settings import Settings


@pytest.fixture
def copied(demo: Demo, tmp_path: Path) -> Path:
    """A copy of the published city: a city is a folder that can be copied."""
    shutil.copytree(demo.city, tmp_path / "city")
    return tmp_path / "city"


def test_a_server_that_runs_shows_the_new_publication_and_the_old_after_rollback(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder
) -> None:
    with browsing(create_app(small_city, Settings(refresh_seconds=0))) as browser:
        assert browser.json("/api/v1/city")["publication"] is None
        run(capsys, "publish", "--city", small_city.path)
        first = browser.json("/api/v1/city")
        assert first["publication"]["seq"] == 1
        small_city.set_head_model(write_model(small_city, label="新楼"))
        assert browser.json("/api/v1/city") == first, "a new model is not seen before publish"
        run(capsys, "publish", "--city", small_city.path)
        second = browser.json("/api/v1/city")
        assert second["model"] != first["model"]
        old = first["tilesets"]["buildings"]["url"]
        assert browser.get(old).status_code == 200, "a view pinned to the old model still works"
        run(capsys, "rollback", "--city", small_city.path)
        assert browser.json("/api/v1/city") == first


HEAD = "unit_id,level,indicator,period,value\n"
BAD_TABLES = {
    "unknown unit": f"{HEAD}990000,district,park_coverage,2024,50\n",
    "text in a number": f"{HEAD}990101,district,park_coverage,2024,many\n",
    "not a number": f"{HEAD}990101,district,park_coverage,2024,NaN\n",
    "empty": "",
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_refused_tables_leave_the_published_city_untouched(
    capsys: pytest.CaptureFixture[str], copied: Path, tmp_path: Path, name: str
) -> None:
    table = tmp_path / "bad.csv"
    table.write_text(BAD_TABLES[name], encoding="utf-8")
    before = _content(copied)
    code, out, _ = run(
        capsys, "load", table, "--city", copied, "--source", "x", "--year", 2025, "--json"
    )
    document = json.loads(out)
    assert code == 1
    assert document["issues"]
    for issue in document["issues"]:
        assert issue["why"]["zh"]
        assert issue["fix"]["en"]
        assert issue["place"]["file"] == "bad.csv"
    assert _content(copied) == before


BAD_MODELS = {
    "broken.city.json": '{"type": "CityJSON", "version": "1.1", "CityObjects": {',
    "empty.city.json": "",
    "unknown.bin": "\x01\x02",
}


@pytest.mark.parametrize("name", BAD_MODELS)
def test_refused_models_leave_the_published_city_untouched(
    capsys: pytest.CaptureFixture[str], copied: Path, tmp_path: Path, name: str
) -> None:
    source = tmp_path / name
    source.write_text(BAD_MODELS[name], encoding="utf-8")
    before = _content(copied)
    code, out, _ = run(capsys, "bridge", source, "--city", copied, "--json")
    assert code == 1
    assert all(issue["why"]["zh"] and issue["fix"]["en"] for issue in json.loads(out)["issues"])
    assert _content(copied) == before


def test_publishing_again_gives_the_same_release(
    capsys: pytest.CaptureFixture[str], copied: Path
) -> None:
    code, out, _ = run(capsys, "publish", "--city", copied, "--json")
    assert code == 0
    assert json.loads(out)["new"] is False, "same input, same bytes, same publication"


def test_a_publish_that_is_killed_leaves_the_old_publication_whole(
    capsys: pytest.CaptureFixture[str], copied: Path
) -> None:
    before = json.loads(run(capsys, "releases", "--city", copied, "--json")[1])[0]["id"]
    (copied / "city.toml").write_text(
        (copied / "city.toml").read_text(encoding="utf-8")
        + "\n[years.2026]\ncutoff = 2025-12-31\n",
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "twin_server", "publish", "--city", str(copied)]
    for delay in (0.4, 0.9, 1.6):
        work = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            work.wait(delay)
        work.kill()
        work.wait()
        with browsing(create_app(CityFolder.open(copied), Settings(refresh_seconds=0))) as browser:
            city = browser.json("/api/v1/city")
            if city["publication"]["id"] != before:
                break
            url = city["tilesets"]["buildings"]["url"]
            assert browser.get(url).status_code == 200
        assert run(capsys, "audit", "verify", "--city", copied)[0] == 0
    assert run(capsys, "publish", "--city", copied)[0] == 0
    assert list((copied / "results").glob(".staging-*")) == []


def _content(city: Path) -> dict[str, int]:
    """Every file of a city with its time of change, but for locks and the audit of refusals."""
    return {
        file.relative_to(city).as_posix(): file.stat().st_mtime_ns
        for file in city.rglob("*")
        if file.is_file()
        and file.name not in (".lock", MARK)
        and not file.name.startswith("twin.db")
    }
