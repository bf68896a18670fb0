"""A mesh with a look: colours and images stay with their triangles through every step."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cim_bridge.materials import CLAMP, Material, Picture
from cim_bridge.mesh import ARRAYS, NONE, Mesh, canonical, join

RED = Material((1.0, 0.0, 0.0, 1.0))
PHOTO = Material(picture=Picture(data=b"\x89PNG not really"), wrap=CLAMP)


def _bare() -> Mesh:
    corners = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]])
    return Mesh.of(corners, np.array([[0, 1, 2], [0, 2, 3]]), np.array([1, 0]))


def _worn(materials: tuple[Material, ...], material: list[int]) -> Mesh:
    uv = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    return _bare().wearing(np.array(material), uv, materials)


def test_a_mesh_without_a_look_has_no_array_for_one() -> None:
    assert list(_bare().arrays()) == list(ARRAYS[:5])
    assert list(_worn((RED,), [NONE, NONE]).arrays()) == list(ARRAYS[:5])


def test_colours_alone_need_no_texture_coordinates() -> None:
    assert list(_worn((RED,), [0, 0]).arrays()) == list(ARRAYS[:6])


def test_a_look_survives_selecting_joining_and_sorting() -> None:
    both = join([_bare(), _worn((RED,), [0, NONE]), _worn((PHOTO, RED), [0, 1])])
    assert both.materials == (RED, PHOTO)
    assert both.material is not None
    assert both.uv is not None
    assert both.material.tolist() == [NONE, NONE, 0, NONE, 1, 0]
    assert both.uv[4:].tolist() == _worn((PHOTO,), [0, 0]).uv.tolist()  # type: ignore[union-attr]
    kept = canonical(both.select(np.array([True, False, True, False, True, True])))
    assert kept.material is not None
    assert kept.uv is not None
    assert kept.feature.tolist() == [0, 1, 1, 1]
    assert kept.material.tolist() == [0, NONE, 0, 1]
    assert kept.uv[0].tolist() == [[6, 7], [8, 9], [10, 11]]


def test_a_look_is_saved_with_its_images_and_read_again(tmp_path: Path) -> None:
    mesh = _worn((PHOTO, RED), [0, 1])
    mesh.save(tmp_path / "mesh")
    found = Mesh.load(tmp_path / "mesh")
    assert found.material is not None
    assert found.material.tolist() == [0, 1]
    assert found.materials[1] == RED
    picture = found.materials[0].picture
    assert picture is not None
    assert picture.read() == b"\x89PNG not really"
    assert found.materials[0].wrap == CLAMP
    found.save(tmp_path / "again")
    files = sorted(p.relative_to(tmp_path / "mesh") for p in (tmp_path / "mesh").rglob("*.*"))
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "mesh" / name).read_bytes()


def test_a_mesh_without_a_look_saves_what_it_always_saved(tmp_path: Path) -> None:
    _bare().save(tmp_path / "mesh")
    assert sorted(p.name for p in (tmp_path / "mesh").iterdir()) == [
        "feature.npy", "lod.npy", "surface.npy", "triangles.npy", "vertices.npy",
    ]  # fmt: skip
