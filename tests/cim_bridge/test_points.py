"""Point clouds: a tileset of their own, in place, kept from release to release."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import CRS, Transformer
from scipy.spatial import cKDTree

from cim_bridge.build import bridge
from cim_bridge.check import check_city
from cim_bridge.check.glb import Gltf, split_glb
from cim_bridge.check.gltf import items, read_accessor
from cim_bridge.check.vertices import Y_UP, node_matrix
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.points.scan import scan
from cim_bridge.reader import Wish, find_reader
from cim_bridge.readers.points import READER
from cim_bridge.release import open_model
from tests.cim_bridge.cityfiles import new_city

laspy: Any = pytest.importorskip("laspy", reason="the extra `las` is not installed")

EAST, NORTH = 622_100.0, 4_157_100.0


def points(count: int = 3000) -> np.ndarray:
    rng = np.random.default_rng(7)
    low = [EAST, NORTH, 5.0]
    return np.round(rng.uniform(low, [EAST + 80, NORTH + 60, 25.0], (count, 3)), 3)


def write_las(path: Path, xyz: np.ndarray, *, crs: str | None = "EPSG:4549") -> Path:
    header = laspy.LasHeader(point_format=2, version="1.2")
    header.scales, header.offsets = np.full(3, 0.001), np.array([EAST, NORTH, 0.0])
    if crs:
        header.add_crs(CRS.from_user_input(crs))
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    las.red = las.green = las.blue = np.full(len(xyz), 40_000, np.uint16)
    las.write(str(path))
    return path


def write_ply(path: Path, xyz: np.ndarray) -> Path:
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(xyz)}\n"
    head += "".join(f"property double {axis}\n" for axis in "xyz") + "end_header\n"
    path.write_bytes(head.encode() + xyz.astype("<f8").tobytes())
    return path


def write_xyz(path: Path, xyz: np.ndarray) -> Path:
    np.savetxt(path, np.column_stack((xyz, np.full((len(xyz), 3), 128))), fmt="%.3f")
    return path


def drawn(folder: CityFolder, name: str) -> np.ndarray:
    """Earth-centred positions of every point in a tileset."""
    release = open_model(folder)
    file = release.path / release.manifest["tilesets"][name]["uri"]
    found: list[np.ndarray] = []
    stack = [(json.loads(file.read_bytes())["root"], np.eye(4))]
    while stack:
        tile, above = stack.pop()
        own = np.array(tile.get("transform", np.eye(4).ravel())).reshape(4, 4).T
        matrix = above @ own
        stack += [(child, matrix) for child in tile.get("children", [])]
        if "content" in tile:
            document, binary = split_glb((file.parent / tile["content"]["uri"]).read_bytes())
            gltf = Gltf(document, [binary])
            node = items(document, "nodes")[0]
            whole = matrix @ Y_UP @ node_matrix(node)
            for primitive in items(document, "meshes")[0]["primitives"]:
                values = read_accessor(gltf, primitive["attributes"]["POSITION"])
                assert values is not None
                found.append(values.astype(np.float64) @ whole[:3, :3].T + whole[:3, 3])
    return np.concatenate(found)


def expected(xyz: np.ndarray) -> np.ndarray:
    lon, lat = Transformer.from_crs(4549, 4326, always_xy=True).transform(*xyz[:, :2].T)
    to = Transformer.from_crs(4979, 4978, always_xy=True)
    return np.column_stack(to.transform(lon, lat, xyz[:, 2]))


def codes(path: Path, wish: Wish | None = None) -> list[str]:
    log = IssueLog()
    assert find_reader(path, log) is READER
    assert READER.read(path, wish or Wish(), log) is None
    return [issue.code for issue in log.errors]


def test_a_cloud_becomes_a_tileset_in_place_and_stays(tmp_path: Path) -> None:
    folder = new_city(tmp_path)
    xyz = points()
    report = bridge(folder, [write_las(tmp_path / "scan.las", xyz)], layer="points")
    assert not report.issues.errors
    assert not check_city(folder).errors
    entry = open_model(folder).manifest["tilesets"]["points-scan"]
    assert (entry["kind"], entry["points"]) == ("points", len(xyz))
    distance, _ = cKDTree(drawn(folder, "points-scan")).query(expected(xyz))
    assert distance.max() < 0.01

    other = write_ply(tmp_path / "more.ply", points(500))
    bridge(folder, [other], layer="points", crs="EPSG:4549")
    tilesets = open_model(folder).manifest["tilesets"]
    assert tilesets["points-scan"] == entry
    assert "points-more" in tilesets
    assert not check_city(folder).errors

    bridge(folder, [write_las(tmp_path / "scan.las", xyz[:800])], layer="points")
    assert open_model(folder).manifest["tilesets"]["points-scan"]["points"] == 800
    assert not check_city(folder).errors


def test_the_same_cloud_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write_las(tmp_path / "scan.laz", points(1500))
    digests = []
    for name in ("one", "two"):
        folder = CityFolder.init(tmp_path / name, name="城", crs="EPSG:4549")
        digests.append(bridge(folder, [path], layer="points").digest)
    assert digests[0] == digests[1]


@pytest.mark.parametrize("kind", ["laz", "ply", "xyz"])
def test_every_format_is_counted_and_bounded(tmp_path: Path, kind: str) -> None:
    xyz = points(400)
    path = tmp_path / f"scan.{kind}"
    {"laz": write_las, "ply": write_ply, "xyz": write_xyz}[kind](path, xyz)
    log = IssueLog()
    assert find_reader(path, log) is READER
    reading = READER.read(path, Wish(layer="points"), log)
    assert reading is not None, log.to_json()
    (cloud,) = reading.clouds
    assert cloud.count == 400
    assert cloud.bounds == pytest.approx([*xyz.min(axis=0), *xyz.max(axis=0)], abs=2e-3)
    assert reading.crs == ("EPSG:4549" if kind == "laz" else None)
    assert cloud.colored is (kind != "ply")


def test_a_cloud_without_crs_asks_for_it(tmp_path: Path) -> None:
    folder = new_city(tmp_path)
    path = write_las(tmp_path / "scan.las", points(50), crs=None)
    with pytest.raises(InputRefused) as caught:
        bridge(folder, [path], layer="points")
    assert [issue.code for issue in caught.value.log.errors] == ["CRS_MISSING"]


def test_a_cloud_gives_no_units(tmp_path: Path) -> None:
    path = write_las(tmp_path / "scan.las", points(50))
    assert codes(path, Wish(level="building")) == ["POINTS_NO_UNITS"]


def las_claiming(count: int) -> bytes:
    head = bytearray(227)
    head[:4], head[24], head[25] = b"LASF", 1, 2
    struct.pack_into("<HIIBHI", head, 94, 227, 227, 0, 2, 26, count)
    struct.pack_into("<3d", head, 131, 0.001, 0.001, 0.001)
    return bytes(head) + b"\0" * 52


BAD = {
    "short.las": (b"LASF", "POINTS_BROKEN"),
    "many.las": (las_claiming(2**31), "POINTS_BROKEN"),
    "empty.las": (las_claiming(0), "POINTS_NONE"),
    "named.laz": (b"not a cloud", "POINTS_BROKEN"),
    "many.ply": (b"ply\nformat ascii 1.0\nelement vertex 900000000\nproperty float x\nend_header\n",
                 "POINTS_BROKEN"),
    "later.xyz": (b"1 2 3\n4 five 6\n", "POINTS_BROKEN"),
    "nan.xyz": (b"1 2 3\n4 nan 6\n", "COORDINATE_NOT_FINITE"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BAD))
def test_bad_clouds_are_issues(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name][0])
    assert codes(path) == [BAD[name][1]]


@pytest.mark.parametrize("body", [b"nothing here\n", b"1 2\n3 4\n"])
def test_a_text_without_coordinates_is_no_cloud(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(body)
    log = IssueLog()
    assert find_reader(path, log) is None
    assert [issue.code for issue in log.errors] == ["FORMAT_UNKNOWN"]


def test_a_scan_out_of_time_is_an_issue(tmp_path: Path) -> None:
    log = IssueLog()
    assert scan(write_las(tmp_path / "a.las", points(20)), "las", log, seconds=0.01) is None
    assert [issue.code for issue in log.errors] == ["POINTS_BROKEN"]
