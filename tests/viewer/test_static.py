"""The thin Python shell of the viewer: where the built page lies, and what is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import viewer
from cim_bridge.errors import NotFound

SOURCE = Path(viewer.__file__).parent


def test_an_unbuilt_page_is_refused_with_the_way_to_build_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(NotFound, match="make viewer"):
        viewer.static_dir()


@pytest.fixture(name="built")
def _built() -> Path:
    return viewer.static_dir()  # `make test` builds it; without it these tests fail with the remedy


def test_the_built_page_runs_no_inline_script(built: Path) -> None:
    page = (built / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
    assert re.findall(r"\son\w+=", page) == []


def test_the_built_page_asks_no_other_host(built: Path) -> None:
    page = (built / "index.html").read_text(encoding="utf-8")
    sheets = "".join(sheet.read_text(encoding="utf-8") for sheet in built.glob("assets/*.css"))
    assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//", page) == []
    assert re.findall(r"url\([\"']?(?:https?:)?//", sheets) == []


def test_what_cesium_fetches_at_run_time_lies_beside_the_page(built: Path) -> None:
    assert any((built / "cesium" / "Workers").glob("*.js"))
    assert (built / "licences" / "cesium.md").is_file()


def test_what_an_exported_scene_takes_along_is_there_and_stays_small(built: Path) -> None:
    engine = viewer.engine_dir()
    assert engine == built / "cesium"
    assert b"Licensed under the Apache License" in (engine / "Cesium.js").read_bytes()[:2000]
    assert (engine / "Widgets" / "widgets.css").is_file()
    size = sum(path.stat().st_size for path in engine.rglob("*") if path.is_file())
    assert size < 14_000_000, "a CesiumJS that brings more is looked at first"


def test_the_lock_file_names_no_host() -> None:
    lock = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
