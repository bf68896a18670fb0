"""Cities to serve: one written by hand without results, one made by the demo's own steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser, browsing
from tests.twin_server.handmade import make_city
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.settings import Settings


@pytest.fixture
def small_city(tmp_path: Path) -> CityFolder:
    """A hand-written city with a model and nothing published."""
    return make_city(tmp_path / "town")


@pytest.fixture
def viewer_dir(tmp_path: Path) -> Path:
    """A built viewer of three files."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>CIM Twin</title>" + " " * 2000)
    (folder / "assets/index-Bc3dE9aZ.js").write_text("console.log('twin');" * 200)
    (folder / "cesium.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_text("not yours")
    return folder


@pytest.fixture
def small(small_city: CityFolder, viewer_dir: Path) -> Iterator[Browser]:
    """A browser on the hand-written city."""
    with browsing(create_app(small_city, Settings(refresh_seconds=0), viewer_dir)) as browser:
        yield browser


@pytest.fixture(scope="session")
def published(demo: Demo) -> Iterator[Browser]:
    """A browser on the published sample city."""
    with browsing(create_app(CityFolder.open(demo.city), Settings(refresh_seconds=0))) as browser:
        yield browser
