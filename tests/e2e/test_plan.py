"""Where the 3D map cannot be, the plan stands in: same colours, same panels, and a way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support import audit
from tests.support.chromium import QUIET, executable
from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

NO_WEBGL = """() => {
  const own = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return String(kind).startsWith('webgl') ? null : own.call(this, kind, ...rest);
  };
}"""
PLAN = "document.querySelector('cim-twin').shadowRoot.querySelector('cim-flat')"
PIXEL = f"""at => {{
  const plan = {PLAN};
  const spot = plan.project(at[0], at[1]);
  const canvas = plan.shadowRoot.querySelector('canvas');
  const dense = canvas.width / canvas.clientWidth;
  const [x, y] = [Math.round(spot.x * dense), Math.round(spot.y * dense)];
  return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3);
}}"""
LOSE = """() => {
  const canvas = document.querySelector('cim-twin').shadowRoot.querySelector('.map canvas');
  canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
}"""


def spot(twin: TwinPage, unit: str) -> tuple[float, float]:
    """Pixels of a unit's middle on the plan."""
    lon, lat, _ = twin.get(f"/api/v1/units/{unit}")["centroid"]
    at = twin.page.evaluate(f"at => {PLAN}.project(at[0], at[1])", [lon, lat])
    return float(at["x"]), float(at["y"])


@pytest.fixture(scope="module")
def flat(chromium: Browser, site: str) -> Iterator[TwinPage]:
    """The page in a browser that gives no WebGL."""
    twin = TwinPage.open(
        chromium, site, width=1600, height=900, lang="zh", level="block", script=f"({NO_WEBGL})()"
    )
    yield twin
    twin.close()
    assert twin.errors == []
    assert twin.foreign == []


def test_the_plan_wears_the_colours_of_the_legend(flat: TwinPage) -> None:
    state = flat.state
    assert "没有 WebGL" in flat.page.locator("cim-flat .why").inner_text()
    page = flat.get(f"/api/v1/ranking/{flat_indicator(flat)}?level=block&order=worst&limit=40")
    legend = flat.get(f"/api/v1/overlays/{flat_indicator(flat)}?level=block")["legend"]["classes"]
    told = 0
    for item in page["items"]:
        if item["value"] is None or item["class"] is None:
            continue
        wanted = legend[item["class"]]["color"]
        lon, lat, _ = flat.get(f"/api/v1/units/{item['unit']['id']}")["centroid"]
        found = flat.page.evaluate(PIXEL, [lon, lat])
        rgb = [int(wanted[i : i + 2], 16) for i in (1, 3, 5)]
        told += max(abs(a - b) for a, b in zip(found, rgb, strict=True)) <= 2
    assert told >= 30  # a name or the middle of a bent block may lie on another colour
    assert flat.state["camera"] == state["camera"]


def flat_indicator(flat: TwinPage) -> str:
    """Code of the indicator that the plan shows."""
    return str(
        flat.page.evaluate("() => document.querySelector('cim-twin').session.choice.indicator.code")
    )


def test_a_click_on_the_plan_opens_the_file_and_the_panels_are_whole(flat: TwinPage) -> None:
    page = flat.page
    unit = flat.get("/api/v1/units?level=block&limit=60")["items"][40]["id"]
    page.mouse.click(*spot(flat, unit))
    page.wait_for_function("() => window.__cimtwin.state.selection !== null")
    flat.settle()
    assert flat.state["selection"] == unit
    label = flat.get(f"/api/v1/units/{unit}")["label"]["zh"]
    assert label in page.locator("cim-file .card").first.inner_text()
    assert audit.grave(page) == []
    page.keyboard.press("Escape")
    for desk in ("projects", "find", None):
        flat.set(desk=desk)
        assert audit.cut(page) == []
    flat.set(desk="indicators", level="building")
    flat.settle()
    flat.set(level="block")


def test_the_plan_is_moved_by_keys(flat: TwinPage) -> None:
    page = flat.page
    page.locator("cim-flat canvas").focus()
    before = page.evaluate(f"() => {PLAN}.project(121.3, 37.49)")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("+")
    after = page.evaluate(f"() => {PLAN}.project(121.3, 37.49)")
    assert after != before
    page.keyboard.press("Home")
    home = page.evaluate(f"() => {PLAN}.project(121.3, 37.49)")
    assert abs(home["x"] - before["x"]) < 1


def test_a_lost_context_leads_to_the_plan_and_back(chromium: Browser, site: str) -> None:
    twin = TwinPage.open(chromium, site, lang="zh", level="block")
    page = twin.page
    unit = twin.get("/api/v1/units?level=block&limit=9")["items"][3]["id"]
    twin.set(selection=unit)
    page.evaluate(LOSE)
    page.locator("cim-flat .why").wait_for()
    twin.settle()
    assert twin.state["selection"] == unit
    assert "显卡" in page.locator("cim-flat .why").inner_text()
    twin.set(selection=None)
    page.get_by_role("button", name="回到三维").click()
    page.locator("cim-flat").wait_for(state="detached")
    page.wait_for_function("() => window.__cimtwin.backend !== null")
    twin.settle()
    assert twin.find("block")["unit"].startswith("block:")
    assert [text for text in twin.errors if "CONTEXT_LOST" not in text] == []
    twin.close()


def test_a_browser_started_without_3d_shows_the_plan(chromium: Browser, site: str) -> None:
    browser = chromium.browser_type.launch(
        executable_path=executable(), args=[*QUIET, "--disable-gpu", "--disable-3d-apis"]
    )
    twin = TwinPage.open(browser, site, lang="en", desk="")
    assert "no WebGL 2" in twin.page.locator("cim-flat .why").inner_text()
    assert twin.page.locator("cim-verdict .level").count() == 3
    browser.close()
