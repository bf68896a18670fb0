"""What a first picture and a change of indicator cost; counts, not seconds, are the gate."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Request

from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

TILES, BYTES = 45, 1_500_000
"""Requests under /tiles/ and their bytes as they travel, full quality, every layer drawn."""
PAINT = 2
"""Requests that paint an indicator not seen before: what it means, and its column."""


def test_the_first_colours_and_a_switch_stay_within_their_budget(
    chromium: Browser, site: str
) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(90_000)
    twin = TwinPage(page, site)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(f"{site}/?system=MOHURD-2022&indicator=park_coverage&level=building&desk=indicators")
    page.wait_for_function("() => !!window.__cimtwin")
    page.evaluate("() => window.__cimtwin.ready")
    twin.settle()
    tiles = [request for request in asked if "/tiles/" in request.url]
    weight = sum(request.sizes()["responseBodySize"] for request in tiles)
    assert tiles
    assert len(tiles) <= TILES, [request.url for request in tiles]
    assert 0 < weight <= BYTES
    asked.clear()
    twin.set(indicator="road_density")
    assert [request.url for request in asked if "/tiles/" in request.url] == []
    state = twin.state
    assert state["indicator"] == "road_density"
    painted = [
        request.url
        for request in asked
        if "/columns/" in request.url
        or ("/overlays/" in request.url and f"level={state['level']}" in request.url)
    ]
    assert len(painted) <= PAINT, painted
    page.context.close()
