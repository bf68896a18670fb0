"""Maps of others under the city: through this server alone, pale, in the link, and gone again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.support.page import TwinPage
from tests.support.server import serving
from tests.support.tileservice import Upstream, tile_service
from twin_server.demo import Demo

pytestmark = pytest.mark.browser

KEY = "k3y-" + "9f" * 12
ORANGE = (255, 120, 0)
SETTINGS = """
[basemaps]
allow_private = ["{host}"]
[[basemap]]
name = "streets"
kind = "xyz"
url = "http://{host}/a/{{z}}/{{x}}/{{y}}?k={{key}}"
key_env = "OWN_MAP_KEY"
attribution = "© 测绘院"
label = {{ zh = "街道图", en = "Streets" }}
[[basemap]]
name = "shifted"
kind = "xyz"
url = "http://{host}/b/{{z}}/{{x}}/{{y}}"
shift = "gcj02"
attribution = "© 导航公司"
label = {{ zh = "导航图", en = "Navigation" }}
"""
UNDER = "document.querySelector('cim-twin').stage.basemaps"
SEEN = """() => {
  const { globe } = document.querySelector('cim-twin').stage;
  globe.draw();
  globe.renderNow();
  return globe.scene.canvas.toDataURL('image/png');
}"""


@pytest.fixture(scope="module")
def service() -> Iterator[Upstream]:
    drawn = io.BytesIO()
    Image.new("RGB", (256, 256), ORANGE).save(drawn, "PNG")
    with tile_service() as made:
        made.body = drawn.getvalue()
        yield made


@pytest.fixture(scope="module")
def mapped(
    chromium: Browser, demo: Demo, service: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwinPage]:
    """A page of the sample city whose server passes two maps on; no request went elsewhere."""
    folder = tmp_path_factory.mktemp("mapped")
    city = folder / "city"
    city.mkdir()
    for entry in demo.city.iterdir():
        if entry.is_dir():
            (city / entry.name).symlink_to(entry, target_is_directory=True)
        else:
            (city / entry.name).write_bytes(entry.read_bytes())
    with (city / "city.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(host=service.host))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWN_MAP_KEY", KEY)
        with serving(city, folder / "server.log") as address:
            page = TwinPage.open(chromium, address, width=900, height=560, level="block")
            yield page
            assert page.foreign == []
            page.close()


def colours(mapped: TwinPage) -> np.ndarray:
    """The map's pixels on the free strip at its foot, where no city lies."""
    import base64

    told = base64.b64decode(mapped.page.evaluate(SEEN).partition(",")[2])
    seen = np.asarray(Image.open(io.BytesIO(told)).convert("RGB")).astype(int)
    return seen[-60:, 300:560]


def test_a_map_is_drawn_when_chosen_pale_first_and_leaves_no_request(
    mapped: TwinPage, service: Upstream, tmp_path: Path
) -> None:
    asked: list[str] = []
    mapped.page.on("request", lambda request: asked.append(request.url))
    assert service.asked == []
    before = colours(mapped)
    mapped.set(tool="layers")
    panel = mapped.page.locator("cim-basemap")
    panel.locator("select[name=base]").select_option("streets")
    mapped.page.wait_for_function(f"() => {UNDER}.settled && {UNDER}.chosen.length === 1")
    mapped.settle()
    assert service.asked, "no tile was asked for"
    assert all(KEY in path for path in service.asked)
    tiles = [url for url in asked if "/basemaps/streets/" in url]
    assert tiles, "the page asked for no tile"
    assert not [url for url in asked if KEY in url or service.host in url]
    calm = colours(mapped)
    assert np.abs(calm - before).max() > 8, "nothing is seen"
    assert (calm.max(axis=2) - calm.min(axis=2)).max() < 24, "a calm map has no colour of its own"
    credit = mapped.page.locator("cim-controls .credits").inner_text()
    assert "© 测绘院" in credit
    assert "base=streets" in mapped.page.url

    panel.locator("[data-look=full]").click()
    mapped.settle()
    assert np.abs(np.median(colours(mapped), axis=(0, 1)) - np.array(ORANGE)).max() < 24
    assert "base=streets.FULL" in mapped.page.url

    panel.locator("select[name=base]").select_option("")
    mapped.settle()
    count = len(service.asked)
    mapped.page.evaluate("() => document.querySelector('cim-twin').stage.globe.zoom(0.6)")
    mapped.settle()
    assert len(service.asked) == count
    assert mapped.page.evaluate(f"() => {UNDER}.chosen.length") == 0
    assert mapped.page.evaluate("() => !document.querySelector('cim-twin').stage.globe.scene.globe")
    assert "base=" not in mapped.page.url
    assert "© 测绘院" not in mapped.page.locator("cim-controls .credits").inner_text()
    assert mapped.errors == []


def test_a_block_is_still_the_one_that_is_picked_over_a_map(mapped: TwinPage) -> None:
    """A block's ground is seen through nothing and hidden by nothing."""
    mapped.set(tool=None, base=None)
    spot = mapped.find("block")
    pixel = "([x, y]) => window.__cimtwin.pickAt(x, y)?.unit?.id ?? null"
    mapped.set(base="streets")
    assert mapped.page.evaluate(pixel, [spot["x"], spot["y"]]) == spot["unit"]
    mapped.set(base=None)


def test_a_shifted_map_and_one_that_does_not_come_are_told_in_words(
    mapped: TwinPage, service: Upstream
) -> None:
    service.status = 503
    mapped.set(tool="layers", base="shifted")
    panel = mapped.page.locator("cim-basemap")
    assert "GCJ-02" in panel.locator("[data-note=shifted]").inner_text()
    failed = panel.locator("[data-failed=shifted]")
    failed.wait_for()
    assert "502" in failed.inner_text()
    assert "底图取不到" in mapped.page.locator(".notice").inner_text()
    mapped.set(base="never-there")
    panel.get_by_text("never-there").wait_for()
    mapped.set(base=None, tool=None)
    service.status = 200
    assert all("502" in text for text in mapped.errors)
