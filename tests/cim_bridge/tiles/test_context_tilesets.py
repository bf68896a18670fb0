"""Surfaces, ground, water, green and roads: on the ground, each unit once."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import shapely

from cim_bridge.staging import file_digest
from cim_bridge.tiles import write_tilesets
from cim_bridge.tiles.context import OBJECTS, SURFACES
from cim_bridge.tiles.relief import Relief
from cim_bridge.tiles.roads import DEFAULT_WIDTH, road_areas
from tests.cim_bridge.tiles.reading import read


def _lonlat_height(points: np.ndarray) -> np.ndarray:
    import pyproj

    back = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    return np.column_stack(back.transform(points[:, 0], points[:, 1], points[:, 2]))


def _model(points: np.ndarray, crs: str) -> np.ndarray:
    import pyproj

    lonlat = _lonlat_height(points)
    forth = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = forth.transform(lonlat[:, 0], lonlat[:, 1])
    return np.column_stack([x, y, lonlat[:, 2]])


def test_every_level_with_areas_and_every_kind_of_context_has_a_tileset(make_city, tmp_path):
    found = write_tilesets(make_city(10), tmp_path)
    assert set(found) == {"buildings", "ground", "district", "block", "water", "green", "roads"}
    assert found["district"] == {
        "kind": "surface", "level": "district", "uri": "tiles/district/tileset.json",
        "features": 2, "tiles": 1, "bytes": found["district"]["bytes"],
        "sha256": file_digest(tmp_path / "district" / "tileset.json"),
        "inputs": found["district"]["inputs"],
    }  # fmt: skip
    assert found["roads"]["kind"] == "context"


@pytest.mark.parametrize("relief", [0.0, 6.0])
def test_each_unit_is_drawn_once_with_its_true_area(make_city, tmp_path, relief):
    city = make_city(20, relief=relief)
    write_tilesets(city, tmp_path)
    for level in ("district", "block"):
        units = city.level(level)
        rows: list[int] = []
        for tile in read(tmp_path / level / "tileset.json"):
            rows += tile.table.row.tolist()
            where = _model(tile.points, city.crs)
            a, b, c = (where[tile.triangles[:, k]][:, :2] for k in range(3))
            u, v = b - a, c - a
            area = np.bincount(
                tile.feature[tile.triangles[:, 0]], (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2.0
            )
            truth = units.geometry.area.to_numpy()[tile.table.row]
            assert area == pytest.approx(truth, rel=2e-3)
        assert sorted(rows) == list(range(len(units)))


def test_surfaces_lie_their_offset_above_a_sloping_ground(make_city, flat_tin, tmp_path):
    city = dataclasses.replace(make_city(20), ground=flat_tin)
    write_tilesets(city, tmp_path)
    above = {"ground": 0.0, **SURFACES, **{name: OBJECTS[name][0] for name in OBJECTS}}
    south = flat_tin.vertices[0, 1]
    west, east = flat_tin.vertices[:, 0].min(), flat_tin.vertices[:, 0].max()
    for name in ("ground", "district", "block", "green"):
        for tile in read(tmp_path / name / "tileset.json"):
            at = _model(tile.points, city.crs)
            inside = (at[:, 0] > west) & (at[:, 0] < east)
            plane = 4.0 + (at[:, 1] - south) / 600.0 * 60.0
            gap = at[:, 2] - city.height_offset - above[name] - plane
            assert np.abs(gap[inside]).max() < 0.06


def test_surfaces_and_ground_face_the_sky(make_city, tmp_path):
    write_tilesets(make_city(20, relief=6.0), tmp_path)
    for name in ("ground", "district", "block", "water", "green", "roads"):
        for tile in read(tmp_path / name / "tileset.json"):
            a, b, c = (tile.points[tile.triangles[:, k]] for k in range(3))
            up = a / np.linalg.norm(a, axis=1)[:, None]
            assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), up) > -1e-3).all()
            assert (np.einsum("ij,ij->i", tile.normals, tile.points / 6.37e6) > 0.5).all()


def test_ground_is_no_unit(make_city, tmp_path):
    write_tilesets(make_city(5), tmp_path)
    for tile in read(tmp_path / "ground" / "tileset.json"):
        assert (tile.table.row == 0xFFFFFFFF).all()


def test_objects_keep_their_rows_and_kinds_apart(make_city, tmp_path):
    city = make_city(10)
    write_tilesets(city, tmp_path)
    drawn = {
        name: sorted(i for t in read(tmp_path / name / "tileset.json") for i in t.table.ids)
        for name in OBJECTS
    }
    assert drawn == {"water": ["bay"], "green": ["park"], "roads": ["r1", "r2"]}
    (roads,) = read(tmp_path / "roads" / "tileset.json")
    assert dict(zip(roads.table.ids, roads.table.row, strict=True)) == {"r1": 0, "r2": 1}


def test_road_width_comes_from_width_then_lanes_then_class():
    line = shapely.LineString([(0, 0), (100, 0)])
    texts = [
        '{"width": "14 m"}', '{"lanes": 4}', '{"highway": "primary_link"}', '{"等级": "支路"}',
        "{}", "", "not json", "[1]", '{"width": -3}',
    ]  # fmt: skip
    areas = road_areas(np.array([line] * len(texts)), np.array(texts, dtype=object))
    widths = shapely.area(areas) / 100.0
    plain = [DEFAULT_WIDTH] * 5
    assert widths == pytest.approx([14.0, 14.0, 20.0, 12.0, *plain])


def test_a_road_given_as_an_area_stays_as_it_is():
    square = shapely.box(0, 0, 10, 10)
    point = shapely.Point(0, 0)
    areas = road_areas(np.array([square, point]), np.array(["{}", "{}"], dtype=object))
    assert areas[0].equals(square)
    assert areas[1].is_empty


def test_relief_follows_a_tin_exactly_at_its_lattice(flat_tin):
    points = np.asarray(flat_tin.vertices)
    low, high = points.min(axis=0)[:2], points.max(axis=0)[:2]
    relief = Relief.of(points, low, high, triangles=flat_tin.triangles.astype(np.int64))
    where = np.random.default_rng(1).uniform(low + 30, high - 30, (200, 2))
    truth = 4.0 + (where[:, 1] - low[1]) / 10.0
    assert relief.height(where) == pytest.approx(truth, abs=1e-6)
    slope = np.array([0.0, -0.1, 1.0]) / np.sqrt(1.01)
    assert relief.normals(where) == pytest.approx(np.tile(slope, (200, 1)), abs=1e-6)


def test_a_flat_ground_gets_the_widest_cells():
    points = np.array([[0.0, 0, 5.0], [2000, 0, 5.1], [0, 2000, 5.2]])
    relief = Relief.of(points, np.zeros(2), np.full(2, 2000.0))
    assert relief.cell == 500.0
    assert np.ptp(relief.heights) == 0.0
