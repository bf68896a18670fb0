"""Every usual fault of coordinates is found in every city, and true data raise no alarm."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_bridge.chinashift import bd09_of, gcj02_of
from cim_bridge.crs import Box, local_crs, transformer
from cim_bridge.crsdetect import detect
from cim_bridge.crsshift import Reference, measure, probes
from cim_bridge.issues import IssueLog
from cim_bridge.place import Ground, place
from cim_bridge.reader import Reading, Units
from cim_bridge.tried import zone_crs, zone_of

CITIES = {
    "烟台": (121.39, 37.54), "上海": (121.47, 31.23), "北京": (116.40, 39.90),
    "深圳": (114.06, 22.54), "乌鲁木齐": (87.62, 43.82), "哈尔滨": (126.63, 45.75),
}  # fmt: skip
FAULTS = ("swap", "prefix", "no prefix", "east", "west", "degrees", "ft", "mm", "gcj02", "bd09")


def town(at: tuple[float, float], seed: int) -> tuple[np.ndarray, np.ndarray, str, Box]:
    """Buildings (model CRS), points inside them (degrees), the CRS and the extent."""
    crs = local_crs(*at)
    rng = np.random.default_rng(seed)
    middle = np.array(transformer("EPSG:4326", crs).transform(*at))
    spots = middle + rng.uniform(-2500, 2500, (600, 2))
    half = rng.uniform(5, 25, (600, 2))
    low, high = spots - half, spots + half
    shapes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    inside = spots + rng.uniform(-1, 1, (600, 2)) * half * 0.9
    x, y = transformer(crs, "EPSG:4326").transform(inside[:, 0], inside[:, 1])
    degrees = np.column_stack((x, y))
    box = (*degrees.min(axis=0), *degrees.max(axis=0))
    return shapes, degrees, crs, (float(box[0]), float(box[1]), float(box[2]), float(box[3]))


def faulty(fault: str, degrees: np.ndarray, crs: str) -> tuple[np.ndarray, str, str]:
    """Numbers, what they are said to be in, and what they are in."""
    known = zone_of(crs)
    assert known is not None
    zone = known[0]

    def metres(code: str) -> np.ndarray:
        return np.column_stack(transformer("EPSG:4326", code).transform(*degrees.T))

    prefixed = zone_crs(zone, prefix=True)
    if fault == "swap":
        return metres(crs)[:, ::-1], crs, f"{crs}:yx"
    if fault == "prefix":
        return metres(prefixed), crs, prefixed
    if fault == "no prefix":
        return metres(crs), prefixed, crs
    if fault in ("east", "west"):
        other = zone_crs(zone + (1 if fault == "east" else -1), prefix=False)
        return metres(crs), other, crs
    if fault == "degrees":
        return degrees, crs, "EPSG:4326"
    if fault in ("ft", "mm"):
        return metres(crs) / {"ft": 0.3048, "mm": 0.001}[fault], crs, f"{crs}:{fault}"
    moved = {"gcj02": gcj02_of, "bd09": bd09_of}[fault](degrees)
    return moved, "EPSG:4326", {"gcj02": "GCJ-02", "bd09": "BD-09"}[fault]


def placed(points: np.ndarray, crs: str | None, ground: Ground, wanted: str | None = None):  # type: ignore[no-untyped-def]
    shapes = shapely.points(points)
    columns = {"source_id": np.arange(len(shapes)).astype(str).astype(object)}
    log = IssueLog()
    return place(Reading(crs, [Units("object", columns, shapes)]), wanted, ground, log, "a"), log


@pytest.mark.parametrize("name", CITIES)
@pytest.mark.parametrize("fault", FAULTS)
@settings(max_examples=1, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_fault_is_found_and_the_right_system_named(fault: str, name: str, seed: int) -> None:
    shapes, degrees, crs, extent = town(CITIES[name], seed)
    points, said, true = faulty(fault, degrees, crs)
    ground = Ground(crs, crs, extent, lambda: (Reference(shapes, crs),))
    result, log = placed(points, said, ground)
    assert result is None
    (issue,) = log.errors
    assert issue.code == ("CRS_SHIFTED" if fault in ("gcj02", "bd09") else "CRS_OUTSIDE_EXTENT")
    assert f"--crs {true} " in f"{issue.why['en']} {issue.fix['en']} ".replace(";", " ")
    mended, log = placed(points, said, ground, true)
    assert mended is not None
    assert not log.errors
    assert "CRS_SHIFTED_AS_ASKED" not in {found.code for found in log}


@pytest.mark.parametrize("name", CITIES)
@settings(max_examples=1, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_true_data_raise_no_alarm(name: str, seed: int) -> None:
    shapes, degrees, crs, extent = town(CITIES[name], seed)
    ground = Ground(crs, crs, extent, lambda: (Reference(shapes, crs),))
    known = zone_of(crs)
    assert known is not None
    for code in (crs, zone_crs(known[0], prefix=True), "EPSG:4326", "EPSG:4490", "EPSG:3857"):
        points = np.column_stack(transformer("EPSG:4326", code).transform(*degrees.T))
        result, log = placed(points, code, ground)
        assert result is not None, (code, log.to_json())
        assert not len(log)
    for code, forward in (("GCJ-02", gcj02_of), ("BD-09", bd09_of)):
        assert not len(placed(forward(degrees), code, ground)[1])


def test_without_a_statement_the_buildings_tell_which_degrees_they_are() -> None:
    shapes, degrees, crs, extent = town(CITIES["烟台"], 1)
    ground = Ground(crs, crs, extent, lambda: (Reference(shapes, crs),))
    for points, name in ((degrees, "EPSG:4326"), (bd09_of(degrees), "BD-09")):
        _, log = placed(points, None, ground)
        assert log.errors[0].code == "CRS_MISSING"
        assert f"would fit --crs {name} " in log.errors[0].why["en"]
    _, log = placed(degrees, None, Ground(crs, crs, extent))
    assert "only buildings or roads can tell" in log.errors[0].why["en"]


def test_a_shift_that_no_map_service_makes_is_told_and_not_explained_away() -> None:
    shapes, degrees, crs, extent = town(CITIES["上海"], 2)
    x, y = transformer("EPSG:4326", crs).transform(*degrees.T)
    ground = Ground(crs, crs, extent, lambda: (Reference(shapes, crs),))
    result, log = placed(np.column_stack((x + 120, y - 60)), crs, ground)
    assert result is not None
    assert [issue.code for issue in log] == ["CRS_APART"]
    assert re.search(r"-1[12]\d m east, \+[56]\d m north", log.warnings[0].why["en"])


def test_what_was_asked_for_by_hand_is_done_with_a_warning() -> None:
    shapes, degrees, crs, extent = town(CITIES["深圳"], 3)
    ground = Ground(crs, crs, extent, lambda: (Reference(shapes, crs),))
    result, log = placed(gcj02_of(degrees), "EPSG:4326", ground, "EPSG:4326")
    assert result is not None
    assert [issue.code for issue in log] == ["CRS_SHIFTED_AS_ASKED"]


def test_a_shore_that_would_meet_more_roads_when_shifted_is_not_said_to_be_shifted() -> None:
    crs, (west, south) = "EPSG:4549", (507_000.0, 4_156_000.0)
    shore = np.column_stack((west + np.linspace(0, 12_000, 960), np.full(960, south)))
    away = shore
    for _ in range(5):  # where the shore is when its numbers are taken for BD-09
        degrees = np.column_stack(transformer(crs, "EPSG:4326").transform(*away.T))
        moved = np.column_stack(transformer("EPSG:4326", crs).transform(*bd09_of(degrees).T))
        away = away + shore - moved
    roads = [shapely.linestrings(away[start : start + 30]) for start in range(0, 900, 80)]
    box = shapely.box(west - 3000, south - 3000, west + 15_000, south + 3000)
    frame = shapely.linestrings(shapely.get_coordinates(box))
    found = measure(shore, crs, Reference(np.array([*roads, frame]), crs, "line"))
    assert found is not None
    assert found.hits[f"{crs}:bd09"] > found.hits[crs] + 0.25
    assert found.best == ""
    ways = np.array([*(shapely.linestrings(part) for part in np.split(away, 8)), frame])
    found = measure(shore, crs, Reference(ways, crs, "line"))
    assert found is not None
    assert found.best == f"{crs}:bd09"


def test_feet_and_mercator_are_named_abroad() -> None:
    manhattan = (-74.02, 40.70, -73.97, 40.76)
    x = np.linspace(manhattan[0], manhattan[2], 50)
    y = np.linspace(manhattan[1], manhattan[3], 50)
    for true, said in (("EPSG:2263", "EPSG:32118"), ("EPSG:3857", "EPSG:32618")):
        points = np.column_stack(transformer("EPSG:4326", true).transform(x, y))
        found = detect(points, said, manhattan, "EPSG:32618")
        assert not found.fits
        assert true in [item.crs for item in found.proposals]


def test_shanghai_s_places_agree_with_its_buildings_and_their_shifted_copies_do_not(
    shared: Path,
) -> None:
    core = shared / "data" / "china" / "shanghai_core_derived"
    told = json.loads((core / "buildings.geojson").read_text(encoding="utf-8"))
    buildings = gpd.GeoDataFrame.from_features(told["features"], crs=4326)
    model = Reference(buildings.geometry.to_crs(4549).to_numpy(), "EPSG:4549")
    tables = [pd.read_csv(p) for p in sorted((shared / "data/china/shanghai_poi").glob("*.csv"))]
    points = np.concatenate(
        [table[["lon", "lat"]].to_numpy(float) for table in tables if "lat" in table]
    )
    found = measure(points, "EPSG:4326", model)
    assert found is not None
    assert found.best == ""
    assert not found.apart
    assert found.hits["EPSG:4326"] > 2 * max(found.hits["GCJ-02"], found.hits["BD-09"])
    for forward, name in ((gcj02_of, "GCJ-02"), (bd09_of, "BD-09")):
        moved = measure(forward(points), "EPSG:4326", model)
        assert moved is not None
        assert moved.best == name
    own = measure(probes(buildings.geometry.to_numpy(), "area"), "GCJ-02", model)
    assert own is not None
    assert own.best == "EPSG:4326"
    assert np.hypot(own.east - 426, own.north + 217) < 15
