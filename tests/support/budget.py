"""What a first picture, a change of indicator, a rest and a flight cost: counts, not seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Request

from tests.support.page import TwinPage

MOST_TILES, MOST_BYTES = 25, 1_500_000
"""Requests under /tiles/ and their bytes as they travel, until nothing is missing from the view."""
CACHE = 512 * 1024 * 1024
"""Bytes that CesiumJS keeps of one tileset by default; here they are enough for all layers."""

_COUNT = """() => {
  window.__frames = 0;
  document.querySelector('cim-twin').stage.globe.scene.postRender
    .addEventListener(() => { window.__frames += 1; });
}"""
_LAYERS = """() => document.querySelector('cim-twin').stage.layers.layers.map(layer => ({
  name: layer.name,
  used: layer.tileset.totalMemoryUsageInBytes,
  most: layer.tileset.cacheBytes + layer.tileset.maximumCacheOverflowBytes,
}))"""
_LOOK = """([east, north, height]) => {
  const stage = document.querySelector('cim-twin').stage;
  const { west, south, east: far, north: top } = document.querySelector('cim-twin')
    .session.city.value.extent;
  stage.globe.setPose({
    lon: west + (far - west) * east, lat: south + (top - south) * north,
    height, heading: 20, pitch: -42,
  });
  window.__cimtwin.renderOnce();
}"""
_REST_MS, _TRIES = 500, 3


@dataclass
class Measured:
    """One page with its requests, from its first byte on."""

    twin: TwinPage
    asked: list[Request]

    @classmethod
    def open(cls, browser: Browser, site: str, query: str, *, size: tuple[int, int]) -> Measured:
        """Open the page at full quality and wait until nothing is missing."""
        page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
        page.set_default_timeout(180_000)
        made = cls(TwinPage(page, site), [])
        page.on("request", lambda request: made.asked.append(request))
        page.goto(f"{site}/?{query}")
        page.wait_for_function("() => !!window.__cimtwin")
        page.evaluate("() => window.__cimtwin.ready")
        made.twin.settle()
        page.evaluate(_COUNT)
        return made

    @property
    def tiles(self) -> list[Request]:
        """Requests for tiles so far, listings included."""
        return [request for request in self.asked if "/tiles/" in request.url]

    @property
    def tile_bytes(self) -> int:
        """Bytes of those requests on the wire."""
        return sum(request.sizes()["responseBodySize"] for request in self.tiles)

    def frames_at_rest(self) -> int:
        """Frames drawn while nobody touches anything, once the last one asked for is drawn."""
        self._calm()
        before = self._frames()
        self.twin.page.wait_for_timeout(2 * _REST_MS)
        return self._frames() - before

    def _calm(self) -> None:
        """Wait until no frame came for a while; a slow machine draws the last one late."""
        for _ in range(_TRIES):
            before = self._frames()
            self.twin.page.wait_for_timeout(_REST_MS)
            if self._frames() == before:
                return

    def switch(self, **patch: object) -> tuple[list[str], int]:
        """Change the state; the questions asked of the server, and the frames drawn."""
        self._calm()
        self.asked.clear()
        before = self._frames()
        self.twin.set(**patch)
        self.twin.page.wait_for_function("before => window.__frames > before", arg=before)
        self._calm()
        served = ("/api/", "/columns/", "/tiles/")
        found = [one.url for one in self.asked if any(part in one.url for part in served)]
        return found, self._frames() - before

    def memory(self) -> list[dict[str, Any]]:
        """Bytes that the engine counts for each layer, and what it may keep at most."""
        found: list[dict[str, Any]] = self.twin.page.evaluate(_LAYERS)
        return found

    def fly(self, side: int, heights: tuple[float, ...]) -> int:
        """Look at `side` times `side` places of the city from each height; most bytes at once."""
        most = 0
        for height in heights:
            for east, north in ((a, b) for b in range(side) for a in range(side)):
                at = [(east + 0.5) / side, (north + 0.5) / side, height]
                self.twin.page.evaluate(_LOOK, at)
                self.twin.settle()
                most = max(most, sum(layer["used"] for layer in self.memory()))
        return most

    def close(self) -> None:
        """Close the page."""
        self.twin.close()

    def _frames(self) -> int:
        return int(self.twin.page.evaluate("() => window.__frames"))
