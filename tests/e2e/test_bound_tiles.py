"""A tileset nobody here may change wears our colours, and a click on it opens our file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.support.cimtwin import cimtwin
from tests.support.page import TwinPage
from tests.support.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.shared]

CODE, SYSTEM = "mean_height", "CIMTWIN-MORPHOLOGY"
SCAN = """() => {
  const found = [];
  const at = (x, y) => window.__cimtwin.pickAt(x, y)?.hit;
  for (let y = 150; y < 560; y += 12)
    for (let x = 310; x < 920; x += 12) {
      const hit = at(x, y);
      // well within a building: a pick reaches a little beyond its pixel
      const around = hit && [[-4, -4], [4, -4], [-4, 4], [4, 4]].map(([u, v]) => at(x + u, y + v));
      if (around && around.every((item) => item?.row === hit.row))
        found.push({ x, y, row: hit.row, bound: hit.id === null });
    }
  return found;
}"""


def write_values(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Values that differ from each unit to the next."""
    with path.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["unit_id", "indicator", "value", "unit", "system"])
        units = sorted({row["unit_id"] for row in rows})
        table.writerows([unit, CODE, 5 + i * 7 % 30, "m", SYSTEM] for i, unit in enumerate(units))
    return path


@pytest.fixture(scope="module")
def sibbe(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Buildings of 3DBAG from 3D Tiles 1.1; the same area as b3dm is bound to them."""
    home = tmp_path_factory.mktemp("sibbe")
    city = home / "city"
    data = shared / "data"
    cimtwin("init", city, "--name", "西贝", "--name-en", "Sibbe", "--crs", "EPSG:28992")
    cimtwin(
        "bridge", data / "tiles11/sibbe_3dbag_11/tileset.json", "--city", city,
        "--level", "building",
    )  # fmt: skip
    cimtwin("attach", data / "tiles10/sibbe_3dbag_10", "--city", city)
    values = write_values(home / "values.csv", bound_rows(city))
    cimtwin("load", values, "--city", city, "--source", "test", "--year", "2025")
    cimtwin("publish", "--city", city)
    return city


def bound_rows(city: Path) -> list[dict[str, Any]]:
    """Lines of the binding that name a unit."""
    (table,) = city.glob("bindings/*/map.parquet")
    return [row for row in pq.read_table(table).to_pylist() if row["row"] is not None]


@pytest.fixture
def page(
    sibbe: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwinPage]:
    rows = bound_rows(sibbe)
    with serving(sibbe, tmp_path_factory.mktemp("log") / "sibbe.log") as address:
        made = TwinPage.open(
            chromium, address, system=SYSTEM, indicator=CODE, level="building",
            unit=rows[len(rows) // 2]["unit_id"],
        )  # fmt: skip
        yield made
        made.close()
        # the tileset is an excerpt: contents that were left out answer 404
        assert [text for text in made.errors if "404" not in text] == []
        assert made.foreign == []


def test_a_bound_building_has_its_units_colour_and_opens_its_file(
    page: TwinPage, sibbe: Path
) -> None:
    ids = {row["row"]: row["unit_id"] for row in bound_rows(sibbe)}
    page.set(selection=None)
    spots = [spot for spot in page.page.evaluate(SCAN) if spot["bound"]]
    assert {spot["row"] for spot in spots} <= set(ids)
    assert len({spot["row"] for spot in spots}) > 15
    page.settle()

    overlay = page.get(f"/api/v1/overlays/{CODE}?system={SYSTEM}&level=building&year=2025")
    column = next(item for item in overlay["columns"] if item["dtype"] == "u8")
    codes = np.frombuffer(page.page.request.get(f"{page.address}{column['url']}").body(), "u1")
    legend = {item["index"]: item["color"] for item in overlay["legend"]["classes"]}
    shown = np.asarray(Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")).astype(int)
    exact, off = 0, 0
    for spot in spots:
        colour = legend[int(codes[spot["row"]])]
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        found = shown[spot["y"], spot["x"]]
        exact += bool(np.abs(found - wanted).max() <= 2)
        share = found / np.maximum(wanted, 1)  # a wall: the same hue, at most 30 % darker
        off += not (share.min() > 0.66 and share.max() < 1.04 and np.ptp(share) < 0.08)
    assert exact > len(spots) * 0.15
    assert off < len(spots) * 0.02

    spot = next(item for item in spots[len(spots) // 2 :] if item["row"] in ids)
    page.page.mouse.click(spot["x"], spot["y"])
    page.page.wait_for_function("() => window.__cimtwin.state.selection !== null")
    page.settle()
    assert page.state["selection"] == ids[spot["row"]]
    file = page.get(f"/api/v1/units/{quote(ids[spot['row']])}?year=2025&system={SYSTEM}")
    assert page.page.locator("cim-file h2").inner_text() == file["label"]["zh"]


def test_pointing_at_a_bound_building_names_it(page: TwinPage, sibbe: Path) -> None:
    ids = {row["row"]: row["unit_id"] for row in bound_rows(sibbe)}
    page.set(selection=None)
    spot = next(item for item in page.page.evaluate(SCAN) if item["bound"])
    page.page.mouse.move(spot["x"] - 2, spot["y"])
    page.page.mouse.move(spot["x"], spot["y"])
    tip = page.page.locator("cim-tip .tip")
    tip.filter(has_text=ids[spot["row"]].partition(":")[2]).wait_for()
