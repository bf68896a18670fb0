"""Mesh files: places, axes, names, and headers that lie."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from cim_bridge.anchor import Anchor
from cim_bridge.build import bridge
from cim_bridge.check import check_city
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.meshes.collect import read_body
from cim_bridge.reader import Reading, Wish, find_reader
from cim_bridge.readers.meshes import READER
from cim_bridge.release import open_model

AT = Wish(anchor=Anchor.of("460000,5430000,50", 0.0, "EPSG:32632"))


def box(x: float, y: float, z: float, height: float) -> trimesh.Trimesh:
    """10 m × 6 m, its foot at z, with z up."""
    made = trimesh.creation.box((10, 6, height))
    made.apply_translation((x, y, z + height / 2))
    return made


def y_up(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The same body in glTF's axes."""
    turned = mesh.copy()
    v = mesh.vertices
    turned.vertices = np.column_stack((v[:, 0], v[:, 2], -v[:, 1]))
    return turned


def town() -> trimesh.Scene:
    scene = trimesh.Scene()
    scene.add_geometry(y_up(box(0, 0, 0, 12)), node_name="tower", geom_name="g1")
    scene.add_geometry(y_up(box(50, 20, 0, 6)), node_name="hall", geom_name="g2")
    return scene


def read(path: Path, wish: Wish = AT) -> tuple[Reading | None, IssueLog]:
    log = IssueLog()
    reader = find_reader(path, log)
    assert reader is READER
    return READER.read(path, wish, log), log


def good(path: Path, wish: Wish = AT) -> Reading:
    reading, log = read(path, wish)
    assert reading is not None, log.to_json()
    assert reading.mesh is not None
    return reading


def codes(path: Path, wish: Wish = AT) -> list[str]:
    reading, log = read(path, wish)
    assert reading is None
    return [issue.code for issue in log.errors]


@pytest.mark.parametrize("kind", ["obj", "ply", "stl", "glb"])
def test_every_format_lands_on_its_anchor_with_its_own_up(tmp_path: Path, kind: str) -> None:
    body = box(3, 4, 1, 9)
    path = tmp_path / f"hall.{kind}"
    (y_up(body) if kind == "glb" else body).export(path)
    reading = good(path)
    assert reading.mesh is not None
    low, high = reading.mesh.vertices.min(axis=0), reading.mesh.vertices.max(axis=0)
    assert low == pytest.approx([459998, 5430001, 51], abs=1e-3)
    assert high == pytest.approx([460008, 5430007, 60], abs=1e-3)
    assert reading.units[0].ids.tolist() == ["hall"]
    assert reading.units[0].shapes[0].area == pytest.approx(60, rel=1e-3)
    assert len(reading.mesh) == 12


def test_up_turns_a_file_against_the_habit_of_its_format(tmp_path: Path) -> None:
    path = tmp_path / "a.obj"
    y_up(box(0, 0, 0, 9)).export(path)
    wish = Wish(anchor=AT.anchor, up="y")
    mesh = good(path, wish).mesh
    assert mesh is not None
    assert np.ptp(mesh.vertices[:, 2]) == pytest.approx(9)


def test_the_heading_turns_the_y_axis_clockwise(tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    box(0, 100, 0, 9).export(path)
    wish = Wish(anchor=Anchor.of("460000,5430000", 90.0, "EPSG:32632"))
    mesh = good(path, wish).mesh
    assert mesh is not None
    assert mesh.vertices[:, :2].mean(axis=0) == pytest.approx([460100, 5430000], abs=1e-6)


def test_named_nodes_are_buildings(tmp_path: Path) -> None:
    path = tmp_path / "town.glb"
    town().export(path)
    reading = good(path)
    units = reading.units[0]
    assert sorted(units.ids.tolist()) == ["hall", "tower"]
    assert [json.loads(text) for text in units.columns["attributes"]] == [{"triangles": 12}] * 2


def test_named_objects_of_an_obj_are_buildings(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(box(0, 0, 0, 12), geom_name="tower")
    scene.add_geometry(box(50, 20, 0, 6), geom_name="hall")
    path = tmp_path / "town.obj"
    scene.export(path)
    assert sorted(good(path).units[0].ids.tolist()) == ["hall", "tower"]


def test_coordinates_of_a_projected_system_need_no_anchor(tmp_path: Path) -> None:
    path = tmp_path / "a.obj"
    box(460000, 5430000, 50, 9).export(path)
    mesh = good(path, Wish(crs="EPSG:32632")).mesh
    assert mesh is not None
    assert mesh.vertices.min(axis=0) == pytest.approx([459995, 5429997, 50], abs=1e-6)


def test_without_any_place_the_anchor_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    box(0, 0, 0, 9).export(path)
    assert codes(path, Wish()) == ["MESH_PLACE_MISSING"]
    assert codes(path, Wish(crs="EPSG:4326")) == ["MESH_PLACE_MISSING"]


def test_a_size_in_millimetres_is_questioned(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    box(0, 0, 0, 9).apply_scale(1000).export(path)
    _, log = read(path)
    assert "MESH_SIZE_ODD" in [issue.code for issue in log.warnings]


def glb(document: dict[str, object], binary: bytes = b"\0" * 36) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    body += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def claiming(**accessor: object) -> bytes:
    return glb(
        {
            "asset": {"version": "2.0"},
            "buffers": [{"byteLength": 36}],
            "bufferViews": [{"buffer": 0, "byteLength": 36}],
            "accessors": [{"componentType": 5126, "type": "VEC3", **accessor}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
            "nodes": [{"mesh": 0}],
            "scenes": [{"nodes": [0]}],
        }
    )


LIES = {
    "short.glb": b"glTF",
    "cut.glb": claiming(bufferView=0, count=3)[:-8],
    "many.glb": claiming(bufferView=0, count=2**31 - 1),
    "nothing.glb": claiming(count=10**9),
    "cycle.glb": glb({"asset": {"version": "2.0"}, "nodes": [{"children": [0]}],
                      "scenes": [{"nodes": [0]}]}),
    "many.ply": b"ply\nformat binary_little_endian 1.0\nelement vertex 2000000000\n"
                b"property float x\nelement face 1\nproperty list uchar int v\nend_header\n1234",
    "open.ply": b"ply\nformat ascii 1.0\nelement vertex 3\nelement face 1\n",
    "many.stl": b"\0" * 80 + struct.pack("<I", 2**31) + b"\0" * 50,
    "out.gltf": b'{"asset":{"version":"2.0"},"buffers":[{"byteLength":4,"uri":"../../secret"}]}',
    "net.gltf": b'{"asset":{"version":"2.0"},"buffers":[{"byteLength":4,"uri":"http://a.b/c"}]}',
    "text.gltf": b"{not json",
}  # fmt: skip


@pytest.mark.parametrize("name", list(LIES))
def test_a_lying_header_never_reaches_the_library(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*words: object, **limits: object) -> None:
        raise AssertionError("the child was started")

    monkeypatch.setattr("cim_bridge.meshes.collect.run_child", never)
    path = tmp_path / name
    path.write_bytes(LIES[name])
    found = codes(path)
    assert found
    assert all(code.startswith(("MESH_", "CHECK_")) for code in found)


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("lines.obj", b"v 0 0 0\nv 1 0 0\nl 1 2\n", "MESH_NO_TRIANGLES"),
        ("wrong.obj", b"v 0 0\nf 1 2 999\nv x y z\n", "MESH_UNREADABLE"),
        ("nan.ply", b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\n"
         b"property float y\nproperty float z\nelement face 1\n"
         b"property list uchar int vertex_indices\nend_header\n"
         b"nan 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "COORDINATE_NOT_FINITE"),
    ],
)  # fmt: skip
def test_bad_contents_are_issues(tmp_path: Path, name: str, body: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    found = codes(path)
    assert found[0] in (code, "MESH_UNREADABLE", "MESH_NO_TRIANGLES")


def test_a_child_out_of_time_is_an_issue(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    box(0, 0, 0, 9).export(path)
    log = IssueLog()
    assert read_body(path, "stl", None, log, seconds=0.01) is None
    assert [issue.code for issue in log.errors] == ["MESH_UNREADABLE"]


def test_a_city_of_meshes_is_sound(tmp_path: Path) -> None:
    folder = CityFolder.init(tmp_path / "city", name="城", crs="EPSG:32632")
    path = tmp_path / "town.glb"
    town().export(path)
    report = bridge(folder, [path], anchor="460000,5430000,50", heading=30)
    assert report.counts["building"] == 2
    assert not check_city(folder).errors
    heights = open_model(folder).units.query("level == 'building'").set_index("source_id")["height"]
    assert heights.to_dict() == pytest.approx({"tower": 12.0, "hall": 6.0}, abs=1e-3)


@pytest.mark.shared
def test_the_glb_files_of_the_tile_samples_are_read_or_refused(shared: Path) -> None:
    files = sorted((shared / "data" / "tiles11").rglob("*.glb"))[:6]
    files += sorted((shared / "data" / "tiles11").rglob("*.gltf"))[:2]
    assert files
    for path in files:
        reading, log = read(path)
        assert reading is not None or log.errors, path
