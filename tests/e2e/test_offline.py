"""The one-file scene in a real browser: from the disk, with the network cut."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from scenes.coat import STATE_BYTE
from scenes.hatch import INK, PAPER
from scenes.offline import write_offline
from scenes.scene import Published
from scenes.tour import make_tour
from tests.support.onefile import go_to, opened, told_of_a_click
from tests.support.published import published as published
from viewer import engine_dir

pytestmark = pytest.mark.browser

DIFFERENT = """() => {
  const counts = (column) => [...column.codes].sort((a, b) => a - b).join();
  for (const [number, item] of __offline.data.overlays.entries())
    for (const a of Object.keys(item.years))
      for (const b of Object.keys(item.years))
        if (counts(item.years[a]) !== counts(item.years[b])) return [number, a, b];
  return null; }"""


@pytest.fixture(scope="module")
def page(
    published: Published, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    tour, _ = make_tour(published)
    stop = next(s for s in tour.stops if s.level == "block")
    units = published.model.units.set_index("id")
    district = units.loc[stop.selection, "parent_district"]
    out = tmp_path_factory.mktemp("offline") / "tour.html"
    manifest, _ = write_offline(tour, published, out, engine_dir(), unit=district)
    assert manifest["bytes"] < 40_000_000
    with opened(chromium, out) as page:
        go_to(page, "block")
        yield page


def test_a_clicked_block_tells_its_value(page: Page, published: Published) -> None:
    unit, told = told_of_a_click(page)
    name = page.inner_text("#name")
    blocks = page.evaluate("() => __offline.data.names.block")
    at = unit["at"]
    assert name == blocks["names"][at][0]
    state = page.evaluate(
        "() => ({ overlay: __offline.state.overlay, year: __offline.state.year })"
    )
    item = page.evaluate("n => __offline.data.overlays[n]", state["overlay"])
    overlay = published.results.overlay(
        item["system"], item["indicator"], "block", int(state["year"])
    )
    cell = overlay.cells.row.tolist().index(blocks["rows"][at])
    assert f"{float(overlay.cells.value[cell]):,.3f}".rstrip("0").rstrip(".") in told


FILLED = """code => {
  const o = window.__offline, first = o.data.overlays.findIndex((item) => item.level === "block");
  const item = o.data.overlays[first];
  window.__kept ??= item.years;
  const year = Object.keys(window.__kept)[0], own = window.__kept[year];
  item.years = { [year]: code === null ? own
    : { ...own, codes: own.codes.map(() => code), values: own.values.map(() => null) } };
  if (code === null) item.years = window.__kept;
  o.set({ overlay: first, year, unit: null });
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    o.scene.render();
    done(document.querySelector("#legend i:not([style])")?.className ?? ""); }))); }"""


def test_what_has_no_number_is_hatched_and_looks_like_no_class(page: Page) -> None:
    shares = {}
    for state, code in STATE_BYTE.items():
        assert page.evaluate(FILLED, code) == state, "its mark in the legend"
        with Image.open(BytesIO(page.screenshot())) as shot:
            middle = np.asarray(shot.convert("RGB")).astype(int)[150:480, 320:960].reshape(-1, 3)
        paper = (np.abs(middle - PAPER).max(axis=1) <= 2).sum()
        ink = (np.abs(middle - INK).max(axis=1) <= 2).sum()
        shares[state] = ink / (ink + paper)
        assert paper > 1000, state
    page.evaluate(FILLED, None)
    assert shares.pop("not_applicable") < 0.03
    assert all(0.1 < share < 0.5 for share in shares.values()), shares


def test_another_year_recolours_and_recounts(page: Page) -> None:
    found = page.evaluate(DIFFERENT)
    assert found is not None, "no indicator of the tour differs from year to year"
    overlay, first, other = found
    page.evaluate("([overlay, year]) => __offline.set({ overlay, year })", [overlay, first])
    page.wait_for_timeout(500)
    before = page.inner_text("#legend"), page.screenshot()
    button = page.locator(f"#years button[data-year='{other}']")
    button.click()
    page.wait_for_timeout(500)
    assert page.evaluate("() => __offline.state.year") == other
    assert button.get_attribute("aria-pressed") == "true"
    assert page.inner_text("#legend") != before[0]
    assert page.screenshot() != before[1]


def test_the_story_goes_on_and_speaks_english(page: Page) -> None:
    if page.evaluate("() => __offline.data.stops.length") > 1:
        first = page.inner_text("#stop")
        page.click("#next")
        assert page.inner_text("#stop") != first
    page.click("#tongue")
    assert page.get_attribute("html", "lang") == "en"
    assert "Fictitious" in page.inner_text("#foot")
