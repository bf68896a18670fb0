"""One scene drawn twice, by the browser and by PyVista: same camera, same colours, same legend.

And the tour in the browser: every stop shows what it speaks of in the middle of the screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser
from pyproj import Transformer

from cim_bridge.release import ModelRelease
from cim_bridge.texts import text
from scenes.coat import STATES
from scenes.hatch import INK, PAPER
from scenes.picture import scene_still
from scenes.pose import Surveyor
from scenes.scene import Camera, Published, Scene
from tests.support.page import TwinPage
from tests.support.published import published as published
from tests.support.seen import placed

pytestmark = pytest.mark.browser

SIZE = (1280, 720)
OVERLAY = ("MOHURD-2022", "shelter_area_pc", "block", 2025)
"""Has classes and states: missing and not computable in a city of any size."""

UNLIT = 3
"""Steps of 255 a roof may differ by: the browser converts to linear light and back."""

BOXES = """() => {
  const found = [], walk = (root) => { for (const el of root.querySelectorAll("*")) {
    if (el.classList.contains("swatch") && el.closest(".card")) {
      const box = el.getBoundingClientRect();
      if (box.width) found.push({ x: box.x, y: box.y, w: box.width, h: box.height,
        name: el.className.replace("swatch", "").trim(),
        color: el.style.getPropertyValue("--swatch") });
    }
    if (el.shadowRoot) walk(el.shadowRoot); } };
  walk(document); return found; }"""
FOOT = 72
"""Pixels at the foot of a still, where it says source and date on plates over the map."""
ON_MAP = """(spots) => spots.map(([x, y]) => {
  let el = document.elementFromPoint(x, y);
  while (el && el.shadowRoot) {
    const below = el.shadowRoot.elementFromPoint(x, y);
    if (!below || below === el) break;
    el = below;
  }
  return !!el && el.tagName === "CANVAS"; })"""
PICKED = """(spots) => spots.map(([x, y]) => {
  const found = window.__cimtwin.pickAt(x, y);
  return found && found.unit ? found.unit.id : null; })"""


@dataclass(frozen=True)
class Twins:
    """The same scene as both draw it: pictures (H, W, 3), and the page that still shows it."""

    scene: Scene
    page: TwinPage
    still: NDArray[np.int64]
    seen: NDArray[np.int64]
    published: Published

    @cached_property
    def roofs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pixels (N, 2) of the middles of roofs that both pictures show freely, building rows."""
        model = self.published.model
        middle, row = roofs_of(model)
        at = placed(model, self.scene, middle, SIZE[0] / SIZE[1])
        spots = np.rint((at * (1, -1) + 1) / 2 * SIZE).astype(np.int64)
        inside = (np.abs(at) < 0.95).all(axis=1)
        eye = np.array(eye_of(self.scene, model))
        middle, spots, row = middle[inside], spots[inside], row[inside]
        clear = Surveyor(model).sight.clear(
            np.broadcast_to(eye, middle.shape), middle + np.array([0, 0, 0.4])
        )
        spots, row = spots[clear], row[clear]
        free = np.array(self.page.page.evaluate(ON_MAP, spots.tolist()), bool)
        return spots[free], row[free]


def roofs_of(model: ModelRelease) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The middle of the largest level triangle of each building, and the building's row."""
    mesh = model.mesh()
    corners = np.asarray(mesh.vertices)[np.asarray(mesh.triangles)]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1)
    level = np.flatnonzero(normal[:, 2] > 0.98 * np.maximum(size, 1e-9))
    order = level[np.argsort(-size[level], kind="stable")]
    row, first = np.unique(np.asarray(mesh.feature)[order], return_index=True)
    return corners[order[first]].mean(axis=1), row.astype(np.int64)


def eye_of(scene: Scene, model: ModelRelease) -> tuple[float, float, float]:
    """Where the camera stands in the model's CRS."""
    assert scene.camera is not None
    turn = Transformer.from_crs("EPSG:4326", model.manifest["crs"], always_xy=True)
    x, y = turn.transform(scene.camera.lon, scene.camera.lat)
    return x, y, scene.camera.height - model.manifest["height_offset"]


def over_the_middle(model: ModelRelease) -> Camera:
    """A slanting view of where most buildings are."""
    units = model.units
    houses = np.asarray(units.geometry[units["level"] == "building"], dtype=object)
    spot = np.median(shapely.get_coordinates(shapely.centroid(houses)), axis=0)
    turn = Transformer.from_crs(model.manifest["crs"], "EPSG:4326", always_xy=True)
    lon, lat = turn.transform(spot[0], spot[1] - 850.0)
    return Camera(lon, lat, 1100.0 + model.manifest["height_offset"], 0.0, -52.0)


@pytest.fixture(scope="module")
def page(chromium: Browser, site: str) -> Iterator[TwinPage]:
    made = TwinPage.open(chromium, site, width=SIZE[0], height=SIZE[1], lang="zh", theme="light")
    yield made
    made.close()
    assert made.errors == []
    assert made.foreign == []


@pytest.fixture(scope="module")
def twins(page: TwinPage, published: Published, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    system, indicator, level, year = OVERLAY
    camera = over_the_middle(published.model)
    scene = Scene("twin", text("同景", "Twin"), system, indicator, level, year, camera)
    out = tmp_path_factory.mktemp("twins")
    scene_still(scene, published, out / "still.png", size=SIZE)
    page.set(system=system, indicator=indicator, level=level, year=year, selection=None)
    page.set(camera=asdict(camera))
    page.page.evaluate("() => window.__cimtwin.renderOnce()")
    shot = page.page.screenshot(path=out / "seen.png")
    return Twins(scene, page, pixels(out / "still.png"), pixels(BytesIO(shot)), published)


def pixels(source: Path | BytesIO) -> NDArray[np.int64]:
    with Image.open(source) as opened:
        return np.asarray(opened.convert("RGB")).astype(np.int64)


def around(picture: NDArray[np.int64], spots: NDArray[np.int64], far: int) -> NDArray[np.int64]:
    """The pixels around spots: (N, (2 far + 1)², 3)."""
    step = np.arange(-far, far + 1)
    dy, dx = (part.ravel() for part in np.meshgrid(step, step))
    found: NDArray[np.int64] = picture[spots[:, 1, None] + dy, spots[:, 0, None] + dx]
    return found


def test_roofs_have_one_colour_in_both_and_it_is_the_legends(twins: Twins) -> None:
    results = twins.published.results
    overlay = results.overlay(*OVERLAY)
    legend = results.legend(*OVERLAY[:3])["classes"]
    block = twins.published.model.parents("block").astype(np.int64)
    code = dict(zip(overlay.cells.row.tolist(), overlay.code.tolist(), strict=True))
    number = dict(zip(overlay.cells.row.tolist(), (overlay.cells.state == 0).tolist(), strict=True))
    spots, row = twins.roofs
    one = np.ptp(around(twins.still, spots, 2), axis=1).max(axis=1) == 0  # neither edge nor name
    one &= np.ptp(around(twins.seen, spots, 1), axis=1).max(axis=1) <= 2  # no line of an edge
    one &= spots[:, 1] < SIZE[1] - FOOT
    spots, row = spots[one], row[one]
    classed = [at for at, b in enumerate(block[row].tolist()) if number.get(b)]
    assert len(classed) >= 30
    spots, row = spots[classed], row[classed]
    wanted = np.array([list(bytes.fromhex(legend[code[b]]["color"][1:]))
                       for b in block[row].tolist()])  # fmt: skip
    drawn = twins.still[spots[:, 1], spots[:, 0]]
    assert (drawn == wanted).all(), "a still has the legend's colour to the bit"
    browser = np.median(around(twins.seen, spots, 1), axis=1)
    off = np.abs(browser - wanted).max(axis=1)
    assert (off <= UNLIT).mean() >= 0.95, off.tolist()
    assert len({tuple(color) for color in wanted.tolist()}) >= 2


def test_both_cameras_see_each_roof_at_the_same_pixel(twins: Twins) -> None:
    """Roofs are picked where geodesy puts them, and a shift of the pictures agrees less."""
    spots, row = twins.roofs
    some = np.linspace(0, len(spots) - 1, 30).astype(int)
    picked = twins.page.page.evaluate(PICKED, spots[some].tolist())
    units = twins.published.model.units
    blocks = units[units["level"] == "block"].set_index("row")["id"]
    block = twins.published.model.parents("block").astype(np.int64)
    wanted = [blocks.get(at) for at in block[row[some]].tolist()]
    same = [one == other for one, other in zip(picked, wanted, strict=True) if other is not None]
    assert sum(same) >= 0.95 * len(same)
    assert len(same) >= 25
    high, wide = slice(200, 520), slice(420, 860)  # neither panels nor legends

    def agreed(dx: int, dy: int) -> float:
        moved = np.roll(twins.seen, (dy, dx), axis=(0, 1))
        return float((np.abs(moved - twins.still)[high, wide].max(axis=2) <= 8).mean())

    best = max((agreed(dx, dy), dx, dy) for dx in range(-6, 7, 2) for dy in range(-6, 7, 2))
    assert max(abs(best[1]), abs(best[2])) <= 2, best
    assert best[0] > 0.4


def test_legend_swatches_are_the_same_pixel_for_pixel(twins: Twins) -> None:
    left = twins.still[:, 38:60].astype(np.int64)  # the column of swatches at the lower left
    boxes: list[dict[str, Any]] = twins.page.page.evaluate(BOXES)
    classes = [box for box in boxes if box["color"]]
    states = {box["name"]: box for box in boxes if box["name"] in STATES}
    assert len(classes) >= 3
    assert {"missing", "not_computable"} <= set(states)
    for box in classes:
        wanted = np.array(list(bytes.fromhex(box["color"].lstrip("#"))))
        assert (inner(twins.seen, box) == wanted).all(), box["color"]
        rows = (left == wanted).all(axis=2).sum(axis=1)
        assert (rows >= 20).sum() >= 12, f"{box['color']} fills its swatch in the still"
    for name in set(states) - {"not_applicable"}:
        seen = inner(twins.seen, states[name])
        assert distance(seen, PAPER).min() <= 8, name
        assert distance(seen, INK).min() <= 24, name
    dark = [row for row in left[360:].reshape(-1, 3).tolist() if tuple(row) == INK]
    light = [row for row in left[360:].reshape(-1, 3).tolist() if tuple(row) == PAPER]
    assert len(dark) > 20
    assert len(light) > 60


def inner(picture: NDArray[np.int64], box: dict[str, float]) -> NDArray[np.int64]:
    """The pixels of a box without its rounded rim: (N, 3)."""
    top, left = int(box["y"]) + 3, int(box["x"]) + 3
    bottom, right = int(box["y"] + box["h"]) - 3, int(box["x"] + box["w"]) - 3
    return picture[top:bottom, left:right].reshape(-1, 3)


def distance(colors: NDArray[np.int64], color: tuple[int, int, int]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.abs(colors - np.array(color)).max(axis=1)
    return found


def test_what_has_no_number_is_hatched_on_both_maps(twins: Twins) -> None:
    for picture in (twins.still, twins.seen):
        middle = picture[200:520, 420:860].reshape(-1, 3)
        paper = int((distance(middle, PAPER) <= 2).sum())
        ink = int((distance(middle, INK) <= 12).sum())
        assert paper > 30
        assert ink > 5


def test_every_stop_of_the_tour_shows_its_target_in_the_middle_of_the_screen(
    twins: Twins, published: Published
) -> None:
    page, model = twins.page, published.model
    told = page.get("/api/v1/scenes/tour")["scene"]
    middle, row = roofs_of(model)
    surveyor = Surveyor(model)
    units = model.units.set_index("id")
    for at, stop in enumerate(told["stops"]):
        page.set(desk="tour", scene="tour", stop=at)
        page.page.wait_for_function(
            "id => window.__cimtwin.state.selection === id", arg=stop["selection"]
        )
        page.settle()
        shown = page.state["camera"]
        scene = Scene(stop["title"]["en"], text("x", "x"), camera=Camera(**shown))
        for name, value in stop["view"].items():
            assert shown[name] == pytest.approx(value, abs=0.06 if name == "height" else 0.02)
        target = surveyor.target(stop["selection"])
        assert target is not None
        assert np.abs(placed(model, scene, target.points)).max() < 1 / 3, stop["title"]["en"]
        unit = units.loc[stop["selection"]]
        level = unit["level"]
        own = (
            row == unit["row"] if level == "building" else model.parents(level)[row] == unit["row"]
        )
        place = placed(model, scene, middle[own], SIZE[0] / SIZE[1])
        near = np.abs(place).max(axis=1) < 1 / 3
        spots = np.rint((place[near] * (1, -1) + 1) / 2 * SIZE).astype(int)[:8]
        picked = page.page.evaluate(PICKED, spots.tolist())
        within = {stop["selection"]}
        if level != "building":
            within |= set(units.index[units[f"parent_{level}"] == stop["selection"]])
        assert within & set(picked), (stop["selection"], picked)
