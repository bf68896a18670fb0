"""The buildings' tileset: every building, once, where it stands, right way out."""

from __future__ import annotations

import dataclasses
import gzip
from pathlib import Path

import brotli
import numpy as np
import pyproj
import pytest
from scipy.spatial import KDTree

from cim_bridge.check import check_tileset
from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh, join
from cim_bridge.tiles import write_tilesets
from tests.cim_bridge.tiles.reading import Drawn, read


@pytest.fixture(scope="module")
def city(make_city):
    return make_city(50, relief=4.0)


@pytest.fixture(scope="module")
def written(city, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("tiles")
    write_tilesets(city, out)
    return out


@pytest.fixture(scope="module")
def drawn(written) -> list[Drawn]:
    return list(read(written / "buildings" / "tileset.json"))


def expected_ecef(city, points: np.ndarray) -> np.ndarray:
    """The independent way: PROJ all the way, heights lifted by the offset."""
    to_lonlat = pyproj.Transformer.from_crs(city.crs, "EPSG:4326", always_xy=True)
    lon, lat = to_lonlat.transform(points[:, 0], points[:, 1])
    to_ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.column_stack(to_ecef.transform(lon, lat, points[:, 2] + city.height_offset))


def test_every_building_is_drawn_once_under_its_own_row_and_group(city, drawn):
    units = city.level("building")
    ids, rows, groups = [], [], []
    for tile in drawn:
        if tile.is_leaf:
            assert (tile.table.massing == 0).all()
            ids += tile.table.ids
            rows += tile.table.row.tolist()
            groups += tile.table.group.tolist()
    assert sorted(ids) == sorted(units["source_id"])
    assert len(set(rows)) == len(units)
    assert [units["source_id"].iloc[row] for row in rows] == ids
    assert groups == [units["visual_group"].iloc[row] for row in rows]


def test_vertices_lie_where_the_model_says_to_the_quantisation_step(city, drawn):
    corners = city.mesh.triangles.ravel()
    owner = np.repeat(city.mesh.feature, 3)
    truth = expected_ecef(city, city.mesh.vertices)[corners]
    for tile in (t for t in drawn if t.is_leaf):
        near = 0.005 + np.linalg.norm(tile.step) / 2.0
        for index in range(0, len(tile.table.ids), 97):
            here = tile.points[tile.feature == index]
            there = truth[owner == tile.table.row[index]]
            assert KDTree(there).query(here)[0].max() < near
            assert KDTree(here).query(there)[0].max() < near


def test_faces_look_outward_and_normals_agree_with_them(drawn):
    for tile in drawn:
        a, b, c = (tile.points[tile.triangles[:, k]] for k in range(3))
        cross = np.cross(b - a, c - a)
        area = np.linalg.norm(cross, axis=1)
        fine = area > 0.5
        normal = tile.normals[tile.triangles[:, 0]]
        agree = np.einsum("ij,ij->i", cross[fine] / area[fine, None], normal[fine])
        assert np.quantile(agree, 0.001) > 0.98  # a sliver's own plane is lost in the steps
        owner = tile.feature[tile.triangles[:, 0]]
        up = tile.points.mean(axis=0)
        up = up / np.linalg.norm(up)
        centre = np.zeros((len(tile.table.ids), 3))
        for axis in range(3):
            total = np.bincount(owner, (a + b + c)[:, axis] / 3.0, len(centre))
            centre[:, axis] = total / np.bincount(owner, minlength=len(centre))
        outward = np.einsum("ij,ij->i", (a + b + c) / 3.0 - centre[owner], cross)
        walls = np.abs(cross @ up) < 0.01 * area
        if tile.is_leaf:
            assert (outward[walls] > 0).all()
        assert (cross[~walls & fine] @ up > 0).all()


def test_the_floor_on_the_ground_is_left_out(city, drawn):
    leaves = [t for t in drawn if t.is_leaf]
    triangles = sum(len(t.triangles) for t in leaves)
    assert triangles == len(city.mesh) * 10 // 12  # a box loses 2 of its 12 triangles


def test_a_building_seen_only_from_below_is_kept(make_city, tmp_path):
    city = make_city(2)
    flat = Mesh.of(city.mesh.vertices, city.mesh.triangles[:2], np.zeros(2, np.uint32), 0, 3)
    write_tilesets(dataclasses.replace(city, mesh=flat), tmp_path)
    (tile,) = read(tmp_path / "buildings" / "tileset.json")
    assert tile.table.ids == ["楼-00000"]


def test_only_the_finest_level_of_detail_is_in_the_leaves(make_city, tmp_path):
    city = make_city(3)
    fine = Mesh(
        city.mesh.vertices + np.array([0, 0, 1.0]), city.mesh.triangles, city.mesh.feature,
        np.full(len(city.mesh), 22, np.uint8), city.mesh.surface,
    )  # fmt: skip
    only_one = fine.select(fine.feature == 4)
    both = dataclasses.replace(city, mesh=join([city.mesh, only_one]))
    write_tilesets(both, tmp_path / "both")
    write_tilesets(city, tmp_path / "one")
    (before,), (after,) = (
        read(tmp_path / k / "buildings" / "tileset.json") for k in ("one", "both")
    )
    assert len(before.triangles) == len(after.triangles)
    lift = [
        np.linalg.norm(t.points[t.feature == t.table.ids.index("楼-00004")], axis=1).max()
        for t in (before, after)
    ]
    assert lift[1] - lift[0] == pytest.approx(1.0, abs=0.02)


def test_tombstones_are_not_drawn(make_city, tmp_path):
    city = make_city(3)
    units = city.units.copy()
    units.loc[units["source_id"] == "楼-00004", "removed"] = True
    write_tilesets(dataclasses.replace(city, units=units), tmp_path)
    (tile,) = read(tmp_path / "buildings" / "tileset.json")
    assert "楼-00004" not in tile.table.ids
    assert len(tile.table.ids) == 8


def test_boxes_hold_their_contents_to_the_centimetre_and_nothing_else_is_wrong(written):
    for tileset in sorted(written.glob("*/tileset.json")):
        log = check_tileset(tileset, root=written, strict=True)
        assert [issue.to_json() for issue in log] == []


def test_boxes_are_tight(drawn):
    for tile in (t for t in drawn if t.is_leaf):
        box = np.array(tile.tile["boundingVolume"]["box"])
        size = 2.0 * np.linalg.norm(box[3:].reshape(3, 3), axis=1)
        spread = np.ptp(tile.points, axis=0)
        assert np.linalg.norm(size) <= np.linalg.norm(spread) * 1.01 + 0.1


def test_no_tile_has_more_features_than_a_texture_row_can_hold(drawn):
    assert max(len(tile.table.ids) for tile in drawn) <= 2048
    assert max(tile.feature.max() for tile in drawn) < 2048


def test_massing_stands_for_whole_blocks_and_says_what_it_loses(city, drawn):
    coarse = [tile for tile in drawn if not tile.is_leaf]
    blocks = city.level("block")
    assert coarse
    for tile in coarse:
        assert (tile.table.massing == 1).all()
        assert [blocks["source_id"].iloc[row] for row in tile.table.row] == tile.table.ids
        assert 8.0 < tile.tile["geometricError"] < 60.0
        assert all(child["geometricError"] < tile.tile["geometricError"]
                   for child in tile.tile["children"])  # fmt: skip
    leaves = sum(len(t.triangles) for t in drawn if t.is_leaf)
    assert sum(len(t.triangles) for t in coarse) < leaves


def test_a_building_outside_all_blocks_stays_itself_in_the_massing(make_city, tmp_path):
    city = make_city(50)
    units = city.units.copy()
    units.loc[units["source_id"] == "楼-00007", "parent_block"] = None
    write_tilesets(dataclasses.replace(city, units=units), tmp_path)
    coarse = [t for t in read(tmp_path / "buildings" / "tileset.json") if not t.is_leaf]
    flags = {
        name: flag for t in coarse for name, flag in zip(t.table.ids, t.table.massing, strict=True)
    }
    assert flags["楼-00007"] == 0
    assert flags["B0"] == 1


def test_a_city_without_blocks_has_no_massing(make_city, tmp_path):
    found = write_tilesets(make_city(50, blocks=False), tmp_path)
    assert found["buildings"]["massing_level"] is None
    assert all(t.is_leaf for t in read(tmp_path / "buildings" / "tileset.json"))


def test_a_single_tile_is_root_and_leaf_at_once(make_city, tmp_path):
    import json

    write_tilesets(make_city(3), tmp_path)
    document = json.loads((tmp_path / "buildings" / "tileset.json").read_text())
    assert document["root"]["geometricError"] == 0.0
    assert "children" not in document["root"]
    assert document["geometricError"] > 10.0
    assert document["asset"]["extras"] == {"synthetic": True}


def test_the_same_city_gives_the_same_bytes(city, written, tmp_path):
    write_tilesets(city, tmp_path)
    one, two = (
        {p.relative_to(top): p.read_bytes() for p in top.rglob("*") if p.is_file()}
        for top in (written, tmp_path)
    )
    assert one == two


def test_names_are_hashes_and_compressed_copies_hold_the_same(written):
    import hashlib

    contents = list(written.glob("*.glb"))
    assert contents
    for file in [*contents, *written.glob("*/tileset.json")]:
        data = file.read_bytes()
        if file.suffix == ".glb":
            assert file.stem == hashlib.sha256(data).hexdigest()[:32]
        assert brotli.decompress(file.with_name(file.name + ".br").read_bytes()) == data
        assert gzip.decompress(file.with_name(file.name + ".gz").read_bytes()) == data


def test_a_new_release_links_every_unchanged_tile(city, written, tmp_path):
    mesh = city.mesh
    moved = mesh.vertices.copy()
    moved[mesh.triangles[mesh.feature == 0].ravel(), 2] += 0.5
    changed = Mesh(moved, mesh.triangles, mesh.feature, mesh.lod, mesh.surface)
    write_tilesets(dataclasses.replace(city, mesh=changed), tmp_path, previous=written)
    fresh = [f for f in tmp_path.glob("*.glb") if not (written / f.name).exists()]
    kept = [f for f in tmp_path.glob("*.glb") if (written / f.name).exists()]
    assert all(f.samefile(written / f.name) for f in kept)
    buildings = [t for t in read(tmp_path / "buildings" / "tileset.json") if t.is_leaf]
    assert len(kept) >= len(buildings) - 1
    assert len([f for f in fresh if f.read_bytes() in [t.data for t in buildings]]) == 1


def test_an_unknown_profile_is_wrong_use(city, tmp_path):
    with pytest.raises(WrongUse):
        write_tilesets(city, tmp_path, profile="nonsense")


def test_positions_off_the_earth_are_refused_with_an_issue(make_city, tmp_path):
    city = make_city(2)
    mesh = Mesh(
        city.mesh.vertices * 1e9, city.mesh.triangles, city.mesh.feature, city.mesh.lod,
        city.mesh.surface,
    )  # fmt: skip
    with pytest.raises(InputRefused) as refused:
        write_tilesets(dataclasses.replace(city, mesh=mesh), tmp_path)
    assert refused.value.log.errors[0].code == "TILES_POSITION_NOT_ON_EARTH"


def test_a_building_without_shape_is_a_warning(make_city, tmp_path):
    city = make_city(3)
    log = IssueLog()
    less = city.mesh.select(city.mesh.feature != 4)
    write_tilesets(dataclasses.replace(city, mesh=less), tmp_path, log=log)
    assert [(i.code, i.place.id) for i in log] == [("TILES_BUILDING_WITHOUT_SHAPE", "楼-00004")]
