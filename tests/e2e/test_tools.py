"""What the map's tools measure and show, held against independent figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from tests.support.page import TwinPage
from tests.support.toolbox import (
    BUILDINGS,
    EARTH,
    FIXED,
    TOOLBOX,
    bench,
    figure,
    first_wall,
    opened,
    panel_call,
    picture,
    ring_of,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def tools(chromium: Browser, site: str) -> Iterator[TwinPage]:
    """One page for all tools; at the end no error and no foreign request."""
    made = TwinPage.open(chromium, site, width=1180, height=700, tool="menu", level="block")
    made.page.locator("cim-tools .grid button").first.wait_for()
    yield made
    made.close()
    assert made.errors == []
    assert made.foreign == []


@pytest.fixture(scope="module")
def buildings(tools: TwinPage) -> list[dict[str, Any]]:
    """Every building with footprint, height and ground, as the features API tells it."""
    found: list[dict[str, Any]] = tools.get(f"{BUILDINGS}?limit=5000")["features"]
    return found


def test_the_toolbox_is_reached_by_one_button_and_left_by_escape(tools: TwinPage) -> None:
    page = tools.page
    page.locator("cim-tools [data-tool=measure]").click()
    page.locator("cim-tool-measure").wait_for()
    assert "tool=measure" in page.url
    page.keyboard.press("Escape")
    page.locator("cim-tools .grid").first.wait_for()
    page.keyboard.press("Escape")
    assert tools.state["tool"] is None
    page.locator("cim-controls [data-open=tools]").click()
    assert page.evaluate(f"() => {TOOLBOX}.shadowRoot.activeElement?.dataset.tool") == "layers"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("cim-tool-hide").wait_for()


def test_lengths_and_areas_are_those_of_the_ellipsoid(tools: TwinPage) -> None:
    panel = opened(tools, "measure")
    for x, y in ((520, 340), (640, 300), (700, 420)):
        tools.page.mouse.click(x, y)
    at = np.array(
        panel_call(tools, "measure", "return panel.points.map(p => [p.lon, p.lat, p.height])")
    )
    assert len(at) == 3
    ground = EARTH.line_length(at[:, 0], at[:, 1])
    fixed = np.column_stack(FIXED.transform(at[:, 0], at[:, 1], at[:, 2]))
    space = np.linalg.norm(np.diff(fixed, axis=0), axis=1).sum()
    assert figure(panel, "measure.ground") == pytest.approx(ground, rel=1e-9)
    assert figure(panel, "measure.space") == pytest.approx(space, rel=1e-9)

    panel.locator("[data-choice=area]").click()
    corners = [[121.27, 37.48], [121.31, 37.485], [121.305, 37.51], [121.275, 37.505]]
    panel_call(
        tools,
        "measure",
        "panel.put(value.map(([lon, lat]) => ({ lon, lat, height: 9 })))",
        corners,
    )
    area, around = EARTH.polygon_area_perimeter(*zip(*corners, strict=True))
    assert figure(panel, "measure.area") == pytest.approx(abs(area), rel=1e-9)
    assert figure(panel, "measure.around") == pytest.approx(around, rel=1e-9)

    panel.locator("[data-choice=height]").click()
    panel_call(
        tools,
        "measure",
        "panel.add({lon: 121.3, lat: 37.5, height: 12});"
        "panel.add({lon: 121.3001, lat: 37.5, height: 100})",
    )
    assert figure(panel, "measure.rise") == pytest.approx(88, abs=1e-9)


@pytest.mark.parametrize(("metres", "year"), [(80, None), (45, 2010)])
def test_the_cut_counts_and_colours_what_the_filter_finds(
    tools: TwinPage, metres: int, year: int | None
) -> None:
    wanted = f"height > {metres}" + (f" AND year_built >= {year}" if year else "")
    answer = tools.get(f"{BUILDINGS}?filter={wanted}&limit=5000")
    settings = f"h:{metres}" + (f",y:{year}" if year else "")
    panel = opened(tools, "section", settings)
    tools.page.wait_for_function(
        f"(n) => {{ const cut = {TOOLBOX}.stage.wishes.cut; return cut && cut.metres === n; }}",
        arg=metres,
    )
    assert figure(panel, "section.reach") == answer["numberMatched"] > 0
    rows = bench(
        tools,
        "const { ground } = bench.stage.wishes.cut; const out = [];"
        "for (let row = 0; row * 4 < ground.length; row += 1)"
        " if (ground[row * 4 + 3] === 255) out.push(row); return out;",
    )
    assert rows == sorted(item["properties"]["row"] for item in answer["features"])
    assert f"set={settings}" in tools.page.url
    bench(tools, "await bench.settled()")
    blue = np.abs(picture(tools) - np.array([43, 80, 216])).max(axis=2) < 12
    assert blue.sum() > 20, "nothing stands out above the cut"
    opened(tools, "measure")
    bench(tools, "await bench.settled()")
    blue = np.abs(picture(tools) - np.array([43, 80, 216])).max(axis=2) < 12
    assert blue.sum() == 0


BUILDING_AT = """() => {
  for (let y = 150; y < 640; y += 6) for (let x = 645; x < 790; x += 6) {
    const found = window.__cimtwin.pickAt(x, y);
    if (found?.hit.level === 'building') return { x, y, row: found.hit.row };
  }
  return null;
}"""


def test_what_is_hidden_cannot_be_picked_and_comes_back(
    tools: TwinPage, buildings: list[dict[str, Any]]
) -> None:
    tall = max(buildings, key=lambda item: item["properties"]["height"])
    middle = ring_of(tall).centroid
    lon, lat, _ = EARTH.fwd(middle.x, middle.y, 180, 700)
    camera = {"lon": lon, "lat": lat, "height": 700, "heading": 0, "pitch": -45}
    tools.page.evaluate("(camera) => window.__cimtwin.set({ camera })", camera)
    panel = opened(tools, "hide")
    bench(tools, "await bench.settled()")
    panel.locator("[data-level=building]").click()
    spot = tools.page.evaluate(BUILDING_AT)
    tools.page.mouse.click(spot["x"], spot["y"])
    panel.get_by_text("已隐藏 1 个").wait_for()
    seen = "([x, y]) => window.__cimtwin.pickAt(x, y)?.hit ?? null"
    now = tools.page.evaluate(seen, [spot["x"], spot["y"]])
    assert now is None or (now["level"], now["row"]) != ("building", spot["row"])
    panel.get_by_role("button", name="全部恢复").click()
    bench(tools, "await bench.settled()")
    tools.page.evaluate("() => window.__cimtwin.renderOnce()")
    now = tools.page.evaluate(seen, [spot["x"], spot["y"]])
    assert (now["level"], now["row"]) == ("building", spot["row"])

    panel.locator("[data-choice=alone]").click()
    tools.page.mouse.click(spot["x"], spot["y"])
    panel.get_by_text("只显示 1 个").wait_for()
    others = tools.page.evaluate(
        """() => { const seen = new Set();
          for (let y = 150; y < 600; y += 30) for (let x = 645; x < 790; x += 24) {
            const hit = window.__cimtwin.pickAt(x, y)?.hit;
            if (hit?.level === 'building') seen.add(hit.row); }
          return [...seen]; }"""
    )
    assert set(others) <= {spot["row"]}
    panel.get_by_role("button", name="全部恢复").click()
    tools.page.evaluate(f"() => {TOOLBOX}.stage.home(0)")
    tools.settle()


def test_a_layer_that_is_off_is_neither_seen_nor_picked(tools: TwinPage) -> None:
    panel = opened(tools, "layers")
    names = panel.locator("[data-layer]").evaluate_all("all => all.map(one => one.dataset.layer)")
    assert {"buildings", "surface", "roads", "water", "green", "ground", "labels"} <= set(names)
    before = picture(tools)
    for name in ("buildings", "surface"):
        panel.locator(f"[data-layer={name}] button").click()
    tools.settle()
    tools.page.wait_for_timeout(200)
    assert tools.page.evaluate("() => window.__cimtwin.pickAt(590, 380)") is None
    for name in ("buildings", "surface"):
        panel.locator(f"[data-layer={name}] button").click()
    tools.settle()
    tools.page.wait_for_timeout(200)
    bench(tools, "bench.setOpacity('surface', 0.5)")
    tools.page.wait_for_timeout(200)
    half = picture(tools)
    bench(tools, "bench.setOpacity('surface', 1)")
    tools.page.wait_for_timeout(200)
    area = (slice(200, 500), slice(420, 740))
    assert (np.abs(half[area] - before[area]).max(axis=2) > 6).mean() > 0.05
    assert (np.abs(picture(tools)[area] - before[area]).max(axis=2) > 6).mean() < 0.01


def test_both_sides_of_the_divider_wear_their_own_colours(tools: TwinPage) -> None:
    tools.set(system="MOHURD-2022", indicator="road_density", level="block", year=2025)
    opened(tools, "swipe", "w:bare,p:0.95")
    tools.page.wait_for_function(f"() => {TOOLBOX}.bench.between?.share === 0.95")
    tools.page.wait_for_function(f"() => {TOOLBOX}.bench.halves.settled")
    tools.settle()
    tools.page.wait_for_timeout(400)
    left = picture(tools)
    bench(tools, "bench.keep({ p: '0.5' })")
    tools.page.wait_for_timeout(600)
    both = picture(tools)
    middle = 590
    same, other = (slice(200, 480), slice(420, middle - 40)), (slice(200, 480), slice(630, 740))
    assert (np.abs(both[same] - left[same]).max(axis=2) > 8).mean() < 0.02
    assert (np.abs(both[other] - left[other]).max(axis=2) > 8).mean() > 0.2
    tools.page.locator("cim-drawing .divider").focus()
    tools.page.keyboard.press("ArrowRight")
    assert "p:0.520" in tools.page.url

    tools.set(level="district")
    panel = opened(tools, "swipe", "v:2021")
    tools.page.wait_for_function(f"() => {TOOLBOX}.bench.between?.right.includes('2021')")
    tools.settle()
    counts = [
        cls["count"]
        for cls in tools.get(
            "/api/v1/overlays/road_density?system=MOHURD-2022&year=2021&level=district"
        )["legend"]["classes"]
    ]
    legend = panel.locator("cim-legend section").first
    legend.get_by_text(f"{counts[0]:,}", exact=True).first.wait_for()
    opened(tools, "measure")
    assert bench(tools, "return bench.stage.layers.copies.length") == 0
    tools.set(level="block")


def test_a_sight_line_stops_where_footprints_and_heights_say(
    tools: TwinPage, buildings: list[dict[str, Any]]
) -> None:
    eye, to, wall = seen_from_the_south(buildings)
    assert first_wall(buildings, eye, to) == pytest.approx(wall)
    over = [*to[:2], to[2] + 60]
    above = [*eye[:2], eye[2] + 60]
    assert first_wall(buildings, above, over) is None
    opened(tools, "sight")
    look = (
        "const spot = ([lon, lat, height]) => ({ lon, lat, height });"
        "panel.stand(spot(value[0])); return await panel.look(spot(value[1]));"
    )
    assert panel_call(tools, "sight", look, [eye, to]) is not None
    line = tools.page.locator("cim-tool-sight [data-sight]").last
    assert line.get_attribute("data-sight") == "stopped"
    assert float(line.get_attribute("data-met") or 0) == pytest.approx(wall, abs=1.5)
    assert panel_call(tools, "sight", look, [above, over]) is None
    assert line.get_attribute("data-sight") == "clear"


def seen_from_the_south(
    buildings: list[dict[str, Any]],
) -> tuple[list[float], list[float], float]:
    """An eye, a target behind a plain slab, and how far the slab's wall is from the eye."""
    for item in buildings:
        told = item["properties"]
        if told["use"] != "residential" or not 15 < told["height"] < 40:
            continue
        middle = ring_of(item).centroid
        level = told["ground"] + told["height"] * 0.6
        eye = [*EARTH.fwd(middle.x, middle.y, 180, 30)[:2], level]
        to = [*EARTH.fwd(middle.x, middle.y, 0, 30)[:2], level]
        crossed = ring_of(item).intersection(shapely.LineString([eye[:2], to[:2]]))
        own = [EARTH.line_length([eye[0], x], [eye[1], y])
               for x, y in shapely.get_coordinates(crossed)]  # fmt: skip
        way = shapely.LineString([eye[:2], to[:2]]).buffer(4e-5)
        free = sum(ring_of(other).intersects(way) for other in buildings) == 1
        if own and min(own) > 5 and free:
            return eye, to, min(own)
    raise AssertionError("no slab stands free")


def test_the_viewshed_says_its_share_and_how_fine_it_is(
    tools: TwinPage, buildings: list[dict[str, Any]]
) -> None:
    panel = opened(tools, "viewshed", "r:50,e:60,n:12")
    tall = max(buildings, key=lambda item: item["properties"]["height"])
    middle = ring_of(tall).centroid
    top = tall["properties"]["ground"] + tall["properties"]["height"]
    panel_call(
        tools, "viewshed", "await panel.stand(value)",
        {"lon": middle.x, "lat": middle.y, "height": top},
    )  # fmt: skip
    share = figure(panel, "viewshed.share")
    assert 0 < share <= 1
    said = panel.locator(".stack").inner_text()
    assert "36 条视线" in said
    assert "26.2 m" in said


def test_the_skyline_rises_as_high_as_the_towers_do(
    tools: TwinPage, buildings: list[dict[str, Any]]
) -> None:
    tall = max(buildings, key=lambda item: item["properties"]["height"])
    top = tall["properties"]["ground"] + tall["properties"]["height"]
    middle = ring_of(tall).centroid
    lon, lat, _ = EARTH.fwd(middle.x, middle.y, 0, 700)
    eye = 60.0
    tools.page.evaluate(
        "(camera) => window.__cimtwin.set({ camera })",
        {"lon": lon, "lat": lat, "height": eye, "heading": 180, "pitch": 8},
    )
    panel = opened(tools, "skyline")
    panel_call(tools, "skyline", "await panel.trace()")
    expected = 0.0
    for item in buildings:
        rise = item["properties"]["ground"] + item["properties"]["height"] - eye
        for x, y in shapely.get_coordinates(ring_of(item)):
            direction, _, far = EARTH.inv(lon, lat, x, y)
            if abs((direction - 180 + 180) % 360 - 180) < 25:
                expected = max(expected, math.degrees(math.atan2(rise, far)))
    assert top > eye
    assert figure(panel, "skyline.highest") == pytest.approx(expected, abs=1.5)
    assert 0 < figure(panel, "skyline.sky") < 1
    panel.get_by_role("button", name="取当前视图").wait_for()
    opened(tools, "measure")
    tools.page.evaluate(f"() => {TOOLBOX}.stage.home(0)")
    tools.settle()


def test_shadows_darken_the_city_and_leave_no_trace(
    tools: TwinPage, buildings: list[dict[str, Any]]
) -> None:
    tall = max(buildings, key=lambda item: item["properties"]["height"])
    middle = ring_of(tall).centroid
    lon, lat, _ = EARTH.fwd(middle.x, middle.y, 180, 700)
    camera = {"lon": lon, "lat": lat, "height": 700, "heading": 0, "pitch": -45}
    tools.page.evaluate("(camera) => window.__cimtwin.set({ camera })", camera)
    opened(tools, "measure")
    bench(tools, "await bench.settled()")
    before = picture(tools)
    panel = opened(tools, "sun", "on:2025-12-21,h:9")
    bench(tools, "await bench.settled()")
    assert figure(panel, "sun.altitude") == pytest.approx(17, abs=2)
    shaded = picture(tools)
    darker = (shaded.sum(axis=2) < before.sum(axis=2) - 60).mean()
    assert 0.02 < darker < 0.9
    opened(tools, "measure")
    bench(tools, "await bench.settled()")
    assert (np.abs(picture(tools) - before).max(axis=2) > 6).mean() < 0.01
    tools.page.evaluate(f"() => {TOOLBOX}.stage.home(0)")
    tools.settle()
