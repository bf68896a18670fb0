"""A platform that runs while a test does, and the city that may ask it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import MultiPolygon, Polygon, box

from cim_bridge.folder import CityFolder
from tests.support.platform import Platform, running

COUNT = 25


def layer() -> gpd.GeoDataFrame:
    """Buildings of a town in EPSG:4549; ids with leading zeros, one with a court, one in two.

    Coordinates to the millimetre, as maps have them: GDAL reads digits beyond the fifteenth of a
    GML number with an error of up to one unit in the last place.
    """
    west = [round(500000 + 31.7 * i, 3) for i in range(COUNT)]
    shapes = [box(x, 4150000.25, round(x + 20.1, 3), 4150015.5) for x in west]
    x, y = 500000.0, 4150100.0
    court = [(x + 5, y + 5), (x + 5, y + 10), (x + 10, y + 10), (x + 10, y + 5)]
    shapes[3] = Polygon([(x, y), (x + 20, y), (x + 20, y + 20), (x, y + 20)], [court])
    shapes[4] = MultiPolygon([box(x + 50, y, x + 60, y + 9), box(x + 70, y, x + 80, y + 9)])
    return gpd.GeoDataFrame(
        {
            "building_id": [f"{i:05d}" for i in range(COUNT)],
            "name": [f"长城花园{i}#" if i % 3 else None for i in range(COUNT)],
            "height": [9.5 + i for i in range(COUNT)],
            "storeys": [3 + i % 4 for i in range(COUNT)],
        },
        geometry=shapes,
        crs="EPSG:4549",
    )


@pytest.fixture(scope="module")
def shared_platform() -> Iterator[Platform]:
    with running(Platform(layer())) as found:
        yield found


@pytest.fixture
def platform(shared_platform: Platform) -> Platform:
    shared_platform.heal()
    return shared_platform


@pytest.fixture
def city(tmp_path: Path, platform: Platform) -> CityFolder:
    return make_city(tmp_path / "city", platform)


def make_city(path: Path, platform: Platform, more: str = "page_size = 10\n") -> CityFolder:
    CityFolder.init(path, name="小城", name_en="Tiny", crs="EPSG:4549")
    file = path / "city.toml"
    text = file.read_text(encoding="utf-8")
    text += f'\n[remote]\nallow = ["{platform.host}"]\n{more}'
    file.write_text(text, encoding="utf-8")
    return CityFolder.open(path)


def addresses(platform: Platform) -> dict[str, str]:
    """The layer in each protocol."""
    base = platform.address
    return {
        "OGC API": f"{base}/ogc/collections/buildings",
        "WFS 1.1": f"{base}/wfs?typeName=tiny:buildings&version=1.1.0",
        "WFS 2.0": f"wfs:{base}/wfs?typeNames=buildings",
        "ArcGIS": f"{base}/arcgis/rest/services/tiny/FeatureServer/0",
    }


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries of a failed page follow at once."""
    monkeypatch.setattr("cim_bridge.readers.remote.client.Client._sleep", lambda *_: None)
