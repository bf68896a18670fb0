"""Levels of detail: massing, blocks, the finest; every id once in the finest, errors measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim_bridge.citylevels import settled
from cim_bridge.geometry.extrude import extrude
from cim_bridge.geometry.quality import shells
from cim_bridge.mesh import ROOF, WALL, Mesh, join
from cim_bridge.tiles import write_tilesets
from cim_bridge.tiles.blocks import ROOF_SHARE, block_features, deviation
from cim_bridge.tiles.buildings import building_features
from cim_bridge.tiles.city import TiledCity
from cim_bridge.tiles.columns import Columns
from tests.cim_bridge.tiles.reading import read

EAVE, RIDGE, DORMERS = 6.0, 10.0, 4


def _gabled(shapes, base, lod: int = 22) -> Mesh:
    """Gabled houses with walls cut into strips, so that a block is much less."""
    west, south, east, north = shapely.bounds(shapes).T
    middle = (south + north) / 2.0
    vertices, triangles, feature, surface = [], [], [], []
    for k in range(len(shapes)):
        x = np.linspace(west[k], east[k], DORMERS + 1)
        first = len(vertices)
        for z, y in (
            (base[k], south[k]), (base[k] + EAVE, south[k]), (base[k] + RIDGE, middle[k]),
            (base[k] + EAVE, north[k]), (base[k], north[k]),
        ):  # fmt: skip
            vertices += [[one, y, z] for one in x]
        for row in range(4):
            for step in range(DORMERS):
                a = first + row * (DORMERS + 1) + step
                b, c, d = a + 1, a + DORMERS + 2, a + DORMERS + 1
                triangles += [[a, b, c], [a, c, d]]
                feature += [k, k]
                surface += [WALL if row in (0, 3) else ROOF] * 2
    return Mesh.of(
        np.array(vertices), np.array(triangles), np.array(feature), lod, np.array(surface)
    )


@pytest.fixture(scope="module")
def model(make_city):
    """A city whose houses all have a gable; every tenth has a block of its own as well."""
    model = make_city(20, seed=3)
    shapes = np.asarray(model.units.loc[model.units.level == "building", "geometry"].values)
    base = np.full(len(shapes), 5.0)
    gables = _gabled(shapes, base)
    some = np.arange(0, len(shapes), 10)
    given = extrude(shapes[some], base[some], base[some] + 9.0, some, lod=12)
    return replace(model, mesh=join([gables, given]))


@pytest.fixture(scope="module")
def written(model, tmp_path_factory):
    out = tmp_path_factory.mktemp("levels")
    return out, write_tilesets(model, out)


def _sets(model):
    city = TiledCity.of(model)
    units = Columns.of(city, "building")
    fine = building_features(city.mesh, units)
    return fine, block_features(city.mesh, units, fine)


def test_every_building_is_once_in_the_finest_tiles_and_once_among_the_blocks(model, written):
    out, entry = written
    tiles = list(read(out / "buildings" / "tileset.json"))
    leaves = np.concatenate([tile.table.row for tile in tiles if tile.is_leaf])
    assert sorted(leaves.tolist()) == list(range(400))
    middle = [tile for tile in tiles if not tile.is_leaf and not tile.table.massing.any()]
    rows = np.concatenate([tile.table.row for tile in middle])
    assert sorted(rows.tolist()) == list(range(400))
    assert entry["buildings"]["features"] == 400
    assert sum(len(tile.triangles) for tile in middle) < 0.5 * sum(
        len(tile.triangles) for tile in tiles if tile.is_leaf
    )


def test_errors_fall_from_level_to_level_and_are_what_was_measured(model, written):
    out, _ = written
    _, blocks = _sets(model)
    for tile in read(out / "buildings" / "tileset.json"):
        if tile.is_leaf:
            assert tile.tile["geometricError"] == 0
        elif not tile.table.massing.any():
            told = float(np.percentile(blocks.error[tile.table.row], 90))
            assert tile.tile["geometricError"] == pytest.approx(told, abs=1e-3)
            assert 1.0 < told < RIDGE - EAVE
        for child in tile.tile.get("children", []):
            assert child["geometricError"] <= tile.tile["geometricError"]


def test_a_made_block_reaches_the_height_below_which_most_of_the_roof_lies(model):
    fine, blocks = _sets(model)
    low, high = blocks.features.bounds
    made = np.arange(400) % 10 != 0
    # the eight triangles along a slope have their middles at a third and at two thirds of it
    assert (high - low)[made, 2] == pytest.approx(EAVE + (RIDGE - EAVE) * 2 / 3)
    assert (high - low)[~made, 2] == pytest.approx(9.0)
    assert ROOF_SHARE == 0.7
    assert np.array_equal(blocks.features.row, fine.row)


def test_deviation_is_the_distance_of_the_worst_corner_of_the_roof(model):
    fine, blocks = _sets(model)
    chosen = np.array([0, 1, 399])
    found = deviation(fine, blocks.features, chosen)
    assert found[0] == pytest.approx(3.0)
    assert found[1:] == pytest.approx((RIDGE - EAVE) * 2 / 3)
    assert deviation(fine, fine, chosen) == pytest.approx(0.0, abs=1e-9)


def test_a_city_of_blocks_alone_gets_no_further_level(make_city, tmp_path: Path):
    city = make_city(20, seed=3)
    _, blocks = _sets(city)
    assert blocks is None
    write_tilesets(city, tmp_path)
    tiles = list(read(tmp_path / "buildings" / "tileset.json"))
    assert all(tile.is_leaf or tile.table.massing.any() for tile in tiles)


def test_a_building_without_anything_finer_stays_a_block_in_the_finest_tile(make_city, tmp_path):
    city = make_city(20, seed=3)
    shapes = np.asarray(city.units.loc[city.units.level == "building", "geometry"].values)
    fine = np.arange(0, 400, 2)
    gables = _gabled(shapes[fine], np.full(len(fine), 5.0)).with_features(fine)
    rest = city.mesh.select(city.mesh.feature % 2 == 1)
    write_tilesets(replace(city, mesh=join([gables, rest])), tmp_path)
    tiles = list(read(tmp_path / "buildings" / "tileset.json"))
    leaves = np.concatenate([tile.table.row for tile in tiles if tile.is_leaf])
    assert sorted(leaves.tolist()) == list(range(400))


def test_parts_of_unlike_detail_neither_leave_a_hole_nor_stand_twice():
    # building 0 with parts 1 (2.2 and 1.2) and 2 (1.2 only); building 3 whole 1.0, part 4 2.0
    types = ["Building", "BuildingPart", "BuildingPart", "Building", "BuildingPart"]
    root = np.array([0, 0, 0, 3, 3])
    owner = np.array([1, 1, 2, 3, 4])
    lod = np.array([22, 12, 12, 10, 20])
    row = np.array([0, 0, 0, 1, 1])
    found, keep = settled(lod, owner, row, root, types)
    # part 2 is shown beside part 1; part 1's block is not all of the building, so it goes
    assert found.tolist() == [22, 12, 22, 10, 20]
    assert keep.tolist() == [True, False, True, True, True]


def test_a_shell_is_judged_without_the_block_that_stands_in_it():
    shapes = shapely.box(np.array([0.0, 20.0]), 0.0, np.array([10.0, 30.0]), 8.0)
    fine = extrude(shapes, np.zeros(2), np.full(2, 9.0), np.arange(2), lod=22)
    block = extrude(shapes[:1], np.zeros(1), np.full(1, 7.0), np.arange(1), lod=12)
    _, found = shells(join([fine, block.select(block.surface != WALL)]))
    assert (found.judged, found.open, found.flipped) == (2, 0, 0)
