"""The twin on pages of others: a host's own Cesium, an element, a frame; each from its example."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.hostpage import EXAMPLES, hosting, lead_back
from tests.support.server import free_port, serving
from twin_server.client import TwinClient, TwinError
from twin_server.demo import Demo

pytestmark = pytest.mark.browser

SNAPSHOT = """(viewer) => {
  const { scene, camera } = viewer, control = scene.screenSpaceCameraController;
  const told = [scene.preRender, scene.postRender, scene.renderError, camera.moveEnd,
    camera.moveStart, camera.changed];
  return {
    primitives: scene.primitives.length, ground: scene.groundPrimitives.length,
    stages: scene.postProcessStages.length, imagery: viewer.imageryLayers.length,
    listeners: told.map((event) => event.numberOfListeners),
    limits: [control.minimumZoomDistance, control.maximumZoomDistance, camera.percentageChanged,
      String(control.maximumTiltAngle)],
    modes: [scene.requestRenderMode, scene.maximumRenderTimeChange, scene.highDynamicRange,
      scene.fog.enabled, scene.msaaSamples, viewer.useDefaultRenderLoop,
      scene.light.constructor.name],
    clock: [viewer.clock.shouldAnimate, viewer.clock.multiplier], cursor: scene.canvas.style.cursor,
  };
}"""
FRESH = f"""() => {{
  const box = document.createElement("div");
  document.body.append(box);
  const other = new Cesium.Viewer(box, {{ baseLayer: false, baseLayerPicker: false,
    geocoder: false, requestRenderMode: true }});
  const found = ({SNAPSHOT})(other);
  other.destroy();
  box.remove();
  return found;
}}"""
PICK = """() => {
  const { clientWidth: wide, clientHeight: tall } = viewer.scene.canvas;
  for (let y = 0.3; y < 0.8; y += 0.06)
    for (let x = 0.5; x < 0.95; x += 0.05) {
      const at = [Math.round(wide * x), Math.round(tall * y)];
      if (document.elementFromPoint(...at) !== viewer.scene.canvas) continue; // the host's own
      const unit = twin.pick(...at);
      if (unit?.id) return { at, id: unit.id };
    }
  return null;
}"""
BREAK = """() => {
  const tileset = [...Array(viewer.scene.primitives.length).keys()]
    .map((k) => viewer.scene.primitives.get(k)).find((item) => item.customShader && item.show);
  tileset.customShader = new Cesium.CustomShader({ fragmentShaderText:
    "void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) { no }" });
  viewer.scene.requestRender();
}"""
FRAMES = """() => new Promise((done) => {
  let count = 0;
  const stop = viewer.scene.postRender.addEventListener(() => {
    count += 1;
    if (count > 3) stop(), done(true);
    else setTimeout(() => viewer.scene.requestRender(), 30);
  });
  viewer.scene.requestRender();
})"""
SMALL = {"width": 900, "height": 560}


@dataclass
class Two:
    """The twin's server, and a host's page server on another port."""

    server: str
    host: str


@pytest.fixture(scope="module")
def two(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("embed")
    port = free_port()
    city = lead_back(demo.city, folder / "city", f"http://127.0.0.1:{port}")
    with serving(city, folder / "log") as server, hosting(port, server) as host:
        yield Two(server, host)


def opened(chromium: Browser, address: str) -> Page:
    page = chromium.new_context(viewport=SMALL, reduced_motion="reduce").new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


@pytest.fixture(scope="module")
def plain(chromium: Browser, two: Two) -> Iterator[Page]:
    page = opened(chromium, f"{two.host}/plain.html")
    page.evaluate("() => twin.ready.then(() => twin.fly('home'))")
    page.evaluate(FRAMES)  # what the new view wants is known only after it was drawn
    page.wait_for_function("() => twin.settled")
    yield page
    page.context.close()


def test_a_host_page_takes_twenty_lines_at_most() -> None:
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    for name in ("plain.html", "frame.html", "element.html"):
        text = (EXAMPLES / name).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 24, name
        script = re.findall(r"<script>\n(.*?)</script>", text, re.DOTALL)
        assert len("".join(script).splitlines()) <= 20
        assert f"examples/{name}" in readme


def test_the_twin_colours_a_host_and_a_click_tells_the_id_of_the_api(plain: Page, two: Two) -> None:
    assert plain.evaluate("() => twin.backend") == "texture"
    told = plain.evaluate("() => twin.state")
    assert told["level"] == "block"
    assert told["indicator"]
    client = TwinClient(two.server)
    assert told["publication"] == client.city()["publication"]["id"]
    plain.evaluate("() => { window.heard = []; twin.on('select', (u) => heard.push(u?.id)); }")
    spot = plain.evaluate(PICK)
    assert spot is not None
    box = plain.evaluate("() => viewer.scene.canvas.getBoundingClientRect().toJSON()")
    plain.mouse.click(box["x"] + spot["at"][0], box["y"] + spot["at"][1])
    plain.wait_for_function("() => heard.length > 0")
    assert plain.evaluate("() => heard") == [spot["id"]]
    file = client.unit(spot["id"], year=told["year"], system=told["system"])
    assert file["id"] == spot["id"]
    plain.locator("cim-guest cim-file h2").wait_for()
    titles = set(file["label"].values())
    assert plain.locator("cim-guest cim-file h2").inner_text() in titles


def test_a_wish_of_the_host_asks_for_its_column_and_no_tile(plain: Page) -> None:
    asked: list[str] = []
    plain.on("request", lambda request: asked.append(request.url))
    wish = "{ indicator: 'park_coverage', theme: 'dark' }"
    plain.evaluate(f"() => {{ twin.select(null); twin.set({wish}); }}")
    plain.wait_for_function("() => twin.settled && twin.state.indicator === 'park_coverage'")
    assert plain.evaluate("() => twin.state.theme") == "dark"
    assert [url for url in asked if "/tiles/" in url] == []
    painted = [
        url for url in asked if "/columns/" in url or ("/overlays/" in url and "level=block" in url)
    ]
    assert len(painted) <= 2, painted  # what it means, and its column


def test_a_shader_that_fails_never_stops_the_host(plain: Page) -> None:
    plain.evaluate(
        "() => { window.troubles = []; twin.on('error', (t) => troubles.push(t.code)); }"
    )
    plain.evaluate(BREAK)
    plain.wait_for_function("() => troubles.includes('render')")
    plain.wait_for_function("() => twin.backend === 'style'")
    assert plain.evaluate(FRAMES) is True
    assert plain.evaluate("() => viewer.useDefaultRenderLoop") is True
    assert plain.locator(".cesium-widget-errorPanel").count() == 0


def test_detaching_leaves_the_host_as_it_was(plain: Page) -> None:
    pose = "() => JSON.stringify([viewer.camera.positionWC, viewer.camera.directionWC])"
    before = plain.evaluate(pose)
    plain.evaluate("() => { twin.detach(); twin.detach(); }")
    assert plain.evaluate(f"() => ({SNAPSHOT})(viewer)") == plain.evaluate(FRESH)
    assert plain.evaluate(pose) == before
    assert plain.locator("cim-guest").count() == 0
    plain.evaluate("() => { heard.length = 0; }")
    plain.mouse.click(600, 300)
    assert plain.evaluate("() => heard") == []


def test_what_is_no_viewer_is_refused_in_words(plain: Page) -> None:
    said = plain.evaluate("() => { try { CIMTwin.attach({}); } catch (e) { return String(e); } }")
    assert said.startswith("RangeError: attach() wants a Cesium.Viewer")


LISTEN = """() => {
  window.got = [];
  addEventListener("message", ({ origin, data }) => got.push({ origin, ...data }));
}"""


def test_a_frame_of_another_origin_is_led_by_messages(chromium: Browser, two: Two) -> None:
    page = chromium.new_context(viewport=SMALL, reduced_motion="reduce").new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(f"({LISTEN})()")
    page.goto(f"{two.host}/frame.html")
    page.wait_for_function("() => got.some((m) => m.type === 'ready')")
    got: list[dict[str, Any]] = page.evaluate("() => got")
    assert got[0] == {"origin": two.server, "cimtwin": 1, "type": "hello"}
    district = TwinClient(two.server).units("district")[0]["id"]
    page.evaluate(f"() => say('select', {{ unit: {json.dumps(district)} }})")
    page.wait_for_function("() => got.some((m) => m.type === 'select')")
    assert [m["unit"]["id"] for m in page.evaluate("() => got") if m["type"] == "select"] == [
        district
    ]
    page.evaluate("() => say('get', { id: 7 })")
    page.wait_for_function("() => got.some((m) => m.id === 7)")
    told = next(m for m in page.evaluate("() => got") if m.get("id") == 7)
    assert (told["state"]["level"], told["state"]["selection"]) == ("block", district)
    length = page.evaluate("() => history.length")
    page.evaluate("() => say('set', { token: 'twk_secret' })")
    page.evaluate("() => say('get', { id: 8 })")
    page.wait_for_function("() => got.some((m) => m.id === 8)")
    frame = page.frames[1]
    assert "twk_secret" not in frame.evaluate(
        "() => location.href + JSON.stringify([{...localStorage}, {...sessionStorage}])"
    )
    assert page.evaluate("() => history.length") == length
    page.context.close()


def test_a_page_that_is_not_listed_gets_neither_frame_nor_answer(
    chromium: Browser, two: Two
) -> None:
    page = chromium.new_context(viewport=SMALL).new_page()
    page.add_init_script(f"({LISTEN})()")
    with page.expect_event("console", lambda m: "frame-ancestors" in m.text, timeout=30_000):
        page.goto(f"{two.host.replace('127.0.0.1', 'localhost')}/frame.html")
    page.evaluate("() => say('get', { id: 1 })")
    asked = page.evaluate(f"() => fetch('{two.server}/api/v1/city').then(() => 'read', () => 'no')")
    assert asked == "no"
    assert page.evaluate("() => got") == []
    page.context.close()


def test_the_element_lives_on_any_page_and_goes_without_a_trace(
    chromium: Browser, two: Two
) -> None:
    page = chromium.new_context(viewport=SMALL, reduced_motion="reduce").new_page()
    page.set_default_timeout(60_000)
    page.add_init_script("""(() => {
      const [ids, held] = [new Map(), new Set()];
      const key = (on, kind, act, how) => {
        if (!ids.has(act)) ids.set(act, ids.size);
        const early = typeof how === "object" ? Boolean(how?.capture) : Boolean(how);
        return [on === window, kind, ids.get(act), early].join("/");
      };
      Object.defineProperty(window, "listening", { get: () => held.size });
      for (const on of [window, document]) {
        const [add, off] = [on.addEventListener, on.removeEventListener];
        on.addEventListener = function (kind, act, how) {
          held.add(key(on, kind, act, how));
          how?.signal?.addEventListener("abort", () => held.delete(key(on, kind, act, how)));
          return add.call(this, kind, act, how);
        };
        on.removeEventListener = function (kind, act, how) {
          held.delete(key(on, kind, act, how));
          return off.call(this, kind, act, how);
        };
      }
    })()""")
    page.goto(f"{two.host}/element.html")
    page.wait_for_function("() => document.querySelector('cim-twin')?.stage")
    page.evaluate("() => { window.twin = document.querySelector('cim-twin'); }")
    assert page.evaluate("() => twin.shadowRoot.querySelector('.left') !== null")
    ink = "() => getComputedStyle(twin).getPropertyValue('--ink')"
    light = page.evaluate(ink)
    page.evaluate("() => twin.setAttribute('theme', 'dark')")
    assert page.evaluate(ink) not in ("", light)
    page.evaluate("() => { twin.setAttribute('token', 'twk_secret'); }")
    assert "twk_secret" not in page.content()
    page.wait_for_function("() => twin.session.city.value !== null")
    during = page.evaluate("() => listening")
    page.evaluate("() => { twin.remove(); }")
    assert page.evaluate("() => twin.stage") is None
    after = page.evaluate("() => listening")
    assert after < during, (after, during)
    page.evaluate("() => { document.body.append(twin); }")
    page.wait_for_function("() => twin.stage")
    page.evaluate("() => { twin.remove(); }")
    assert page.evaluate("() => listening") == after
    touched = (
        "() => [location.search, document.title, document.documentElement.dataset.theme ?? '']"
    )
    assert page.evaluate(touched) == ["", "The twin as an element", ""]
    assert page.evaluate("() => JSON.stringify({...localStorage})") == "{}"
    page.context.close()


def test_the_client_for_notebooks_reads_what_the_api_says(two: Two, tmp_path: Path) -> None:
    client = TwinClient(two.server)
    code = "road_density"
    rows = client.values(code, level="block", year=2025, system="MOHURD-2022")
    ranked = {
        item["unit"]["id"]: item["value"]
        for item in client.each(
            f"/api/v1/ranking/{code}", system="MOHURD-2022", year=2025, level="block", limit=1000
        )
    }
    known = {row["id"]: row["value"] for row in rows if row["value"] is not None}
    assert known.keys() == {unit for unit, value in ranked.items() if value is not None}
    assert all(abs(known[unit] - ranked[unit]) < 1e-3 * max(1, abs(known[unit])) for unit in known)
    assert list(client.table(rows).columns) == ["id", "row", "value"]
    with pytest.raises(TwinError) as refused:
        client.unit("block:nothing")
    assert (refused.value.status, refused.value.code) == (404, "UNKNOWN_UNIT")
    with pytest.raises(ValueError, match="no path"):
        client.get("https://elsewhere.example/")
    with pytest.raises(TwinError, match="OFFLINE"):
        TwinClient(f"http://127.0.0.1:{free_port()}").city()
