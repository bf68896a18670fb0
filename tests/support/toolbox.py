"""Hands for the map's toolbox in a browser: open a tool, read its figures, see the map alone."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import shapely
from PIL import Image
from pyproj import Geod, Transformer

from tests.support.page import TwinPage

EARTH = Geod(ellps="WGS84")
FIXED = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
BUILDINGS = "/ogc/collections/building/items"
HOSTILE = '<img src=x onerror="window.hacked=1">{{7*7}}<script>window.hacked=1</script>'
TOOLBOX = "document.querySelector('cim-twin').shadowRoot.querySelector('cim-tools')"


def opened(tools: TwinPage, name: str, settings: str | None = None) -> Any:
    tools.page.evaluate(
        "([tool, set]) => window.__cimtwin.set({ tool, toolSet: set })", [name, settings]
    )
    panel = tools.page.locator(f"cim-tool-{name}")
    panel.wait_for()
    return panel


def figure(panel: Any, key: str) -> float:
    return float(panel.locator(f"[data-figure='{key}']").get_attribute("data-value"))


def bench(tools: TwinPage, script: str, value: object = None) -> Any:
    return tools.page.evaluate(
        f"async (value) => {{ const bench = {TOOLBOX}.bench; {script} }}", value
    )


def panel_call(tools: TwinPage, name: str, script: str, value: object = None) -> Any:
    return tools.page.evaluate(
        f"async (value) => {{ const panel = {TOOLBOX}.shadowRoot.querySelector('cim-tool-{name}');"
        f" {script} }}",
        value,
    )


def picture(tools: TwinPage) -> np.ndarray:
    """The map alone, without what lies over it."""
    told = tools.page.evaluate(
        f"() => {{ const {{ globe }} = {TOOLBOX}.stage; globe.draw(); globe.renderNow();"
        " return globe.scene.canvas.toDataURL('image/png'); }"
    )
    png = base64.b64decode(told.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def ring_of(feature: dict[str, Any]) -> shapely.Polygon:
    shape = shapely.geometry.shape(feature["geometry"])
    return shape if isinstance(shape, shapely.Polygon) else shape.geoms[0]


def first_wall(buildings: list[dict[str, Any]], eye: list[float], to: list[float]) -> float | None:
    """Metres from the eye to the first prism on the way, from footprints and heights alone."""
    line = shapely.LineString([eye[:2], to[:2]])
    length = EARTH.line_length(*zip(eye[:2], to[:2], strict=True))
    met = []
    for item in buildings:
        crossed = ring_of(item).intersection(line)
        if crossed.is_empty:
            continue
        top = item["properties"]["ground"] + item["properties"]["height"]
        for lon, lat in shapely.get_coordinates(crossed):
            far = EARTH.line_length([eye[0], lon], [eye[1], lat])
            if eye[2] + (to[2] - eye[2]) * far / length < top:
                met.append(far)
    return min(met, default=None)
