"""An implicit tileset in the browser: every feature arrives, by subtrees and by hashed contents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.town import CRS, make_town, write_cityjson
from tests.support.cimtwin import cimtwin
from tests.support.page import TwinPage
from tests.support.server import serving

pytestmark = pytest.mark.browser

COUNT = 2400
LOADED = """() => {
  const { layers } = document.querySelector('cim-twin').stage.layers;
  const { tileset } = layers.find((layer) => layer.name === 'buildings');
  const found = tileset.statistics ?? tileset._statistics;
  return { features: found.numberOfFeaturesLoaded, tiles: found.numberOfTilesWithContentReady };
}"""
FIND = """() => {
  for (let y = 200; y < 560; y += 7)
    for (let x = 400; x < 900; x += 7) {
      const hit = window.__cimtwin.pickAt(x, y)?.hit;
      if (hit && hit.level === 'building') return { x, y, row: hit.row };
    }
  return null;
}"""


@pytest.fixture(scope="module")
def implicit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town of several tiles, lean and implicit."""
    home = tmp_path_factory.mktemp("implicit")
    city = home / "city"
    cimtwin("init", city, "--name", "隐式", "--name-en", "Implicit", "--crs", CRS)
    source = write_cityjson(make_town(COUNT), home / "town.city.json")
    cimtwin("bridge", source, "--city", city, "--profile", "lean", "--tiling", "implicit")
    cimtwin("publish", "--city", city)
    cimtwin("check", city)
    return city


def test_every_feature_of_an_implicit_tileset_is_drawn_and_picked(
    implicit: Path, chromium: Browser, tmp_path: Path
) -> None:
    (tiles,) = (implicit / "models").glob("*/tiles")
    contents = json.loads((tiles / "buildings" / "contents.json").read_text())
    assert len(contents) > 3
    asked: list[str] = []
    with serving(implicit, tmp_path / "implicit.log") as address:
        page = TwinPage.open(chromium, address, level="building")
        page.page.on("request", lambda request: asked.append(request.url))
        page.page.reload()
        page.page.wait_for_function("() => !!window.__cimtwin")
        page.page.evaluate("() => window.__cimtwin.ready")
        page.settle()
        loaded = page.page.evaluate(LOADED)
        assert loaded["features"] == COUNT
        assert any(url.endswith("/buildings/subtrees/0/0/0.subtree") for url in asked)
        hashed = {url.rpartition("/")[2] for url in asked if url.endswith(".glb")}
        assert set(contents.values()) <= hashed  # the template's address leads to the hash
        spot = page.page.evaluate(FIND)
        answer = page.get(f"/api/v1/units?level=building&row={spot['row']}")
        page.page.mouse.click(spot["x"], spot["y"])
        page.page.wait_for_function("() => window.__cimtwin.state.selection !== null")
        assert page.state["selection"] == answer["items"][0]["id"]
        page.close()
        assert page.errors == []
        assert page.foreign == []
