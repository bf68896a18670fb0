"""Appearances of CityJSON: every face wears what its document says, or an Issue says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_bridge.issues import IssueLog
from cim_bridge.mesh import NONE, ROOF, WALL, Mesh
from cim_bridge.reader import Wish, find_reader
from tests.cim_bridge.lookfiles import as_sequence, textured_boxes


def _mesh(path: Path) -> tuple[Mesh, IssueLog]:
    log = IssueLog()
    reader = find_reader(path, log)
    assert reader is not None
    reading = reader.read(path, Wish(), log)
    assert reading is not None, log.to_json()
    assert reading.mesh is not None
    return reading.mesh, log


def _codes(log: IssueLog) -> list[str]:
    return [issue.code for issue in log]


def _change(path: Path, **more: Any) -> Path:
    path.write_text(json.dumps(json.loads(path.read_text()) | more), encoding="utf-8")
    return path


def _check(mesh: Mesh, boxes: int) -> None:
    assert mesh.material is not None
    assert mesh.uv is not None
    wall, roof = mesh.surface == WALL, mesh.surface == ROOF
    photo = mesh.materials[int(mesh.material[wall][0])]
    assert photo.picture is not None
    assert photo.picture.path is not None
    assert photo.picture.path.name == "wall.png"
    assert (mesh.material[wall] == mesh.material[wall][0]).all()
    assert {mesh.materials[k].colour for k in mesh.material[roof]} == {(0.0, 0.2, 1.0, 1.0)}
    assert (mesh.material[~wall & ~roof] == NONE).all()
    assert wall.sum() == 8 * boxes
    corners = mesh.vertices[mesh.triangles[wall]]
    bottom = corners[:, :, 2].min()
    assert (mesh.uv[wall][:, :, 1] == (corners[:, :, 2] > bottom)).all()
    right = mesh.uv[wall][:, :, 0] > 0.5
    along = np.diff(corners[:, [0, 1, 2, 0]], axis=1)[:, :, 2] == 0
    assert along.any()
    assert (right.sum(axis=1) % 3 != 0).all()


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
def test_walls_wear_their_image_and_roofs_their_colour(tmp_path: Path, version: str) -> None:
    mesh, log = _mesh(_change(textured_boxes(tmp_path), version=version))
    _check(mesh, 2)
    assert not _codes(log)


def test_features_of_a_sequence_wear_their_own_appearance(tmp_path: Path) -> None:
    mesh, log = _mesh(as_sequence(textured_boxes(tmp_path, 3)))
    _check(mesh, 3)
    assert len(mesh.materials) == 2
    assert not _codes(log)


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ("looks/absent.png", "TEXTURE_MISSING"),
        ("../../secret.png", "TEXTURE_OUTSIDE"),
        ("/etc/hostname", "TEXTURE_OUTSIDE"),
        ("https://example.org/wall.png", "TEXTURE_REMOTE"),
        ("file:///etc/hostname", "TEXTURE_REMOTE"),
    ],
)
def test_an_image_out_of_reach_is_told_and_the_walls_stay(
    tmp_path: Path, image: str, code: str
) -> None:
    path = textured_boxes(tmp_path, textures=[{"type": "PNG", "image": image}])
    mesh, log = _mesh(path)
    assert _codes(log) == [code]
    assert len(mesh) == 24
    assert [one.picture for one in mesh.materials] == [None]
    assert mesh.material is not None
    assert (mesh.material[mesh.surface == WALL] == NONE).all()


def test_coordinates_that_do_not_fit_are_told_and_only_those_faces_stay_bare(
    tmp_path: Path,
) -> None:
    path = textured_boxes(tmp_path)
    whole = json.loads(path.read_text())
    geometry = whole["CityObjects"]["b0"]["geometry"][0]
    geometry["texture"]["day"]["values"][0][2] = [[0, 0, 1, 2]]
    geometry["texture"]["day"]["values"][0][3] = [[0, 0, 1, 2, 99]]
    whole["CityObjects"]["b1"]["geometry"][0]["texture"]["day"]["values"] = [[[[0, 1]]]]
    path.write_text(json.dumps(whole))
    mesh, log = _mesh(path)
    assert _codes(log) == ["TEXTURE_PLACE_BROKEN"]
    assert len(mesh) == 24
    assert mesh.material is not None
    worn = (mesh.material != NONE) & (mesh.surface == WALL)
    assert worn[mesh.feature == 0].sum() == 4
    assert worn[mesh.feature == 1].sum() == 0


@pytest.mark.parametrize(
    "appearance", ["text", {"textures": 5}, {"vertices-texture": [["a", 1]]}, None, []]
)
def test_an_appearance_that_is_none_costs_no_geometry(tmp_path: Path, appearance: Any) -> None:
    mesh, log = _mesh(_change(textured_boxes(tmp_path), appearance=appearance))
    assert len(mesh) == 24
    assert mesh.material is None
    assert "APPEARANCE_BROKEN" in _codes(log)


def test_the_default_theme_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    path = textured_boxes(tmp_path)
    whole = json.loads(path.read_text())
    for item in whole["CityObjects"].values():
        geometry = item["geometry"][0]
        geometry["material"]["heat"] = {"value": 1}
    whole["appearance"]["materials"].append({"name": "hot", "diffuseColor": [1, 0, 0]})
    whole["appearance"]["default-theme-material"] = "heat"
    path.write_text(json.dumps(whole))
    mesh, log = _mesh(path)
    assert _codes(log) == ["THEMES_OTHER"]
    assert mesh.material is not None
    roof = mesh.material[mesh.surface == ROOF]
    assert {mesh.materials[k].colour for k in roof} == {(1.0, 0.0, 0.0, 1.0)}


def test_real_materials_are_kept_and_real_absent_images_are_told(shared: Path) -> None:
    mesh, log = _mesh(shared / "data/cityjson/euromast.city.json")
    assert len(mesh) == 28
    assert "TEXTURE_MISSING" in _codes(log)
    mesh, log = _mesh(shared / "data/cityjson/denhaag_01_v1.city.json")
    assert mesh.material is not None
    assert (mesh.material != NONE).mean() > 0.99
    assert 1 <= len(mesh.materials) <= 10


def test_real_texture_coordinates_fit_once_their_images_are_there(
    shared: Path, tmp_path: Path
) -> None:
    from tests.cim_bridge.lookfiles import quarters

    source = shared / "data/cityjson/rotterdam_subset.city.json"
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    whole = json.loads(path.read_bytes())
    for one in whole["appearance"]["textures"]:
        quarters(tmp_path / one["image"], kind="JPEG")
    mesh, log = _mesh(path)
    assert not [code for code in _codes(log) if code.startswith("TEXTURE")]
    assert mesh.material is not None
    assert mesh.uv is not None
    textured = mesh.material != NONE
    assert textured.mean() > 0.5
    assert mesh.uv[textured].min() >= -0.01
    assert mesh.uv[textured].max() <= 1.01
    wall = textured & (mesh.surface == WALL)
    corners, uv = mesh.vertices[mesh.triangles[wall]], mesh.uv[wall]
    assert np.isfinite(corners).all()
    assert (np.ptp(uv, axis=1).max(axis=1) > 0).mean() > 0.95
