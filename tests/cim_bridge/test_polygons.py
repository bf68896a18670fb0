from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from mapbox_earcut import triangulate_float64

from cim_bridge.writers.polygons import polygons_of


def flat(shape: shapely.Polygon, tilt: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A polygon as triangles in a tilted plane."""
    rings = [np.array(r.coords)[:-1] for r in (shape.exterior, *shape.interiors)]
    points = np.concatenate(rings)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    triangles = triangulate_float64(points, ends).reshape(-1, 3).astype(np.int64)
    a, b, c = (points[triangles[:, k]] for k in range(3))
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) < (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    triangles[turned] = triangles[turned][:, ::-1]
    return np.column_stack((points, points[:, 0] * tilt)), triangles


def kinds(triangles: np.ndarray) -> np.ndarray:
    return np.zeros(len(triangles), np.int64)


def shape_of(points: np.ndarray, rings: list[list[int]]) -> shapely.Polygon:
    outer, *holes = ([points[n][:2] for n in ring] for ring in rings)
    return shapely.Polygon(outer, holes)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 14), st.integers(0, 3), st.floats(-2, 2), st.integers(0, 2**31))
def test_a_face_comes_back_as_it_was_with_its_holes(
    corners: int, holes: int, tilt: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners) + np.arange(corners) * 0)
    radii = rng.uniform(20, 60, corners)
    outer = shapely.Polygon(np.column_stack((radii * np.cos(angles), radii * np.sin(angles))))
    courts = [shapely.box(x, x, x + 2, x + 2) for x in (-6.0, -2.0, 3.0)[:holes]]
    whole = outer.buffer(0)
    for court in courts:
        whole = whole.difference(court)
    if whole.geom_type != "Polygon" or not outer.is_valid or whole.area < 5:
        return
    whole = shapely.set_precision(whole, 0.01)
    if whole.geom_type != "Polygon":
        return
    points, triangles = flat(whole, tilt)
    made = polygons_of(points, triangles, kinds(triangles))
    assert sum(shape_of(points, rings).area for rings in made.rings) == pytest.approx(whole.area)
    if len(made) == 1:
        assert shape_of(points, made.rings[0]).equals(whole)


def test_a_wall_with_two_courts_is_one_face() -> None:
    whole = shapely.box(0, 0, 20, 10) - shapely.box(2, 2, 4, 4) - shapely.box(8, 3, 12, 8)
    points, triangles = flat(whole, 0.5)
    made = polygons_of(points, triangles, kinds(triangles))
    assert len(made) == 1
    assert [len(ring) for ring in made.rings[0]] == [4, 4, 4]
    assert shape_of(points, made.rings[0]).equals(whole)


def test_a_rim_that_touches_itself_is_no_face() -> None:
    """Two courts in a row: earcut joins them by a seam along their common line."""
    whole = shapely.box(0, 0, 20, 10) - shapely.box(2, 2, 4, 4) - shapely.box(8, 2, 12, 8)
    points, triangles = flat(whole)
    made = polygons_of(points, triangles, kinds(triangles))
    shapes = [shape_of(points, rings) for rings in made.rings]
    assert shapely.is_valid(shapes).all()
    assert sum(one.area for one in shapes) == pytest.approx(whole.area)


def cube() -> tuple[np.ndarray, np.ndarray]:
    points = np.array([[x, y, z] for z in (0, 3) for y in (0, 5) for x in (0, 7)], float)
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
    return points, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])


def test_a_box_has_six_faces_turned_outward_and_kinds_part_them() -> None:
    points, triangles = cube()
    made = polygons_of(points, triangles, kinds(triangles))
    assert [len(ring) for rings in made.rings for ring in rings] == [4] * 6
    for rings in made.rings:
        a, b, c = points[rings[0][:3]]
        middle = points[rings[0]].mean(axis=0) - points.mean(axis=0)
        assert np.dot(np.cross(b - a, c - b), middle) > 0
    assert len(polygons_of(points, triangles, np.arange(12))) == 12
    assert len(polygons_of(points, triangles, np.arange(12) % 2)) == 12


def test_a_round_tower_of_narrow_strips_does_not_become_one_face() -> None:
    angle = np.linspace(0, 2 * np.pi, 721)[:-1]
    ring = np.column_stack((20 * np.cos(angle), 20 * np.sin(angle)))
    points = np.concatenate([np.column_stack((ring, np.full(720, z))) for z in (0.0, 9.0)])
    a = np.arange(720)
    b = (a + 1) % 720
    triangles = np.concatenate(
        [np.column_stack((a, b, b + 720)), np.column_stack((a, b + 720, a + 720))]
    )
    made = polygons_of(points, triangles, kinds(triangles))
    for rings in made.rings:
        corners = points[rings[0]]
        middle = corners - corners.mean(axis=0)
        assert np.linalg.svd(middle)[1][-1] < 0.01
    assert len(made) > 100


def test_a_corner_within_a_face_is_not_lost() -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0], [2, 2, 0]], float)
    triangles = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    made = polygons_of(points, triangles, kinds(triangles))
    assert made.rings == [[t] for t in triangles.tolist()]


def test_faces_that_touch_in_a_corner_stay_triangles() -> None:
    points = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [4, 2, 0], [4, 4, 0],
                       [2, 4, 0], [0, 4, 0]], float)  # fmt: skip
    triangles = np.array([[0, 1, 2], [0, 2, 3], [2, 4, 5], [2, 5, 6], [3, 2, 6], [3, 6, 7]])
    made = polygons_of(points, triangles[:4], kinds(triangles[:4]))
    assert len(made) == 2
    assert sum(shape_of(points, rings).area for rings in made.rings) == pytest.approx(8)
    assert len(polygons_of(np.zeros((0, 3)), triangles[:0], kinds(triangles[:0]))) == 0
