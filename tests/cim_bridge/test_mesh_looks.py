"""Looks of mesh files: images of glTF and OBJ, colours of materials and of vertices."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from cim_bridge.images import pixels
from cim_bridge.mesh import NONE, Mesh
from tests.cim_bridge.lookfiles import quarters
from tests.cim_bridge.test_meshes import codes, good, read, y_up

WALL = np.array([[0, 0, 0], [10, 0, 0], [10, 0, 8], [0, 0, 8]], float)
BACK = WALL + np.array([0.0, 6.0, 0.0])
CORNERS = np.vstack([WALL, BACK])
FACES = np.array([[0, 1, 2], [0, 2, 3], [5, 4, 7], [5, 7, 6]])
UV = np.tile([[0, 0], [1, 0], [1, 1], [0, 1]], (2, 1)).astype(float)


def _worn(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    assert mesh.material is not None
    assert mesh.uv is not None
    return mesh.material, mesh.uv


def _check_uv(mesh: Mesh) -> None:
    """The image stands upright and reads from west to east on both walls."""
    material, uv = _worn(mesh)
    assert (material == 0).all()
    corners = mesh.vertices[mesh.triangles]
    low = corners[:, :, 2].min()
    assert (uv[:, :, 1] == (corners[:, :, 2] > low + 4)).all()
    assert (uv[:, :, 0] == (corners[:, :, 0] > corners[:, :, 0].min() + 5)).all()


def test_a_glb_keeps_its_image_and_where_it_lies(tmp_path: Path) -> None:
    image = Image.open(quarters(tmp_path / "wall.png"))
    look = trimesh.visual.TextureVisuals(
        uv=UV, material=trimesh.visual.material.PBRMaterial(baseColorTexture=image)
    )
    body = trimesh.Trimesh(CORNERS, FACES, process=False, visual=look)
    path = tmp_path / "wall.glb"
    turned = y_up(body)
    turned.visual = look
    trimesh.Scene({"wall": turned}).export(path)
    mesh = good(path).mesh
    assert mesh is not None
    _check_uv(mesh)
    picture = mesh.materials[0].picture
    assert picture is not None
    assert np.array_equal(pixels(picture)[:, :, :3], np.asarray(image.convert("RGB")))


def test_an_obj_keeps_the_image_of_its_library(tmp_path: Path) -> None:
    quarters(tmp_path / "wall.png")
    (tmp_path / "town.mtl").write_text("newmtl brick\nKd 1 1 1\nmap_Kd wall.png\n")
    mesh = good(_obj(tmp_path)).mesh
    assert mesh is not None
    _check_uv(mesh)
    picture = mesh.materials[0].picture
    assert picture is not None
    assert picture.read() == (tmp_path / "wall.png").read_bytes()


def _obj(folder: Path) -> Path:
    lines = ["mtllib town.mtl", "o wall", "usemtl brick"]
    lines += [f"v {x} {y} {z}" for x, y, z in CORNERS]
    lines += [f"vt {u} {v}" for u, v in UV]
    lines += ["f " + " ".join(f"{k + 1}/{k + 1}" for k in face) for face in FACES]
    path = folder / "town.obj"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("library", "code"),
    [
        ("map_Kd ../../etc/hostname", "TEXTURE_OUTSIDE"),
        ("map_Kd https://example.org/a.png", "TEXTURE_REMOTE"),
        ("map_Kd absent.png", "TEXTURE_MISSING"),
    ],
)
def test_an_obj_never_opens_what_lies_elsewhere(tmp_path: Path, library: str, code: str) -> None:
    (tmp_path / "town.mtl").write_text(f"newmtl brick\nKd 0.5 0.2 0.1\n{library}\n")
    reading, log = read(_obj(tmp_path))
    assert reading is not None
    assert reading.mesh is not None
    assert len(reading.mesh) == 4
    assert [issue.code for issue in log if issue.code.startswith("TEXTURE")] == [code]
    assert all(one.picture is None for one in reading.mesh.materials)


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("../../wall.png", "TEXTURE_OUTSIDE"),
        ("https://example.org/wall.png", "TEXTURE_REMOTE"),
        ("absent.png", "TEXTURE_MISSING"),
    ],
)
def test_a_gltf_never_opens_what_lies_elsewhere(tmp_path: Path, uri: str, code: str) -> None:
    look = trimesh.visual.TextureVisuals(
        uv=UV,
        material=trimesh.visual.material.PBRMaterial(
            baseColorTexture=Image.open(quarters(tmp_path / "wall.png"))
        ),
    )
    scene = trimesh.Scene({"wall": trimesh.Trimesh(CORNERS, FACES, process=False, visual=look)})
    for name, data in trimesh.exchange.gltf.export_gltf(scene).items():
        (tmp_path / name).write_bytes(data)
    document = json.loads((tmp_path / "model.gltf").read_text())
    document["images"] = [{"uri": uri}]
    (tmp_path / "model.gltf").write_text(json.dumps(document))
    reading, log = read(tmp_path / "model.gltf")
    assert reading is not None, log.to_json()
    assert reading.mesh is not None
    assert len(reading.mesh) == 4
    assert [issue.code for issue in log if issue.code.startswith("TEXTURE")] == [code]
    assert all(one.picture is None for one in reading.mesh.materials)


def test_colours_of_materials_and_vertices_are_kept_as_a_screen_shows_them(
    tmp_path: Path,
) -> None:
    red = trimesh.Trimesh(CORNERS, FACES, process=False)
    red.visual.vertex_colors = np.array([200, 40, 40, 255], np.uint8)
    red.export(tmp_path / "red.ply")
    mesh = good(tmp_path / "red.ply").mesh
    assert mesh is not None
    assert mesh.material is not None
    assert [round(255 * v) for v in mesh.materials[0].colour] == [200, 40, 40, 255]
    linear = trimesh.visual.material.PBRMaterial(baseColorFactor=[0.2159, 0.0, 0.0, 1.0])
    body = trimesh.Trimesh(
        CORNERS, FACES, process=False, visual=trimesh.visual.TextureVisuals(material=linear)
    )
    trimesh.Scene({"wall": body}).export(tmp_path / "red.glb")
    mesh = good(tmp_path / "red.glb").mesh
    assert mesh is not None
    assert mesh.materials[0].colour[0] == pytest.approx(0.5, abs=0.01)


def test_a_body_without_a_look_stays_without(tmp_path: Path) -> None:
    body = trimesh.Trimesh(CORNERS, FACES, process=False)
    body.export(tmp_path / "bare.glb")
    body.export(tmp_path / "bare.obj")
    for name in ("bare.glb", "bare.obj"):
        mesh = good(tmp_path / name).mesh
        assert mesh is not None
        assert mesh.material is None or (mesh.material == NONE).all()


def test_codes_stay_what_they_were(tmp_path: Path) -> None:
    (tmp_path / "bad.glb").write_bytes(b"glTF\x02\0\0\0\xff\xff\0\0")
    assert codes(tmp_path / "bad.glb") == ["MESH_BROKEN"]
