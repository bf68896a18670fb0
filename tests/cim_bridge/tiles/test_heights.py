"""Heights come back to 4 mm, at every level of detail, with the city's height offset."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyproj
import pytest
import shapely

from cim_bridge.geometry.extrude import extrude
from cim_bridge.mesh import Mesh, join
from cim_bridge.tiles import write_tilesets
from tests.cim_bridge.tiles.reading import read

OFFSET = -17.35
EXACT = 0.004
"""Metres. The step is 2^-8 m, so a height is off by 2 mm at most, and a building's place in the
lattice of 2^-8 to 2^-4 m tilts that by less than another millimetre."""
TO_HEIGHT = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)


def pyramids(shapes: np.ndarray, base: np.ndarray, tip: np.ndarray, feature: np.ndarray) -> Mesh:
    """Four faces over every rectangle."""
    low, high = shapely.bounds(shapes)[:, :2], shapely.bounds(shapes)[:, 2:]
    west, south, east, north = low[:, 0], low[:, 1], high[:, 0], high[:, 1]
    corners = [(west, south), (east, south), (east, north), (west, north)]
    points = [np.column_stack([x, y, base]) for x, y in corners]
    points.append(np.column_stack([(west + east) / 2, (south + north) / 2, tip]))
    faces = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    count = len(shapes)
    every = (np.arange(count)[:, None, None] * 5 + faces).reshape(-1, 3)
    return Mesh.of(np.stack(points, axis=1), every, np.repeat(feature, 4), 0, 2)


def ground_of(block: np.ndarray) -> np.ndarray:
    return 3.137 + block * 0.211


def roof_of(block: np.ndarray) -> np.ndarray:
    return ground_of(block) + 9.0 + block * 1.347


@pytest.fixture(scope="module")
def city(make_city):
    """Every block has one ground and one height, so that its massing has them too; every building
    has a finest level of detail out of five, from LoD2 on with a pyramid on top."""
    plain = make_city(50)
    units = plain.level("building")
    shapes = np.asarray(units.geometry.values)
    block = units["parent_block"].str.removeprefix("block:B").to_numpy().astype(int)
    low, high = ground_of(block), roof_of(block)
    lod = np.array([10, 12, 20, 22, 31])[np.arange(len(units)) % 5]
    rows = np.arange(len(units))
    fine = lod >= 20
    eaves = high - 2.718 * fine
    solid = extrude(shapes, low, eaves, rows)
    caps = pyramids(shapes[fine], eaves[fine], high[fine], rows[fine])
    mesh = join([solid, caps])
    mesh = dataclasses.replace(mesh, lod=lod[mesh.feature].astype(np.uint8))
    return dataclasses.replace(plain, mesh=mesh, height_offset=OFFSET), low, high, lod


@pytest.mark.parametrize("profile", ["portable", "lean"])
def test_heights_decode_within_four_millimetres_at_every_level_of_detail(city, profile, tmp_path):
    model, low, high, lod = city
    write_tilesets(model, tmp_path, profile=profile)
    seen: set[int] = set()
    blocks = 0
    for tile in read(tmp_path / "buildings" / "tileset.json"):
        assert tile.step[2] == pytest.approx(2.0**-8)
        row = tile.table.row[tile.feature].astype(int)
        massing = tile.table.massing[tile.feature] == 1
        height = TO_HEIGHT.transform(*tile.points.T)[2] - OFFSET
        if massing.all():
            blocks += 1
            expected = np.column_stack([ground_of(row), roof_of(row)])
        else:
            expected = np.column_stack([low[row], high[row], high[row] - 2.718])
        off = np.abs(height[:, None] - expected).min(axis=1)
        assert off.max() < EXACT
        seen |= set(lod[row[~massing]].tolist())
    assert seen == {10, 12, 20, 22, 31}
    assert blocks > 0


def test_a_tower_beyond_256_metres_takes_the_next_step(make_city, tmp_path):
    plain = make_city(2)
    tower = extrude(
        np.array([shapely.box(623_000, 4_150_000, 623_030, 4_150_030)]),
        np.array([2.0]), np.array([634.0]), np.array([0]),
    )  # fmt: skip
    write_tilesets(dataclasses.replace(plain, mesh=tower, height_offset=OFFSET), tmp_path)
    (tile,) = read(tmp_path / "buildings" / "tileset.json")
    assert tile.step[2] == pytest.approx(2.0**-6)
    height = TO_HEIGHT.transform(*tile.points.T)[2] - OFFSET
    assert np.abs(height[:, None] - [2.0, 634.0]).min(axis=1).max() <= 2.0**-7 + 0.001
