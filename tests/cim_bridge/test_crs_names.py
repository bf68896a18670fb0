"""Names that PROJ lacks: map services' shifts, local grids, swapped axes, other units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_bridge.build import bridge
from cim_bridge.chinashift import bd09_of, gcj02_of, wgs84_of_bd09, wgs84_of_gcj02
from cim_bridge.crs import Placement, crs_text, known, lonlat_box, transformer
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model

ZHIFU = (121.39, 37.54)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(73, 135), st.floats(4, 53.5)), min_size=1, max_size=50).map(
        lambda pairs: np.array(pairs)
    )
)
def test_the_shifts_of_map_services_go_back_to_less_than_a_millimetre(points: np.ndarray) -> None:
    for forward, back in ((gcj02_of, wgs84_of_gcj02), (bd09_of, wgs84_of_bd09)):
        apart = np.abs(back(forward(points)) - points).max()
        assert apart * 111_320 < 1e-3


def test_the_offset_at_zhifu_is_the_published_one() -> None:
    here = np.array([ZHIFU])
    metre = Placement("EPSG:4326", "EPSG:4549").flat
    for shifted, metres in ((gcj02_of(here), 480), (bd09_of(here), 1288)):
        assert np.hypot(*(metre(shifted) - metre(here))[0]) == pytest.approx(metres, abs=2)
    abroad = np.array([[4.3, 52.1]])
    assert (gcj02_of(abroad) == abroad).all()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("gcj02", "GCJ-02"), ("GCJ-02", "GCJ-02"), ("火星坐标系", "GCJ-02"), ("BD09", "BD-09"),
        ("WGS84", "EPSG:4326"), ("CGCS2000", "EPSG:4490"), ("4549:YX", "EPSG:4549:yx"),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
    ],
)  # fmt: skip
def test_names_are_read_as_people_write_them(written: str, read: str) -> None:
    assert crs_text(written) == read
    assert known(read) is not None


def test_shifted_degrees_and_shifted_metres_land_on_their_spot() -> None:
    here = np.array([ZHIFU, (121.41, 37.52)])
    true = Placement("EPSG:4326", "EPSG:4549").flat(here)
    for name, forward in (("GCJ-02", gcj02_of), ("BD-09", bd09_of)):
        found = Placement(name, "EPSG:4549").flat(forward(here))
        assert np.abs(found - true).max() < 1e-3
        metres = Placement("EPSG:4326", "EPSG:4549").flat(forward(here))
        mark = {"GCJ-02": "gcj02", "BD-09": "bd09"}[name]
        assert np.abs(Placement(f"EPSG:4549:{mark}", "EPSG:4549").flat(metres) - true).max() < 1e-3
    assert not Placement("GCJ-02", "EPSG:4326").same
    assert lonlat_box((*ZHIFU, 121.4, 37.55), "GCJ-02") is not None


def test_every_cgcs2000_zone_agrees_with_its_prefixed_twin() -> None:
    for zone in range(25, 46):
        at = (3 * zone + 0.4, 35.0)
        plain = transformer("EPSG:4326", f"EPSG:{4534 + zone - 25}").transform(*at)
        prefixed = transformer("EPSG:4326", f"EPSG:{4513 + zone - 25}").transform(*at)
        assert prefixed[0] - plain[0] == pytest.approx(zone * 1e6, abs=1e-6)
        assert prefixed[1] == pytest.approx(plain[1], abs=1e-6)


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    folder = CityFolder.init(tmp_path / "city", name="滨海", crs="EPSG:4549")
    settings_ = folder.path / "city.toml"
    settings_.write_text(
        settings_.read_text(encoding="utf-8")
        + """
[crs.local.four]
base = "EPSG:4549"
dx = 600000.0
dy = 4100000.0
scale = 1.00002
rotation = 1.5
[crs.local.seven]
base = "+proj=tmerc +lon_0=121.5 +x_0=500000 +ellps=krass +units=m"
towgs84 = [15.8, -154.4, -82.3, 0.1, 0.2, 0.3, 1.5]
[crs.local."烟台"]
definition = "+proj=tmerc +lon_0=121.5 +x_0=50000 +y_0=-4000000 +ellps=GRS80 +units=m"
""",
        encoding="utf-8",
    )
    return CityFolder.open(folder.path)


def test_local_grids_of_the_city_are_systems_by_name(city: CityFolder) -> None:
    x, y = transformer("EPSG:4326", "EPSG:4549").transform(*ZHIFU)
    four = city.config.system("four")
    assert four is not None
    turn = np.exp(-1j * np.radians(1.5)) / 1.00002
    local = (complex(x, y) - complex(600000, 4100000)) * turn
    back = transformer(four, "EPSG:4549").transform(local.real, local.imag)
    assert back == pytest.approx((x, y), abs=1e-6)
    seven = city.config.system("seven")
    assert seven is not None
    proj = (
        "+proj=tmerc +lon_0=121.5 +x_0=500000 +ellps=krass +units=m"
        " +towgs84=15.8,-154.4,-82.3,0.1,0.2,0.3,1.5"
    )
    at = transformer(seven, "EPSG:4326").transform(490000, 4156000)
    assert at == pytest.approx(transformer(proj, "EPSG:4326").transform(490000, 4156000), abs=1e-9)
    plain = transformer(proj.partition(" +towgs84")[0], "EPSG:4326").transform(490000, 4156000)
    assert abs(at[0] - plain[0]) > 1e-4
    assert str(city.config.system("烟台")).startswith("+proj=tmerc")
    assert city.config.system("GCJ02") == "GCJ-02"


@pytest.mark.parametrize(
    "table", ['base = "EPSG:0"', "dx = 1.0", 'base = "EPSG:4549"\ntowgs84 = [1, 2]',
              'base = "EPSG:4549"\nscale = 0.0'],
)  # fmt: skip
def test_a_grid_that_says_too_little_is_refused(tmp_path: Path, table: str) -> None:
    text = f'[city]\nname = "a"\ncrs = "EPSG:4549"\n[crs.local.x]\n{table}\n'
    (tmp_path / "city.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        CityFolder.open(tmp_path)
    assert [issue.code for issue in caught.value.log] == ["CITY_CONFIG_INVALID"]


def test_a_source_s_own_height_offset_moves_its_heights_once(
    city: CityFolder, tmp_path: Path
) -> None:
    import json

    ring = [[121.39, 37.54], [121.3901, 37.54], [121.3901, 37.5401], [121.39, 37.54]]
    feature = {"type": "Feature", "properties": {"id": "a", "height": 9.0, "ground": 3.0},
               "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    low = bridge(city, [file], level="building", crs="GCJ-02", name="a")
    before = open_model(city, low.digest).units
    high = bridge(city, [file], level="building", crs="GCJ-02", name="a", height_offset=10.5)
    after = open_model(city, high.digest).units
    rows = [units[units["level"] == "building"].iloc[0] for units in (before, after)]
    assert rows[1]["ground"] - rows[0]["ground"] == pytest.approx(10.5)
    assert rows[1]["height"] == rows[0]["height"]
    assert "HEIGHT_OFFSET_USED" in {issue.code for issue in high.issues}
    assert CityFolder.open(city.path).config.sources[0]["height_offset"] == 10.5
    true = Placement("GCJ-02", "EPSG:4549").flat(np.array(ring))
    assert rows[0]["geometry"].distance(shapely.Point(true[0])) < 1e-3
