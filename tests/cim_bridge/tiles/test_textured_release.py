"""Textures from a source to the tiles of a release, in both profiles."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cim_bridge.build import bridge
from cim_bridge.check import check_city
from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import Gltf, split_glb
from cim_bridge.check.looks import check_looks
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.release import ModelRelease, open_model
from tests.cim_bridge.lookfiles import QUARTERS, textured_boxes
from tests.cim_bridge.tiles.validator import complaints


def _bridged(folder: Path, source: Path, **wish: Any) -> ModelRelease:
    city = CityFolder.init(folder, name="彩楼", crs="EPSG:4549")
    bridge(city, [source], **wish)
    return open_model(city)


def _contents(model: ModelRelease) -> list[tuple[dict[str, Any], bytes]]:
    """glTF document and image of every content that has one."""
    found = []
    for file in sorted((model.path / "tiles").glob("*.glb")):
        document, binary = split_glb(file.read_bytes())
        if "images" in document:
            view = document["bufferViews"][document["images"][0]["bufferView"]]
            start = view.get("byteOffset", 0)
            found.append((document, binary[start : start + view["byteLength"]]))
    return found


def _images(model: ModelRelease) -> list[str]:
    """Digests of the images of a release's mesh, from its own folder."""
    pictures = [one.picture for one in model.mesh().materials if one.picture is not None]
    assert all(one.path is not None and one.path.is_relative_to(model.path) for one in pictures)
    return [one.digest for one in pictures]


@pytest.mark.parametrize(
    ("profile", "kind"), [("portable", "image/jpeg"), ("lean", "image/webp")]
)  # fmt: skip
def test_tiles_of_a_textured_source_are_sound_and_carry_its_images(
    tmp_path: Path, root: Path, profile: str, kind: str
) -> None:
    source = textured_boxes(tmp_path / "in", 3)
    model = _bridged(tmp_path / "city", source, profile=profile)
    finest = [(d, i) for d, i in _contents(model) if d["images"][0]["mimeType"] == kind]
    assert len(finest) == 1
    document, data = finest[0]
    image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).reshape(-1, 3).astype(int)
    for colour in [*QUARTERS.reshape(-1, 3), (0, 51, 255)]:
        assert (np.abs(image - colour).max(axis=1) < 16).mean() > 0.01
    assert ("EXT_texture_webp" in document["extensionsRequired"]) == (profile == "lean")
    assert complaints((model.path / "tiles").glob("*.glb"), root) == {}
    assert not check_city(CityFolder.open(tmp_path / "city")).errors
    textures = model.manifest["tilesets"]["buildings"]["textures"]
    assert textures["memory"] == textures["pixels"] * 16 // 3
    assert textures["tiles"] == len(_contents(model))


def test_the_same_source_gives_the_same_bytes_and_is_taken_over(tmp_path: Path) -> None:
    source = textured_boxes(tmp_path / "in", 3)
    first = _bridged(tmp_path / "a", source)
    second = _bridged(tmp_path / "b", source)
    assert first.digest == second.digest
    bridge(CityFolder.open(tmp_path / "a"), [source])
    assert open_model(CityFolder.open(tmp_path / "a")).digest == first.digest


def test_a_release_keeps_its_images_when_another_source_comes(tmp_path: Path) -> None:
    source = textured_boxes(tmp_path / "in", 3)
    before = _bridged(tmp_path / "city", source)
    other = json.loads(source.read_text())
    other["CityObjects"] = {f"more-{k}": v for k, v in other["CityObjects"].items()}
    other["transform"]["translate"][1] += 40
    del other["appearance"]
    (tmp_path / "in" / "looks" / "wall.png").unlink()
    second = tmp_path / "in" / "other.city.json"
    second.write_text(json.dumps(other))
    city = CityFolder.open(tmp_path / "city")
    bridge(city, [second])
    after = open_model(city)
    assert len(_images(before)) == 1
    assert _images(after) == _images(before)
    assert not check_city(city).errors


def test_a_hostile_image_is_told_and_the_buildings_stay(tmp_path: Path) -> None:
    source = textured_boxes(tmp_path / "in", 3)
    (tmp_path / "in" / "looks" / "wall.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"lies" * 50)
    model = _bridged(tmp_path / "city", source)
    codes = [issue["code"] for issue in model.issues()]
    assert "TEXTURE_UNREADABLE" in codes
    assert model.manifest["tilesets"]["buildings"]["features"] == 3
    assert all(d["images"][0]["mimeType"] == "image/png" for d, _ in _contents(model))


def test_a_source_without_a_look_has_no_image_in_its_tiles(tmp_path: Path) -> None:
    source = textured_boxes(tmp_path / "in", 3)
    whole = json.loads(source.read_text())
    del whole["appearance"]
    source.write_text(json.dumps(whole))
    model = _bridged(tmp_path / "city", source)
    assert _contents(model) == []
    assert "textures" not in model.manifest["tilesets"]["buildings"]
    assert not (model.path / "mesh" / "material.npy").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["images"][0].update(mimeType="image/webp"), "no image/webp"),
        (lambda d: d["images"][0].update(bufferView=99), "bufferView 99"),
        (lambda d: d["textures"][0].update(source=7), "image 7"),
        (lambda d: d["textures"].clear(), "texture 0"),
    ],
)
def test_check_looks_at_images_and_textures(tmp_path: Path, change: Any, said: str) -> None:
    model = _bridged(tmp_path / "city", textured_boxes(tmp_path / "in", 1))
    file = next(f for f in (model.path / "tiles").glob("*.glb") if b"image/jpeg" in f.read_bytes())
    document, binary = split_glb(file.read_bytes())
    gltf = Gltf(document, [binary])
    log = IssueLog()
    check_looks(gltf, Findings(log, "a.glb"))
    assert not log.errors
    change(document)
    check_looks(gltf, Findings(log, "a.glb"))
    assert said in log.errors[0].why["en"]
