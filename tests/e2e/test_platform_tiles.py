"""A tileset that stays on its platform is loaded from there, coloured, and answers a click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Browser

from tests.e2e.test_bound_tiles import CODE, SCAN, SYSTEM, bound_rows, write_values
from tests.support.cimtwin import cimtwin
from tests.support.page import TwinPage
from tests.support.platform import Platform, folder_files, running
from tests.support.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.shared]


@pytest.fixture(scope="module")
def platform(shared: Path) -> Iterator[Platform]:
    """Serves b3dm tiles of 3DBAG on another origin than ours."""
    made = Platform(gpd.GeoDataFrame())
    made.files.update(folder_files(shared / "data" / "tiles10" / "sibbe_3dbag_10", "sibbe/"))
    with running(made) as found:
        yield found


@pytest.fixture(scope="module")
def city(shared: Path, platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("platform")
    city = home / "city"
    cimtwin("init", city, "--name", "西贝", "--name-en", "Sibbe", "--crs", "EPSG:28992")
    file = city / "city.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f'{text}\n[remote]\nallow = ["{platform.host}"]\n', encoding="utf-8")
    own = shared / "data" / "tiles11" / "sibbe_3dbag_11" / "tileset.json"
    cimtwin("bridge", own, "--city", city, "--level", "building")
    answer = cimtwin("attach", f"{platform.address}/sibbe/tileset.json", "--city", city)
    assert answer["matched"] > 100
    values = write_values(home / "values.csv", bound_rows(city))
    cimtwin("load", values, "--city", city, "--source", "test", "--year", "2025")
    cimtwin("publish", "--city", city)
    return city


def test_the_viewer_loads_it_from_its_platform_and_a_click_opens_the_units_file(
    city: Path, platform: Platform, chromium: Browser, tmp_path: Path
) -> None:
    rows = bound_rows(city)
    ids = {row["row"]: row["unit_id"] for row in rows}
    platform.asked.clear()
    with serving(city, tmp_path / "server.log") as address:
        page = TwinPage.open(
            chromium, address, system=SYSTEM, indicator=CODE, level="building",
            unit=rows[len(rows) // 2]["unit_id"],
        )  # fmt: skip
        page.set(selection=None)
        spots = [spot for spot in page.page.evaluate(SCAN) if spot["bound"]]
        assert len({spot["row"] for spot in spots}) > 15
        assert {spot["row"] for spot in spots} <= set(ids)
        spot = spots[len(spots) // 2]
        page.page.mouse.click(spot["x"], spot["y"])
        page.page.wait_for_function("() => window.__cimtwin.state.selection !== null")
        assert page.state["selection"] == ids[spot["row"]]
        page.close()
    loaded = {url for url in page.foreign if url.startswith(f"{platform.address}/sibbe/")}
    assert set(page.foreign) == loaded, "nothing else is foreign"
    assert any(url.endswith(".b3dm") for url in loaded)
    assert [line for line in platform.asked if line.endswith(".b3dm")]
    # the tileset is an excerpt: contents that were left out answer 404
    assert [text for text in page.errors if "404" not in text] == []
