"""Textured buildings in the browser: as they look, plain on request, the indicator's when asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.cim_bridge.lookfiles import QUARTERS, textured_boxes
from tests.support.cimtwin import cimtwin
from tests.support.page import TwinPage
from tests.support.server import serving

pytestmark = pytest.mark.browser

CODE, SYSTEM = "mean_height", "CIMTWIN-MORPHOLOGY"
COUNT = 4
ROOF = (0, 51, 255)
SCAN = """() => {
  const found = [];
  for (let y = 110; y < 640; y += 6)
    for (let x = 310; x < 920; x += 6) {
      const hit = window.__cimtwin.pickAt(x, y)?.hit;
      if (hit) found.push({ x, y, row: hit.row });
    }
  return found;
}"""


@pytest.fixture(scope="module", params=["portable", "lean"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four boxes with an image on every wall and a blue roof."""
    home = tmp_path_factory.mktemp("textures")
    city = home / "city"
    cimtwin("init", city, "--name", "彩楼", "--name-en", "Painted", "--crs", "EPSG:4549")
    source = textured_boxes(home, COUNT)
    cimtwin("bridge", source, "--city", city, "--profile", request.param)
    values = home / "values.csv"
    with values.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["unit_id", "indicator", "value", "unit", "system"])
        table.writerows(
            [f"building:b{k}", CODE, 5 + 9 * k, "m", SYSTEM] for k in range(COUNT)
        )  # fmt: skip
    cimtwin("load", values, "--city", city, "--source", "test", "--year", "2025")
    cimtwin("publish", "--city", city)
    return city


@pytest.fixture
def page(
    city: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwinPage]:
    with serving(city, tmp_path_factory.mktemp("log") / "textures.log") as address:
        made = TwinPage.open(chromium, address, system=SYSTEM, indicator="none", level="building")
        yield made
        made.close()
        assert made.errors == []
        assert made.foreign == []


def _shot(page: TwinPage) -> np.ndarray:
    page.page.mouse.move(5, 5)
    page.settle()
    page.page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")
    return np.asarray(picture).astype(int)


def _share(seen: np.ndarray, colour: Any, least: float) -> float:
    """Share of pixels that are this colour, or up to so much darker."""
    wanted = np.asarray(colour, float)
    bright = (seen @ wanted) / (wanted @ wanted)
    off = np.abs(seen - bright[:, None] * wanted).max(axis=1)
    return float(((off < 12) & (bright > least) & (bright < 1.04)).mean())


def test_walls_show_their_image_until_plain_is_wished_or_an_indicator_shown(
    page: TwinPage,
) -> None:
    spots = page.page.evaluate(SCAN)
    assert len({spot["row"] for spot in spots}) == COUNT
    x, y = (np.array([spot[key] for spot in spots]) for key in ("x", "y"))
    seen = _shot(page)[y, x]
    quarters = [_share(seen, colour, 0.75) for colour in QUARTERS.reshape(-1, 3)]
    assert min(quarters) > 0.03
    assert _share(seen, ROOF, 0.97) > 0.1

    page.page.get_by_role("button", name="显示建筑真实外观").click()
    assert page.state["look"] == "neutral"
    assert "look=neutral" in page.page.url
    plain = _shot(page)[y, x]
    assert sum(_share(plain, colour, 0.75) for colour in QUARTERS.reshape(-1, 3)) < 0.05
    assert _share(plain, ROOF, 0.97) == 0.0

    page.set(look="true", indicator=CODE)
    overlay = page.get(f"/api/v1/overlays/{CODE}?system={SYSTEM}&level=building&year=2025")
    column = next(item for item in overlay["columns"] if item["dtype"] == "u8")
    codes = np.frombuffer(page.page.request.get(f"{page.address}{column['url']}").body(), "u1")
    legend = {item["index"]: item["color"] for item in overlay["legend"]["classes"]}
    coloured = _shot(page)[y, x]
    for row in range(COUNT):
        text = legend[int(codes[row])]
        wanted = [int(text[k : k + 2], 16) for k in (1, 3, 5)]
        mine = coloured[[spot["row"] == row for spot in spots]]
        exact = (np.abs(mine - wanted).max(axis=1) <= 2).mean()
        assert exact > 0.15, f"roof of {row}"
    assert _share(coloured, ROOF, 0.97) == 0.0
    assert page.page.get_by_role("button", name="显示建筑真实外观").count() == 0
