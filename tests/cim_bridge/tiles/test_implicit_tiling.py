"""Implicit tiling: the same buildings at the same places as explicit, said by subtrees."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import KDTree

from cim_bridge.check import check_tileset
from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import Gltf, split_glb
from cim_bridge.check.gltf import read_accessor
from cim_bridge.check.packed import unpacked
from cim_bridge.check.units import check_units, leaf_contents, read_units
from cim_bridge.check.vertices import positions
from cim_bridge.issues import IssueLog
from cim_bridge.tiles import write_tilesets
from cim_bridge.tiles.implied import LEVELS, Implied
from cim_bridge.tiles.tileset import Tile
from cim_bridge.tilesin.package import open_package
from cim_bridge.tilesin.walk import Walk
from tests.cim_bridge.tiles.reading import read

SIDE = 60


@pytest.fixture(scope="module")
def city(make_city):
    return make_city(SIDE, relief=4.0)


@pytest.fixture(scope="module")
def explicit(city, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("explicit") / "tiles"
    write_tilesets(city, out)
    return out


@pytest.fixture(scope="module", params=["portable", "lean"])
def written(request, city, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("implicit") / "tiles"
    entry = write_tilesets(city, out, profile=request.param, tiling="implicit")["buildings"]
    assert entry["tiling"] == "implicit"
    assert entry["features"] == SIDE * SIDE
    return out


def tileset(written: Path) -> Path:
    return written / "buildings" / "tileset.json"


def leaf_points(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Earth-centred vertices of a content and the row of each."""
    data = file.read_bytes()
    document, binary = split_glb(data)
    gltf = unpacked(Gltf(document, [binary]))
    primitive = document["meshes"][0]["primitives"][0]
    feature = read_accessor(gltf, primitive["attributes"]["_FEATURE_ID_0"])[:, 0]
    return positions(gltf), read_units(data).row[feature]


def test_the_check_finds_every_building_once_and_nothing_wrong(city, written):
    log = check_tileset(tileset(written), root=written, strict=True)
    assert [(issue.code, issue.params) for issue in log] == []
    rows = {name: row for row, name in enumerate(city.level("building")["source_id"])}
    check_units(tileset(written), rows, Findings(log, "tiles/buildings"))
    assert [issue.code for issue in log] == []


def test_buildings_stand_where_explicit_tiles_put_them(explicit, written):
    there = [tile for tile in read(tileset(explicit)) if tile.is_leaf]
    want = np.concatenate([tile.points for tile in there])
    want_row = np.concatenate([tile.table.row[tile.feature] for tile in there])
    here, here_row = (
        np.concatenate(parts)
        for parts in zip(*map(leaf_points, leaf_contents(tileset(written))), strict=True)
    )
    assert set(here_row.tolist()) == set(range(SIDE * SIDE))
    for row in range(0, SIDE * SIDE, 331):
        mine, other = here[here_row == row], want[want_row == row]
        assert KDTree(other).query(mine)[0].max() < 1e-6
        assert KDTree(mine).query(other)[0].max() < 1e-6


def test_our_reader_walks_the_same_tiles(explicit, written):
    log = IssueLog()
    package = open_package(tileset(written), log)
    assert package is not None
    walk = Walk(package, log).run()
    assert [issue.code for issue in log] == []
    full = [tile for tile in walk.tiles if tile.contents]
    assert len(full) == sum(1 for _ in read(tileset(explicit)))
    finest = {content.path for tile in full if tile.finest for content in tile.contents}
    assert finest == {
        str(file.relative_to(written / "buildings")) for file in leaf_contents(tileset(written))
    }


def test_template_names_are_links_to_contents_named_by_their_hash(written):
    listed = json.loads((written / "buildings" / "contents.json").read_text())
    assert len(listed) > 4
    for cell, name in listed.items():
        link, file = written / "buildings" / "content" / f"{cell}.glb", written / name
        assert link.samefile(file)
        assert hashlib.sha256(link.read_bytes()).hexdigest()[:32] + ".glb" == name
        assert link.with_name(link.name + ".br").is_file()


def test_the_same_city_gives_the_same_bytes(city, written, tmp_path):
    lean = b"EXT_meshopt" in next(leaf_contents(tileset(written))).read_bytes()
    write_tilesets(city, tmp_path, profile="lean" if lean else "portable", tiling="implicit")
    ours = {f.relative_to(written): f.read_bytes() for f in files(written)}
    again = {f.relative_to(tmp_path): f.read_bytes() for f in files(tmp_path)}
    assert ours == again


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def test_a_subtree_that_lies_is_found(written, tmp_path):
    copy = tmp_path / "tiles"
    shutil.copytree(written, copy)
    file = copy / "buildings" / "subtrees" / "0" / "0" / "0.subtree"
    good = file.read_bytes()

    def codes() -> set[str]:
        return {i.code for i in check_tileset(tileset(copy), root=copy, strict=True)}

    assert codes() == set()
    file.write_bytes(good[:-40])
    assert codes() == {"CHECK_SUBTREE"}
    (size,) = struct.unpack_from("<Q", good, 8)
    document = json.loads(good[24 : 24 + size])
    first = document["bufferViews"][1]["byteOffset"] + 24 + size
    small = bytearray(good)
    struct.pack_into("<d", small, first, 0.001)  # the root's error below its children's
    file.write_bytes(bytes(small))
    assert codes() == {"CHECK_ERROR_GROWS"}
    file.write_bytes(good)
    cell = next(iter(json.loads((copy / "buildings" / "contents.json").read_text())))
    (copy / "buildings" / "content" / f"{cell}.glb").unlink()
    assert codes() == {"CHECK_FILE_MISSING"}


def made(low: tuple[float, float], size: float, uri: str | None, children=()) -> Tile:
    corner = np.array([*low, 0.0])
    return Tile(np.eye(4), corner, corner + size, 1.0 if children else 0.0, uri, list(children))


def test_many_children_and_deep_trees_get_cells_and_nested_subtrees():
    rng = np.random.default_rng(8)
    leaves = [made(tuple(at), 5.0, f"{k}.glb") for k, at in enumerate(rng.uniform(0, 900, (30, 2)))]
    same = [made((500.0, 500.0), 5.0, f"s{k}.glb") for k in range(9)]
    root = made((0.0, 0.0), 1000.0, "root.glb", [*leaves, *same])
    implied = Implied.of(root)
    assert sorted(implied.contents().values()) == sorted(
        [f"{k}.glb" for k in range(30)] + [f"s{k}.glb" for k in range(9)] + ["root.glb"]
    )
    assert implied.depth > LEVELS  # so that there are subtrees below subtrees
    assert len(implied.subtrees()) > 1
    for level, x, y in implied.cells:
        assert not level or (level - 1, x // 2, y // 2) in implied.cells
    between = [p for cell, p in implied.cells.items() if p.uri is None]
    assert between
    for placed in between:  # refined exactly when the root is
        assert placed.error == 1.0
        assert placed.box.tolist() == implied.cells[0, 0, 0].box.tolist()


def test_an_unchanged_implicit_tileset_is_taken_over_file_by_file(city, written, tmp_path):
    lean = b"EXT_meshopt" in next(leaf_contents(tileset(written))).read_bytes()
    how = {"profile": "lean" if lean else "portable", "tiling": "implicit"}
    entries = {}
    for name, before in (("a", None), ("b", tmp_path / "a" / "tiles")):
        entries[name] = write_tilesets(city, tmp_path / name / "tiles", previous=before, **how)
        manifest = {"kind": "model", "tilesets": entries[name]}
        (tmp_path / name / "manifest.json").write_text(json.dumps(manifest))
    assert entries["a"] == entries["b"]
    first, second = tmp_path / "a" / "tiles", tmp_path / "b" / "tiles"
    assert [f.relative_to(first) for f in files(first)] == [
        f.relative_to(second) for f in files(second)
    ]
    for file in files(first):
        assert file.samefile(second / file.relative_to(first))
