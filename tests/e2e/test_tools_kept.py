"""What the map's tools take in, keep and hand over, and the split view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from cim_bridge.issues import IssueLog
from scenes.reading import read_scene
from tests.support.page import TwinPage
from tests.support.toolbox import BUILDINGS, EARTH, HOSTILE, TOOLBOX, bench, opened, ring_of

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


def test_a_note_is_pinned_kept_and_taken_along_as_plain_words(tools: TwinPage) -> None:
    panel = opened(tools, "notes")
    tools.page.mouse.click(620, 360)
    panel.locator("input[name=note]").fill(HOSTILE)
    panel.get_by_role("button", name="钉上").click()
    tools.page.locator("cim-drawing .words").get_by_text(HOSTILE, exact=True).wait_for()
    with tools.page.expect_download() as waiting:
        panel.get_by_role("button", name="导出 GeoJSON").click()
    saved = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    (feature,) = saved["features"]
    assert feature["properties"] == {"name": HOSTILE}
    assert tools.page.evaluate("() => window.hacked") is None
    kept = tools.page.evaluate("() => Object.entries(localStorage).find(([k]) => /notes/.test(k))")
    assert HOSTILE in json.loads(kept[1])[0]["text"]
    panel.get_by_role("button", name="移除").click()
    tools.page.locator("cim-drawing .words").wait_for(state="detached")


def test_foreign_layers_come_from_here_and_others_are_told_why_not(tools: TwinPage) -> None:
    panel = opened(tools, "guests")
    square = [[121.28, 37.49], [121.29, 37.49], [121.29, 37.5], [121.28, 37.5], [121.28, 37.49]]
    hostile = {
        "type": "Feature",
        "properties": {"name": HOSTILE, HOSTILE: HOSTILE},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    panel.locator("input[type=file]").set_input_files(
        {
            "name": f"{HOSTILE}.geojson".replace("/", ""),
            "mimeType": "application/geo+json",
            "buffer": json.dumps(hostile).encode(),
        }
    )
    panel.locator("[data-guest=geojson]").first.wait_for()
    panel.locator("input[name=address]").fill(f"{tools.address}/ogc/collections/district/items")
    panel.locator("button[type=submit]").click()
    panel.locator("[data-guest=geojson]").nth(1).wait_for()
    panel.locator("input[name=address]").fill("https://tiles.example.org/city/tileset.json")
    panel.locator("button[type=submit]").click()
    panel.locator("[data-reason=host]").wait_for()
    assert "管理员" in panel.locator("[data-reason]").inner_text()
    panel.locator("input[name=address]").fill("javascript:window.hacked=1")
    panel.locator("button[type=submit]").click()
    panel.locator("[data-reason=scheme]").wait_for()
    assert tools.page.evaluate("() => window.hacked") is None
    while panel.locator("[data-guest] button").count():
        panel.locator("[data-guest] button").first.click()
    assert bench(tools, "return bench.foreign.guests.length") == 0


def test_a_planned_massing_is_weighed_against_what_stands_there(
    tools: TwinPage, buildings: list[dict[str, Any]]
) -> None:
    middle = ring_of(max(buildings, key=lambda item: item["properties"]["population"])).centroid
    west, south = middle.x - 0.001, middle.y - 0.0008
    ring = [
        (west, south),
        (west + 0.002, south),
        (west + 0.002, south + 0.0016),
        (west, south + 0.0016),
    ]
    plan = {
        "type": "Feature",
        "properties": {"height": 54, "floors": 18},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    panel = opened(tools, "massing")
    panel.locator("input[type=file]").set_input_files(
        {
            "name": "plan.geojson",
            "mimeType": "application/json",
            "buffer": json.dumps(plan).encode(),
        }
    )
    panel.locator("table").wait_for()
    area = abs(EARTH.polygon_area_perimeter(*zip(*ring, strict=True))[0])
    cells = {
        row: [float(v) for v in panel.locator(f"[data-row={row}] td").evaluate_all(
            "all => all.map(one => one.dataset.value)")]
        for row in ("count", "footprint", "volume", "floorArea", "highest")
    }  # fmt: skip
    assert cells["volume"][1] == pytest.approx(area * 54, rel=1e-6)
    assert cells["floorArea"][1] == pytest.approx(area * 18, rel=1e-6)
    box = shapely.box(west, south, west + 0.002, south + 0.0016)
    inside = [
        item for item in buildings
        if box.contains(shapely.Point(np.mean(shapely.get_coordinates(ring_of(item)), axis=0)))
    ]  # fmt: skip
    assert abs(cells["count"][0] - len(inside)) <= 1
    assert cells["highest"][0] <= max(item["properties"]["height"] for item in buildings)
    opened(tools, "measure")


def test_a_recorded_route_is_a_scene_that_the_scenes_part_reads(
    tools: TwinPage, tmp_path: Path
) -> None:
    panel = opened(tools, "route")
    for _ in range(2):
        panel.get_by_role("button", name="记录视角").click()
        tools.page.evaluate(f"() => {TOOLBOX}.stage.globe.turn(40)")
    with tools.page.expect_download() as waiting:
        panel.get_by_role("button", name="下载场景文件").click()
    saved = tmp_path / "recorded-route.json"
    waiting.value.save_as(saved)
    log = IssueLog()
    scene = read_scene(saved, log)
    assert scene is not None, [issue.code for issue in log]
    assert len(scene.stops) == 2
    assert scene.stops[0].camera != scene.stops[1].camera

    panel.locator("input[name=title]").fill("海湾一周 Bay round")
    panel.locator("input[name=actor]").fill("王工")
    panel.locator("[data-act=keep]").click()
    name = panel.locator("[data-kept]").get_attribute("data-kept")
    kept = tools.get(f"/api/v1/scenes/{name}")["scene"]
    assert kept["title"] == {"zh": "海湾一周 Bay round", "en": "海湾一周 Bay round"}
    assert [stop["view"] for stop in kept["stops"]] == [
        stop["view"] for stop in json.loads(saved.read_text("utf-8"))["stops"]
    ]
    tag = tools.page.request.get(f"{tools.address}/api/v1/scenes/{name}").headers["etag"]
    headers = {"if-match": tag, "x-cim-actor": "tests"}
    assert tools.page.request.delete(f"{tools.address}/api/v1/scenes/{name}", headers=headers).ok
    tools.page.evaluate(f"() => {TOOLBOX}.stage.home(0)")


def test_split_views_move_together(tools: TwinPage) -> None:
    opened(tools, "split", "v:2021")
    tools.page.wait_for_function(f"() => {TOOLBOX}.bench.second?.settled", timeout=60_000)
    tools.page.evaluate(f"() => {TOOLBOX}.stage.globe.turn(25)")
    tools.page.wait_for_timeout(600)
    mine, other = bench(tools, "return [bench.stage.globe.pose(), bench.second.globe.pose()]")
    assert other == pytest.approx(mine, abs=1e-4)
    assert tools.page.locator("canvas").count() >= 2
    opened(tools, "measure")
    tools.page.wait_for_function(
        "() => !document.querySelector('cim-twin').hasAttribute('data-split')"
    )


def test_nothing_is_drawn_while_nothing_moves(tools: TwinPage) -> None:
    opened(tools, "section", "h:80")
    tools.page.wait_for_timeout(1500)
    tools.settle()
    tools.page.wait_for_timeout(500)
    count = (
        "let n = 0; const stop = bench.stage.globe.onFrame(() => { n += 1; });"
        "await new Promise((done) => setTimeout(done, 900)); stop(); return n;"
    )
    # on a busy machine the last tiles may still be on their way
    assert 0 in [bench(tools, count) for _ in range(5)]
