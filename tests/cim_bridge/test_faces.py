from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_bridge.geometry import faces as faces_module
from cim_bridge.geometry.extrude import extrude
from cim_bridge.geometry.faces import read_faces
from cim_bridge.geometry.footprint import footprints, polygonal
from cim_bridge.geometry.locate import locate
from cim_bridge.geometry.parts import drawn_by_parts, holders
from cim_bridge.geometry.quality import shells
from cim_bridge.geometry.terrain import terrain
from cim_bridge.geometry.triangulate import normals, triangulate
from cim_bridge.mesh import GROUND, ROOF, WALL, Mesh, canonical, join
from tests.cim_bridge.cityfiles import volume


def test_brackets_tell_rings_faces_and_geometries() -> None:
    faces = read_faces(
        [b"[[[0,1,2,3]],[[4,5,6],[7,8,9]]]", b"[]", b"[[[[ 1, 2 ,3 ]]],[[[4,5,6]]]]"]
    )
    assert faces.corner.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6]
    assert faces.ring.tolist() == [0, 4, 7, 10, 13, 16]
    assert faces.face.tolist() == [0, 1, 3, 4, 5]
    assert faces.owner.tolist() == [0, 0, 2, 2]
    assert faces.depth.tolist() == [3, 0, 4]


def test_text_that_is_no_regular_nest_is_marked() -> None:
    faces = read_faces([b"[[0,1],[[2,3,4]]]", b"[[[0,1.5,2]]]", b"[[[0,-1,2]]]", b"[[[0,1,2]]]"])
    assert faces.depth.tolist() == [-1, -1, -1, 3]


ring = st.lists(st.integers(0, 10**6), min_size=3, max_size=6)
nested = st.lists(ring, min_size=1, max_size=3)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    surfaces=st.lists(st.lists(nested, min_size=1, max_size=4), min_size=1, max_size=5),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", ":")]),
)
def test_faces_read_as_json_would_give_them(surfaces: Any, separators: tuple[str, str]) -> None:
    texts = [json.dumps(one, separators=separators).encode() for one in surfaces]
    faces = read_faces(texts)
    rings = np.split(faces.corner, faces.ring[1:-1])
    given_faces = [
        [rings[r].tolist() for r in range(faces.face[f], faces.face[f + 1])]
        for f in range(len(faces))
    ]
    assert given_faces == [face for one in surfaces for face in one]
    assert faces.owner.tolist() == [n for n, one in enumerate(surfaces) for _ in one]


def test_reading_in_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [b"[[[%d,%d,%d]]]" % (n, n + 1, n + 2) for n in range(500)]
    whole = read_faces(texts)
    monkeypatch.setattr(faces_module, "CHUNK", 100)
    pieces = read_faces(texts)
    for name in ("corner", "ring", "face", "owner", "depth"):
        assert (getattr(whole, name) == getattr(pieces, name)).all()


def test_triangles_keep_the_area_and_winding_of_faces_with_holes() -> None:
    points = np.array(
        [[0, 0, 0], [6, 0, 0], [6, 3, 0], [3, 3, 0], [3, 6, 0], [0, 6, 0],
         [1, 1, 0], [1, 2, 0], [2, 2, 0], [2, 1, 0]], float,
    )  # fmt: skip
    faces = read_faces([b"[[[0,1,2,3,4,5],[6,7,8,9]],[[5,4,3,2,1,0]],[[0,1,2]]]"])
    triangles, owner = triangulate(faces, points)
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)[:, 2] / 2
    assert np.bincount(owner, area).round(9).tolist() == [26.0, -27.0, 9.0]
    assert (np.sign(area) == np.sign(normals(faces, points)[owner, 2])).all()


def test_walls_triangulate_in_any_direction() -> None:
    rng = np.random.default_rng(4)
    star = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], float)
    for _ in range(20):
        base, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        points = star @ base[:2] + 1e6
        faces = read_faces([b"[[[0,1,2,3,4]]]"])
        triangles, _ = triangulate(faces, points)
        a, b, c = (points[triangles[:, k]] for k in range(3))
        assert np.cross(b - a, c - a).sum(axis=0) == pytest.approx(
            normals(faces, points)[0], abs=1e-6
        )


def test_a_pentagram_is_not_taken_for_convex() -> None:
    turn = np.arange(5) * 4 * np.pi / 5
    points = np.column_stack((np.cos(turn), np.sin(turn), np.zeros(5)))
    triangles, _ = triangulate(read_faces([b"[[[0,1,2,3,4]]]"]), points)
    assert len(triangles) <= 3


def test_extruding_gives_closed_prisms_of_the_right_volume() -> None:
    ring = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    twin = shapely.MultiPolygon([shapely.box(10, 0, 12, 2), shapely.box(20, 0, 21, 1)])
    shapes = np.array([ring, twin, None], dtype=object)
    mesh = extrude(
        shapes, np.array([0.0, 1.0, 0.0]), np.array([10.0, 3.0, 1.0]), np.array([7, 3, 9])
    )
    assert volume(mesh, 7) == pytest.approx(150)
    assert volume(mesh, 3) == pytest.approx(10)
    assert set(mesh.surface.tolist()) == {WALL, ROOF, GROUND}
    assert shells(mesh)[1].open == 0


def test_a_footprint_comes_from_ground_faces_else_from_the_shadow() -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [4, 2, 0], [0, 2, 0], [9, 0, 5], [9, 2, 5]], float)
    faces = read_faces([b"[[[3,2,1,0]],[[0,1,2,3]]]", b"[[[5,4,0]]]"])
    up = normals(faces, points)
    ground = np.array([True, False, False])
    shapes = footprints(faces, points, up, ground, faces.owner, 2)
    assert shapes[0].area == pytest.approx(8)
    assert shapes[1].area == pytest.approx(9)


def test_a_wall_alone_gets_a_thin_footprint_not_none() -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [4, 0, 3], [0, 0, 3]], float)
    faces = read_faces([b"[[[0,1,2,3]]]"])
    shapes = footprints(faces, points, normals(faces, points), np.zeros(1, bool), faces.owner, 1)
    assert shapes[0].area > 0


def test_mended_collections_keep_only_their_polygons() -> None:
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    mended = polygonal(np.array([shapely.make_valid(bow), shapely.box(0, 0, 1, 1)], dtype=object))
    assert mended[0].area == pytest.approx(2)
    assert shapely.is_valid(mended).all()


@pytest.mark.parametrize("count", [3, 400])
def test_points_are_located_like_a_spatial_join_does(count: int) -> None:
    rng = np.random.default_rng(7)
    points = rng.uniform(0, 20, (500, 2))
    squares = np.array(
        [shapely.box(n % 20, n // 20, n % 20 + 1, n // 20 + 1) for n in range(count)]
    )
    number = locate(points, squares)
    column, line = np.floor(points[:, 0]), np.floor(points[:, 1])
    expected = (line * 20 + column).astype(int)
    assert (number == np.where(expected < count, expected, -1)).all()


def test_a_point_on_a_shared_edge_goes_to_the_first_polygon() -> None:
    squares = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    assert locate(np.array([[1.0, 0.5]] * 20), squares).tolist() == [0] * 20


@pytest.mark.parametrize("seed", range(6))
def test_points_go_to_the_first_of_crossing_shapes_whatever_their_size_and_form(seed: int) -> None:
    rng = np.random.default_rng(seed)
    middle = rng.uniform(0, 100, (30, 2))
    stars = [
        shapely.Polygon(
            spot
            + size * rng.uniform(0.3, 1, (24, 1)) * np.column_stack((np.cos(turn), np.sin(turn)))
        )
        for spot, size in zip(middle, rng.gamma(1.0, 15.0, 30), strict=True)
        for turn in [np.linspace(0, 2 * np.pi, 24, endpoint=False)]
    ]
    shapes = np.array([*stars, shapely.Polygon(), shapely.box(20, 20, 60, 21)], object)
    points = np.round(rng.uniform(-30, 130, (4000, 2)), 1)
    points[:100] = shapely.get_coordinates(shapes)[:100]  # corners count as inside
    asked, held = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    expected = np.full(len(points), 99)
    np.minimum.at(expected, asked, held)
    assert (locate(points, shapes) == np.where(expected == 99, -1, expected)).all()


def test_parts_stand_for_an_outline_only_when_they_cover_it() -> None:
    outlines = np.array([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    parts = np.array(
        [shapely.box(0, 0, 10, 5), shapely.box(0, 5, 10, 10), shapely.box(20, 0, 23, 3),
         shapely.box(50, 50, 51, 51)]
    )  # fmt: skip
    holder = holders(parts, outlines)
    assert holder.tolist() == [0, 0, 1, -1]
    assert drawn_by_parts(parts, holder, outlines).tolist() == [True, False]


def test_a_closed_shell_turned_inside_out_is_mended() -> None:
    box = extrude(np.array([shapely.box(0, 0, 4, 3)]), np.zeros(1), np.full(1, 5.0), np.zeros(1))
    inside_out = Mesh(
        box.vertices, box.triangles[:, ::-1].copy(), box.feature, box.lod, box.surface
    )
    one_face = box.triangles.copy()
    one_face[3] = one_face[3][::-1]
    for triangles in (inside_out.triangles, one_face):
        mended, found = shells(Mesh(box.vertices, triangles, box.feature, box.lod, box.surface))
        assert found.flipped == 1
        assert volume(mended, 0) == pytest.approx(60)
    missing = box.select(np.arange(len(box)) != 0)
    assert shells(missing)[1].open == 1


def test_the_ground_comes_from_points_contours_or_triangles() -> None:
    triangles = np.array(
        [
            shapely.Polygon([(0, 0, 1), (9, 0, 2), (0, 9, 3)]),
            shapely.Polygon([(9, 0, 2), (9, 9, 4), (0, 9, 3)]),
        ]
    )
    unknown = np.full(2, np.nan)
    tin = terrain(triangles, unknown)
    assert tin is not None
    assert len(tin) == 2
    assert sorted(set(tin.vertices[:, 2].tolist())) == [1, 2, 3, 4]
    points = shapely.points([(0, 0), (9, 0), (0, 9), (9, 9)])
    spots = terrain(points, np.array([1.0, 2.0, 3.0, 4.0]))
    assert spots is not None
    assert len(spots) == 2
    assert terrain(points, np.full(4, np.nan)) is None


def test_a_mesh_in_canonical_order_is_the_same_however_it_was_joined(tmp_path: object) -> None:
    shapes = np.array([shapely.box(n, 0, n + 0.5, 1) for n in range(4)])
    low, high = np.zeros(4), np.arange(1.0, 5.0)
    once = canonical(extrude(shapes, low, high, np.arange(4)))
    parts = [
        canonical(extrude(shapes[pick], low[pick], high[pick], np.array(pick)))
        for pick in ([2, 0], [3, 1])
    ]
    again = canonical(join(parts))
    assert (again.vertices[again.triangles] == once.vertices[once.triangles]).all()
    twice = canonical(once)
    for name in ("vertices", "triangles", "feature"):
        assert (getattr(twice, name) == getattr(once, name)).all()


def test_a_vertex_belongs_to_one_feature_so_a_run_of_features_is_complete() -> None:
    rng = np.random.default_rng(0)
    points, corners = rng.random((300, 3)), rng.integers(0, 300, (900, 3))
    feature = rng.integers(0, 50, 900)
    mesh = canonical(Mesh.of(points, corners, feature))
    order = np.argsort(feature, kind="stable")
    assert (mesh.vertices[mesh.triangles] == points[corners[order]]).all()
    last = -1
    for row in range(50):
        mine = mesh.triangles[mesh.feature == row].astype(int)
        assert mine.min() == last + 1
        last = mine.max()
    assert last == len(mesh.vertices) - 1
