"""Looks of tilesets that exist: kept when they are read as a source, and when written again."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cim_bridge.binding.attach import attach
from cim_bridge.build import bridge
from cim_bridge.check.glb import Gltf, split_glb
from cim_bridge.check.gltf import read_accessor
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import NONE
from cim_bridge.release import open_model
from cim_bridge.tilesin.dress import placed
from cim_bridge.tilesin.opened import open_tileset
from tests.cim_bridge.lookfiles import QUARTERS, textured_boxes
from tests.cim_bridge.tiles.validator import complaints


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    home = tmp_path_factory.mktemp("looks")
    city = CityFolder.init(home / "city", name="彩楼", crs="EPSG:4549")
    bridge(city, [textured_boxes(home / "in", 3)])
    return city


@pytest.fixture
def foreign(city: CityFolder, tmp_path: Path) -> Path:
    """The city's own tiles, as a tileset that came from elsewhere."""
    shutil.copytree(open_model(city).path / "tiles", tmp_path / "theirs")
    return tmp_path / "theirs" / "buildings" / "tileset.json"


def _seen(document: dict[str, Any], binary: bytes) -> np.ndarray:
    """Colours in the middle of every triangle, (t, 3)."""
    gltf = Gltf(document, [binary])
    primitive = document["meshes"][0]["primitives"][0]
    uv = read_accessor(gltf, primitive["attributes"]["TEXCOORD_0"]).astype(float)
    triangles = read_accessor(gltf, primitive["indices"]).reshape(-1, 3)
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    start = view.get("byteOffset", 0)
    image = Image.open(io.BytesIO(binary[start : start + view["byteLength"]])).convert("RGB")
    pixels = np.asarray(image).astype(int)
    corner = uv[triangles]
    weight = np.array([[0.7, 0.15, 0.15], [0.15, 0.7, 0.15], [0.15, 0.15, 0.7]])
    at = np.einsum("kw,twc->tkc", weight, corner) * [image.width, image.height]
    return pixels[at[:, :, 1].astype(int), at[:, :, 0].astype(int)].reshape(-1, 3)


def test_a_tileset_written_again_keeps_its_images(
    city: CityFolder, foreign: Path, root: Path
) -> None:
    report = attach(city, foreign, rewrite=True, name="again")
    told = report.manifest["rewritten"]
    assert told["textures"]["tiles"] == 1
    release = city.bindings / report.digest
    contents = list((release / "tiles").glob("*.glb"))
    assert len(contents) == 1
    assert complaints(contents, root) == {}
    colours = _seen(*split_glb(contents[0].read_bytes()))
    for wanted in [*QUARTERS.reshape(-1, 3).astype(int), (0, 51, 255)]:
        assert (np.abs(colours - wanted).max(axis=1) < 24).mean() > 0.05
    near = [
        np.abs(colours - wanted).max(axis=1) < 24 for wanted in QUARTERS.reshape(-1, 3).astype(int)
    ]
    blue = np.abs(colours - [0, 51, 255]).max(axis=1) < 24
    assert (np.any(near, axis=0) | blue).mean() > 0.95


def test_a_tileset_bound_as_it_is_costs_no_memory_for_images(foreign: Path) -> None:
    opened = open_tileset(foreign, IssueLog())
    assert opened is not None
    assert all(piece.material is None for piece in opened.pieces())
    opened.package.close()


def test_a_tileset_as_a_source_gives_its_buildings_their_looks(
    foreign: Path, tmp_path: Path
) -> None:
    other = CityFolder.init(tmp_path / "other", name="另城", crs="EPSG:4549")
    bridge(other, [foreign])
    mesh = open_model(other).mesh()
    assert mesh.material is not None
    assert (mesh.material != NONE).all()
    assert any(one.picture is not None for one in mesh.materials)
    assert "textures" in open_model(other).manifest["tilesets"]["buildings"]


@pytest.mark.parametrize(
    ("name", "images", "share"),
    [
        ("tiles10/cesiumjs_specs_via_loadersgl/Batched/BatchedTextured", 1, 1.0),
        ("tiles10/cesiumjs_specs_via_loadersgl/Tilesets/TilesetWithExternalResources", 6, 1.0),
        ("tiles11/cesium_11/MetadataGranularities", 16, 1.0),
    ],
)
def test_real_tilesets_give_all_their_images(
    shared: Path, name: str, images: int, share: float
) -> None:
    opened = open_tileset(shared / "data" / name / "tileset.json", IssueLog(), looks=True)
    assert opened is not None
    pieces = list(opened.pieces())
    opened.package.close()
    found = [m.picture for piece in pieces for m in piece.materials if m.picture is not None]
    assert len(found) == images
    assert all(len(Image.open(io.BytesIO(one.read())).size) == 2 for one in found)
    worn = [piece.material for piece in pieces if piece.material is not None]
    assert np.mean(np.concatenate(worn) >= 0) == share


def test_a_texture_transform_is_heeded_as_the_extension_says() -> None:
    uv = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    moved = placed(uv, {"offset": [0.5, 0.25], "scale": [0.5, 2.0]})
    assert moved.tolist() == [[0.5, 0.75], [1.0, 0.75], [0.5, -1.25]]
    turned = placed(uv, json.loads(f'{{"rotation": {np.pi / 2}}}'))
    assert turned == pytest.approx(np.array([[0.0, 1.0], [0.0, 2.0], [1.0, 1.0]]), abs=1e-6)
