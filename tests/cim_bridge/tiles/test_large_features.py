"""Features beyond a tile's budget or its cell: whole, once, without a hole, where they belong."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from cim_bridge.check import check_tileset
from cim_bridge.mesh import Mesh, join
from cim_bridge.tiles import write_tilesets
from cim_bridge.tiles.equal import first_equal
from cim_bridge.tiles.quadtree import MAX_CORNERS, build
from tests.cim_bridge.tiles.conftest import SOUTH, WEST
from tests.cim_bridge.tiles.reading import Drawn, read
from tests.cim_bridge.tiles.test_buildings_tileset import expected_ecef

MALL, VIADUCT = 5, 17


def sheet(east: np.ndarray, north: np.ndarray, height: np.ndarray, feature: int) -> Mesh:
    """A roof over a lattice: heights (rows, columns)."""
    rows, columns = height.shape
    x, y = np.meshgrid(east, north)
    k = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = k[:-1, :-1], k[:-1, 1:], k[1:, 1:], k[1:, :-1]
    faces = np.concatenate(
        [np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([a, c, d], axis=-1).reshape(-1, 3)]
    )
    points = np.column_stack([x.ravel(), y.ravel(), height.ravel()])
    return Mesh.of(points, faces, feature, 22, 2)


def mall() -> Mesh:
    """300,304 vertices over 220 m."""
    side = 548
    along = np.arange(side) * 0.4
    u, v = np.meshgrid(along, along)
    height = 24.0 + 6.0 * np.sin(u / 9.0) * np.cos(v / 7.0) + 0.001 * u
    return sheet(WEST + 40.0 + along, SOUTH + 40.0 + along, height, MALL)


def viaduct() -> Mesh:
    """20 km long, 12 m wide, from the city's corner eastwards."""
    east = np.linspace(0.0, 20_000.0, 401)
    u, v = np.meshgrid(east, [0.0, 12.0])
    return sheet(WEST + east, SOUTH + 250.0 + v[:, 0], 18.0 + u / 500.0, VIADUCT)


@pytest.fixture(scope="module")
def city(make_city):
    plain = make_city(20)
    keep = ~np.isin(plain.mesh.feature, [MALL, VIADUCT])
    return dataclasses.replace(
        plain, mesh=join([plain.mesh.select(keep), mall(), viaduct()]), height_offset=-21.5
    )


@pytest.fixture(scope="module", params=["portable", "lean"])
def written(request, city, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp(request.param)
    write_tilesets(city, out, profile=request.param)
    return out


@pytest.fixture(scope="module")
def drawn(written) -> list[Drawn]:
    return list(read(written / "buildings" / "tileset.json"))


def drawn_feature(drawn: list[Drawn], row: int) -> tuple[Drawn, np.ndarray]:
    """The tile and triangles (t, 3) of a unit on the finest level."""
    found = []
    for tile in drawn:
        place = np.flatnonzero((tile.table.row == row) & (tile.table.massing == 0))
        if tile.is_leaf and len(place):
            found.append((tile, tile.triangles[tile.feature[tile.triangles[:, 0]] == place[0]]))
    assert len(found) == 1
    return found[0]


def areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2.0


def rim(points: np.ndarray, triangles: np.ndarray) -> int:
    """How many edges have a face on one side only; corners count by their place."""
    place = first_equal(*(points + 0.0).view(np.uint64).T)
    corners = place[triangles]
    ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    low, high = ends.min(axis=1), ends.max(axis=1)
    _, count = np.unique(low << 32 | high, return_counts=True)
    return int((count == 1).sum())


@pytest.mark.parametrize(("make", "row"), [(mall, MALL), (viaduct, VIADUCT)])
def test_a_large_feature_is_whole_in_one_tile_without_a_hole(city, drawn, make, row):
    mesh = make()
    tile, triangles = drawn_feature(drawn, row)
    truth = expected_ecef(city, mesh.vertices)
    assert len(triangles) == len(mesh.triangles)
    assert areas(tile.points, triangles).sum() == pytest.approx(
        areas(truth, mesh.triangles).sum(), rel=2e-4
    )
    assert rim(tile.points, triangles) == rim(mesh.vertices, mesh.triangles)
    near = np.linalg.norm(tile.step) / 2.0 + 0.002
    here = np.sort(tile.points[np.unique(triangles)] @ truth[0] / np.linalg.norm(truth[0]))
    there = np.sort(truth @ truth[0] / np.linalg.norm(truth[0]))
    spread = np.abs(np.quantile(here, [0, 0.5, 1]) - np.quantile(there, [0, 0.5, 1]))
    assert spread.max() < near


def test_every_other_building_is_still_there_and_the_check_is_content(written, drawn):
    rows = [
        row
        for tile in drawn
        if tile.is_leaf
        for row in tile.table.row[tile.table.massing == 0].tolist()
    ]
    assert sorted(rows) == list(range(400))
    log = check_tileset(written / "buildings" / "tileset.json", root=written, strict=True)
    assert [issue.code for issue in log] == []


def test_the_mall_has_wide_indices_and_a_tile_of_its_own(drawn):
    tile, _ = drawn_feature(drawn, MALL)
    assert len(tile.points) > 65_535
    assert len(tile.table.row) == 1


def test_neighbours_of_a_large_feature_are_not_scattered_over_tiny_tiles():
    rng = np.random.default_rng(2)
    anchors = rng.uniform(0, 500, (900, 2))
    corners = np.full(900, 20)
    corners[450] = MAX_CORNERS * 9
    leaves = build(anchors, corners).leaves()
    assert sorted(len(leaf.features) for leaf in leaves) == [1, 899]


def test_many_large_features_still_make_a_tree():
    rng = np.random.default_rng(2)
    tree = build(rng.uniform(0, 4000, (300, 2)), np.full(300, MAX_CORNERS * 2))
    assert len(tree.leaves()) == 300
    assert len(tree.children) <= 17
