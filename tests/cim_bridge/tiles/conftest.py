"""A seeded city of boxes for the tests of tiles: blocks, districts, water, park and roads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cim_bridge.geometry.extrude import extrude
from cim_bridge.mesh import Mesh
from cim_bridge.model import UNIT_COLUMNS, CityModel

WEST, SOUTH = 623_000.0, 4_150_000.0
"""Corner of the test city, EPSG:4549 (Yantai)."""

PITCH = 25.0
BLOCK = 5
"""Buildings stand every 25 m; a block is 5 by 5 of them."""


def _units(level: str, ids: list[str], geometry: Any, **columns: Any) -> gpd.GeoDataFrame:
    count = len(ids)
    empty: dict[str, Any] = {
        "id": [f"{level}:{i}" for i in ids], "level": level, "source_id": ids,
        "row": np.arange(count, dtype=np.uint32),
        "visual_group": np.zeros(count, np.uint32), "kind": "", "removed": False,
        "attributes": "{}",
    }  # fmt: skip
    table = pd.DataFrame({**empty, **columns})
    table = table.reindex(columns=[c for c in UNIT_COLUMNS if c != "geometry"])
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4549")


def _slope(x: np.ndarray, y: np.ndarray, relief: float) -> np.ndarray:
    return relief * (np.sin((x - WEST) / 300.0) + (y - SOUTH) / 500.0)


def _city(side: int = 20, *, seed: int = 7, relief: float = 0.0, blocks: bool = True) -> CityModel:
    rng = np.random.default_rng(seed)
    j, i = np.meshgrid(np.arange(side), np.arange(side))
    x = WEST + PITCH * j.ravel() + 4.0
    y = SOUTH + PITCH * i.ravel() + 4.0
    wide, deep = rng.uniform(8, 16, side * side), rng.uniform(8, 16, side * side)
    shapes = shapely.box(x, y, x + wide, y + deep)
    low = 5.0 + _slope(x, y, relief)
    high = low + rng.uniform(6, 60, side * side)
    number = side * side
    mesh = extrude(shapes, low, high, np.arange(number), lod=10)
    per = -(-side // BLOCK)
    block = i.ravel() // BLOCK * per + j.ravel() // BLOCK
    names = [f"B{k}" for k in range(per * per)]
    bi, bj = np.divmod(np.arange(per * per), per)
    size = PITCH * BLOCK
    squares = shapely.box(
        WEST + bj * size, SOUTH + bi * size, WEST + (bj + 1) * size, SOUTH + (bi + 1) * size
    )
    whole = shapely.box(WEST, SOUTH, WEST + per * size, SOUTH + per * size)
    half = shapely.box(WEST, SOUTH, WEST + per * size / 2, SOUTH + per * size)
    building_ids = [f"楼-{k:05d}" for k in range(number)]
    frames = [
        _units("city", ["test"], [whole]),
        _units("district", ["西区", "东区"], [half, shapely.difference(whole, half)]),
        _units(
            "building", building_ids, shapes, parent_block=[f"block:B{b}" for b in block],
            visual_group=np.arange(number, dtype=np.uint32) + 10,
        ),
        _units(
            "object", ["r1", "r2", "bay", "park"],
            [
                shapely.LineString([(WEST, SOUTH + 1), (WEST + 400, SOUTH + 401)]),
                shapely.LineString([(WEST, SOUTH + 50), (WEST + 400, SOUTH + 50)]),
                shapely.box(WEST - 300, SOUTH, WEST, SOUTH + 400),
                shapely.Point(WEST + 200, SOUTH + 200).buffer(60),
            ],
            kind=["road", "road", "sea", "park"],
            attributes=[json.dumps({"width": 12}), json.dumps({"highway": "primary"}), "{}", "{}"],
        ),
    ]  # fmt: skip
    if blocks:
        frames.insert(2, _units("block", names, squares))
    units = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs="EPSG:4549")
    return CityModel(crs="EPSG:4549", units=units, mesh=mesh, height_offset=8.5, synthetic=True)


@pytest.fixture(scope="session")
def make_city() -> Callable[..., CityModel]:
    return _city


@pytest.fixture(scope="session")
def flat_tin() -> Mesh:
    corners = np.array([[0, 0, 4.0], [600, 0, 4.0], [600, 600, 64.0], [0, 600, 64.0]])
    return Mesh.of(corners + np.array([WEST, SOUTH, 0.0]), np.array([[0, 1, 2], [0, 2, 3]]))
