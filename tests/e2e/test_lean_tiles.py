"""Lean tiles in the browser: exact legend colours, states, picking and choosing by row alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from bench.town import CRS, make_town, write_cityjson
from tests.support.cimtwin import cimtwin
from tests.support.page import TwinPage
from tests.support.server import serving

pytestmark = pytest.mark.browser

CODE, SYSTEM = "mean_height", "CIMTWIN-MORPHOLOGY"
COUNT = 144
MISSING = 250
SCAN = """() => {
  const found = [];
  const at = (x, y) => window.__cimtwin.pickAt(x, y)?.hit;
  for (let y = 110; y < 600; y += 9)
    for (let x = 310; x < 920; x += 9) {
      const hit = at(x, y);
      // well within a building: a pick reaches a little beyond its pixel
      const around = hit && [[-4, -4], [4, -4], [-4, 4], [4, 4]].map(([u, v]) => at(x + u, y + v));
      if (around && around.every((item) => item?.row === hit.row))
        found.push({ x, y, row: hit.row, id: hit.id, massing: hit.massing });
    }
  return found;
}"""


def write_values(path: Path) -> Path:
    """A value for two buildings of three; the third has none."""
    with path.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["unit_id", "indicator", "value", "unit", "system"])
        table.writerows(
            [f"building:building-{k:06d}", CODE, 5 + k * 7 % 30, "m", SYSTEM]
            for k in range(COUNT)
            if k % 3
        )
    return path


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small town in the lean profile."""
    home = tmp_path_factory.mktemp("lean")
    city = home / "city"
    cimtwin("init", city, "--name", "精简", "--name-en", "Lean", "--crs", CRS)
    source = write_cityjson(make_town(COUNT), home / "town.city.json")
    cimtwin("bridge", source, "--city", city, "--profile", "lean")
    values = write_values(home / "values.csv")
    cimtwin("load", values, "--city", city, "--source", "test", "--year", "2025")
    cimtwin("publish", "--city", city)
    return city


@pytest.fixture
def page(
    lean: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwinPage]:
    with serving(lean, tmp_path_factory.mktemp("log") / "lean.log") as address:
        made = TwinPage.open(chromium, address, system=SYSTEM, indicator=CODE, level="building")
        yield made
        made.close()
        assert made.errors == []
        assert made.foreign == []


def tables(page: TwinPage) -> tuple[np.ndarray, dict[int, str]]:
    """Codes by row, and colours by code."""
    overlay = page.get(f"/api/v1/overlays/{CODE}?system={SYSTEM}&level=building&year=2025")
    column = next(item for item in overlay["columns"] if item["dtype"] == "u8")
    codes = np.frombuffer(page.page.request.get(f"{page.address}{column['url']}").body(), "u1")
    return codes, {item["index"]: item["color"] for item in overlay["legend"]["classes"]}


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def shot(page: TwinPage) -> np.ndarray:
    page.page.mouse.move(5, 5)
    page.settle()
    picture = Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")
    return np.asarray(picture).astype(int)


def test_lean_tiles_wear_exact_colours_and_states_and_pick_by_row(page: TwinPage) -> None:
    city = page.get("/api/v1/city")
    assert city["tilesets"]["buildings"]["profile"] == "lean"
    codes, legend = tables(page)
    shown = shot(page)
    spots: list[dict[str, Any]] = page.page.evaluate(SCAN)
    assert len({spot["row"] for spot in spots}) > 60
    assert {spot["id"] for spot in spots} == {None}  # ids are the API's
    assert {spot["massing"] for spot in spots} == {False}
    exact = walls = off = 0
    hatched = []
    for spot in spots:
        found = shown[spot["y"], spot["x"]]
        code = int(codes[spot["row"]])
        if code == MISSING:
            hatched.append(found)
            continue
        wanted = rgb(legend[code])
        share = found / np.maximum(wanted, 1)  # a wall: the same hue, at most 30 % darker
        if np.abs(found - wanted).max() <= 2:
            exact += 1
        elif share.min() > 0.66 and share.max() < 0.95 and np.ptp(share) < 0.08:
            walls += 1
        else:
            off += 1
    assert exact > 0.12 * len(spots)  # roofs
    assert walls > 20  # faces are told apart without normals
    assert off < 0.03 * len(spots)
    grey = np.array(hatched)
    assert len(grey) > 20
    assert (np.ptp(grey, axis=1) <= 6).all()  # paper and ink, never a colour of the legend
    assert np.ptp(grey[:, 0]) > 30  # both of them: the hatch


def test_a_click_and_a_hover_find_the_unit_that_the_api_has_for_the_row(page: TwinPage) -> None:
    spots = page.page.evaluate(SCAN)
    spot = spots[len(spots) // 2]
    answer = page.get(f"/api/v1/units?level=building&row={spot['row']}")
    wanted = answer["items"][0]["id"]
    before = shot(page)
    page.page.mouse.move(spot["x"], spot["y"])
    page.page.wait_for_timeout(400)
    page.settle()
    hovered = np.asarray(Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")).astype(int)
    assert np.abs(hovered - before)[spot["y"] - 6 : spot["y"] + 6].max() > 8
    page.page.mouse.click(spot["x"], spot["y"])
    page.page.wait_for_function("() => window.__cimtwin.state.selection !== null")
    page.settle()
    assert page.state["selection"] == wanted
    mine = [s for s in spots if s["row"] == spot["row"]]
    others = [s for s in spots if s["row"] != spot["row"]]
    chosen = shot(page)
    assert mine
    assert len({json.dumps(chosen[s["y"], s["x"]].tolist()) for s in others}) > 3
