"""Layers on the ground: few triangles where it is flat, none through a hill, no cracks."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cim_bridge.geometry.terrain import terrain
from cim_bridge.tiles.cutting import pieces_of
from cim_bridge.tiles.drape import lattice_triangles, simplified
from cim_bridge.tiles.lattice import TOLERANCE, Lattice
from cim_bridge.tiles.relief import Relief
from cim_bridge.tiles.stitch import GRAIN

LOW, HIGH = np.array([623_000.0, 4_150_000.0]), np.array([627_000.0, 4_153_000.0])


def _hill(points: np.ndarray) -> np.ndarray:
    """A hill of 80 m in a plain that slopes by 1 %."""
    x, y = points[:, 0] - LOW[0], points[:, 1] - LOW[1]
    hill = np.maximum(80.0 - np.hypot(x - 1000, y - 1000) / 8.0, 0.0)
    return np.asarray(5.0 + x / 100.0 + hill)


@pytest.fixture(scope="module")
def relief() -> Relief:
    x, y = np.meshgrid(np.arange(LOW[0], HIGH[0] + 1, 25), np.arange(LOW[1], HIGH[1] + 1, 25))
    flat = np.column_stack([x.ravel(), y.ravel()])
    return Relief.of(np.column_stack([flat, _hill(flat)]), LOW, HIGH)


@pytest.fixture(scope="module")
def whole() -> np.ndarray:
    return np.array([shapely.Polygon([LOW, (627_000, 4_150_300), HIGH, (623_200, 4_152_900)])])


def _area(triangles: np.ndarray) -> np.ndarray:
    u, v = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.asarray((u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2.0)


def test_triangles_cover_each_area_exactly(relief, whole):
    areas = np.concatenate([whole, [shapely.Point(624_000, 4_151_000).buffer(700)]])
    triangles, owner = lattice_triangles(areas, relief)
    found = np.bincount(owner, _area(triangles))
    assert found == pytest.approx(shapely.area(areas), rel=1e-6)
    assert (_area(triangles) > -GRAIN).all()


def test_no_triangle_leaves_the_ground_by_more_than_the_tolerance(relief, whole):
    triangles, _ = lattice_triangles(whole, relief)
    heights = relief.height(triangles.reshape(-1, 2)).reshape(-1, 3)
    shares = np.random.default_rng(3).dirichlet([1, 1, 1], 20)
    for share in shares:
        ground = relief.height(np.einsum("k,tkj->tj", share, triangles))
        assert np.abs(ground - heights @ share).max() <= 2 * TOLERANCE + 1e-6


def test_a_plain_takes_few_triangles_and_a_hill_many(relief, whole):
    owners = np.array([shapely.box(625_500, 4_150_500, 626_900, 4_152_500),
                       shapely.box(623_300, 4_150_400, 624_700, 4_152_400)])  # fmt: skip
    _, owner = lattice_triangles(owners, relief)
    plain, hill = np.bincount(owner)
    assert plain < 150
    assert hill > 10 * plain


def test_pieces_of_different_sizes_leave_no_cracks(relief, whole):
    triangles, _ = lattice_triangles(whole, relief)
    grid = np.rint((triangles - LOW) / GRAIN).astype(np.int64)
    _, spot = np.unique(grid.reshape(-1, 2), axis=0, return_inverse=True)
    corner = spot.reshape(-1, 3)
    edges = np.concatenate([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [2, 0]]])
    a, b = edges.min(axis=1), edges.max(axis=1)
    real = a != b
    _, first, times = np.unique(
        a[real] << 32 | b[real], return_index=True, return_counts=True
    )  # fmt: skip
    assert times.max() == 2
    flat = triangles.reshape(-1, 2)
    place = np.zeros((spot.max() + 1, 2))
    place[spot.reshape(-1)] = flat
    lone = first[times == 1]
    middle = (place[a[real][lone]] + place[b[real][lone]]) / 2.0
    away = shapely.distance(whole[0].exterior, shapely.points(middle))
    assert away.max() < 0.01


def test_what_fits_a_flat_block_is_not_cut(relief):
    house = np.array([shapely.box(626_210, 4_152_210, 626_240, 4_152_240)])
    triangles, _ = lattice_triangles(house, relief)
    assert len(triangles) == 2


def test_an_area_of_next_to_nothing_gives_nothing(relief):
    thin = np.array([shapely.box(624_000, 4_151_000, 624_000 + 1e-5, 4_151_000.01)])
    triangles, owner = lattice_triangles(thin, relief)
    assert len(owner) == len(triangles)
    assert np.abs(_area(triangles)).sum() < 1e-5


def test_pieces_lie_in_their_blocks(relief, whole):
    lattice = Lattice(relief)
    pieces = pieces_of(whole, lattice)
    bounds = shapely.bounds(pieces.shapes)
    wide = (bounds[:, 2:] - bounds[:, :2]).max(axis=1)
    assert wide.max() <= 500.0 + 1e-3
    assert (np.isclose(wide, relief.cell)).sum() > 100


def test_the_relief_follows_the_triangles_it_is_given():
    rng = np.random.default_rng(4)
    flat = rng.uniform(LOW, HIGH, (4000, 2))
    shapes = shapely.points(np.column_stack([flat, _hill(flat)]))
    tin = terrain(shapes, np.full(len(flat), np.nan))
    assert tin is not None
    relief = Relief.of(tin.vertices, LOW + 300, HIGH - 300, triangles=tin.triangles.astype(int))
    corner = tin.vertices[tin.triangles]
    rows, columns = np.mgrid[12:50:7, 12:70:7]
    at = np.column_stack([relief.west + columns.ravel() * relief.cell,
                          relief.south + rows.ravel() * relief.cell])  # fmt: skip
    tree = shapely.STRtree(shapely.polygons(corner[:, :, :2]))
    point, triangle = tree.query(shapely.points(at), predicate="intersects")
    a, b, c = (corner[triangle, k] for k in range(3))
    normal = np.cross(b - a, c - a)
    truth = a[:, 2] - ((at[point] - a[:, :2]) * normal[:, :2]).sum(axis=1) / normal[:, 2]
    assert relief.height(at[point]) == pytest.approx(truth, abs=1e-6)


def test_detailed_shores_lose_corners_but_stay_neighbours():
    x = np.linspace(0, 1000, 2000)
    shore = np.column_stack([x, 500 + 0.2 * np.sin(x * 3)])
    south = shapely.Polygon([*shore, (1000, 0), (0, 0)])
    north = shapely.Polygon([*shore, (1000, 1000), (0, 1000)])
    found = simplified(np.array([south, north]))
    assert shapely.get_num_coordinates(found).sum() < 300
    assert shapely.area(shapely.intersection(*found)) < 1e-6
    assert shapely.area(shapely.union(*found)) == pytest.approx(1e6, rel=1e-9)
    few = np.array([shapely.box(0, 0, 5, 5)])
    assert simplified(few) is few
