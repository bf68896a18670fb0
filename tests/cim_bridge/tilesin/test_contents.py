"""Contents of every format give their features; those that lie give an Issue, and others go on."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_bridge.issues import IssueLog
from cim_bridge.tilesin.opened import open_tileset
from cim_bridge.tilesin.pieces import WHOLE, Piece
from tests.cim_bridge.tilesin.made import b3dm, cmpt, cubes, glb, pad, tileset, write

BATCH = {"id": ["a", "b", "c"], "height": [3, 3, 3]}


def read(
    tmp_path: Path, files: dict[str, bytes], **tile: Any
) -> tuple[list[Piece], list[str]]:  # fmt: skip
    contents = {"contents": [{"uri": name} for name in files if not name.endswith(".bin")]}
    top = {"tileset.json": tileset({**contents, **tile}), **files}
    log = IssueLog()
    opened = open_tileset(write(tmp_path, top), log)
    assert opened is not None, log.to_json()
    return list(opened.pieces()), [issue.code for issue in log]


def one(tmp_path: Path, data: bytes, name: str = "a.b3dm", **tile: Any) -> Piece:
    pieces, codes = read(tmp_path, {name: data}, **tile)
    assert codes == []
    (piece,) = pieces
    return piece


def bounds(piece: Piece) -> list[list[float]]:
    return [piece.vertices.min(0).round(6).tolist(), piece.vertices.max(0).round(6).tolist()]


def test_a_b3dm_gives_its_batch_table_and_stands_upright(tmp_path: Path) -> None:
    piece = one(tmp_path, b3dm(cubes(3, name="_BATCHID"), 3, BATCH))
    assert piece.fid.tolist() == [0, 1, 2]
    assert piece.columns["id"].tolist() == ["a", "b", "c"]
    assert bounds(piece) == [[0, -1, 0], [5, 0, 3]]
    assert np.bincount(piece.owner).tolist() == [12, 12, 12]


def test_centre_and_transform_move_it(tmp_path: Path) -> None:
    move = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 100, 0, 0, 1]
    data = b3dm(cubes(1, name="_BATCHID"), 1, {"id": ["a"]}, RTC_CENTER=[0, 50, 7])
    assert bounds(one(tmp_path, data, transform=move)) == [[100, 49, 7], [101, 50, 10]]
    extensions = {"CESIUM_RTC": {"center": [0, 0, 9]}}
    inner = cubes(1, extensions=extensions, extensionsRequired=["CESIUM_RTC"])
    assert bounds(one(tmp_path, inner, "a.glb"))[0] == [0, -1, 9]


@pytest.mark.parametrize("old", [20, 24])
def test_headers_of_before_2016_are_read(tmp_path: Path, old: int) -> None:
    names = pad(json.dumps({"id": ["a", "b"]}).encode(), b" ")
    inner = cubes(2, name="_BATCHID")
    counts = [2, len(names)] if old == 20 else [len(names), 0, 2]
    head = struct.pack(f"<4s{2 + len(counts)}I", b"b3dm", 1, old + len(names) + len(inner), *counts)
    assert one(tmp_path, head + names + inner).columns["id"].tolist() == ["a", "b"]


def test_a_composite_gives_a_piece_for_each_tile_inside(tmp_path: Path) -> None:
    first = b3dm(cubes(1, name="_BATCHID"), 1, {"id": ["a"]})
    second = b3dm(cubes(2, name="_BATCHID"), 2, {"id": ["b", "c"]})
    pieces, codes = read(tmp_path, {"a.cmpt": cmpt(first, cmpt(second))})
    assert codes == []
    assert {p.uri: p.columns["id"].tolist() for p in pieces} == {
        "a.cmpt#0": ["a"], "a.cmpt#1.0": ["b", "c"],
    }  # fmt: skip


def i3dm(inner: bytes, embedded: int, positions: Any, **feature: Any) -> bytes:
    points = np.array(positions, "<f4").tobytes()
    table = {"INSTANCES_LENGTH": len(positions), "POSITION": {"byteOffset": 0}, **feature}
    text = pad(json.dumps(table).encode(), b" ")
    body = text + points + inner
    return (
        struct.pack(
            "<4sIIIIIII", b"i3dm", 1, 32 + len(body), len(text), len(points), 0, 0, embedded
        )
        + body
    )


def test_instances_are_features_with_places_of_their_own(tmp_path: Path) -> None:
    places = [[0, 0, 0], [10, 0, 0]]
    piece = one(tmp_path, i3dm(cubes(1), 1, places, SCALE={"byteOffset": 0}), "a.i3dm")
    assert len(piece) == 2  # SCALE reads the positions' bytes: the numbers do not matter here
    piece = one(tmp_path, i3dm(cubes(1), 1, places), "a.i3dm")
    x = piece.vertices[:, 0]
    assert [x[piece.triangles[piece.owner == k]].min() for k in (0, 1)] == [0, 10]
    pieces, codes = read(tmp_path, {"b.i3dm": i3dm(b"tree.glb", 0, places), "tree.glb": cubes(1)})
    assert codes == []
    assert len(pieces[0]) == 2
    _, codes = read(tmp_path, {"c.i3dm": i3dm(b"absent.glb", 0, places)})
    assert codes == ["TILESIN_CONTENT_BROKEN"]


def test_points_belong_to_batches(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [9, 9, 9]], "<f4").tobytes()
    table = {"POINTS_LENGTH": 3, "POSITION": {"byteOffset": 0}, "BATCH_LENGTH": 2,
             "BATCH_ID": {"byteOffset": 36, "componentType": "UNSIGNED_BYTE"}}  # fmt: skip
    text, data = pad(json.dumps(table).encode(), b" "), points + bytes([1, 1, 0])
    names = pad(json.dumps({"id": ["x", "y"]}).encode(), b" ")
    length = 28 + len(text) + len(data) + len(names)
    head = struct.pack("<4sIIIIII", b"pnts", 1, length, len(text), len(data), len(names), 0)
    piece = one(tmp_path, head + text + data + names, "a.pnts")
    assert piece.columns["id"].tolist() == ["x", "y"]
    assert piece.point_owner.tolist() == [1, 1, 0]
    assert len(piece.triangles) == 0


def test_a_glb_gives_its_property_table_or_is_one_thing(tmp_path: Path) -> None:
    piece = one(tmp_path, cubes(3, table=True), "a.glb")
    assert piece.columns["id"].tolist() == ["B0", "B1", "B2"]
    plain = one(tmp_path, cubes(3, name="TEXCOORD_9"), "a.glb")
    assert plain.fid.tolist() == [WHOLE]
    assert plain.owner.tolist() == [0] * 36


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def test_a_json_gltf_takes_its_buffers_from_the_package_or_from_itself(tmp_path: Path) -> None:
    document, binary = split(cubes(2, table=True))
    inline = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    for uri in ("a.bin", inline):
        document["buffers"][0]["uri"] = uri
        files = {"a.gltf": json.dumps(document).encode(), "a.bin": binary}
        pieces, codes = read(tmp_path, files)
        assert codes == []
        assert pieces[0].columns["id"].tolist() == ["B0", "B1"]
    document["buffers"][0]["uri"] = "../../secret.bin"
    _, codes = read(tmp_path, {"a.gltf": json.dumps(document).encode()})
    assert codes == ["TILESIN_CONTENT_BROKEN"]


def test_quantized_sparse_and_strip_geometry_is_read(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [100, 0, 0], [0, 100, 0], [100, 100, 0]], "<i2")
    binary = np.pad(points, ((0, 0), (0, 1))).tobytes() + bytes([3, 0, 0, 0])
    binary += np.array([300, 300, 0, 0], "<i2").tobytes()
    views = [(0, 32, 8), (32, 1, 0), (36, 6, 0)]
    document = {
        "asset": {"version": "2.0"}, "extensionsRequired": ["KHR_mesh_quantization"],
        "nodes": [{"mesh": 0, "scale": [0.01] * 3, "translation": [1, 0, 0]}],
        "scenes": [{"nodes": [0]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "mode": 5}]}],
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": a, "byteLength": b, **({"byteStride": s} if s else {})}
            for a, b, s in views
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5122, "count": 4, "type": "VEC3",
             "sparse": {"count": 1, "indices": {"bufferView": 1, "componentType": 5121},
                        "values": {"bufferView": 2}}}
        ],
    }  # fmt: skip
    piece = one(tmp_path, glb(document, binary), "a.glb")
    assert bounds(piece) == [[1, 0, 0], [4, 0, 3]]
    assert piece.triangles.tolist() == [[0, 1, 2], [1, 3, 2]]


def lie(data: bytes, change: Any) -> bytes:
    document, binary = split(data)
    change(document)
    return glb(document, binary)


LIES = {
    "count": lambda d: d["accessors"][0].update(count=1 << 31),
    "no view": lambda d: d["accessors"][0].update(count=10**9, bufferView=None)
    or d["accessors"][0].pop("bufferView"),
    "negative": lambda d: d["accessors"][0].update(count=-1),
    "offset": lambda d: d["bufferViews"][0].update(byteOffset=1 << 40),
    "index": lambda d: d["accessors"][2].update(componentType=5121, bufferView=1, count=64),
    "cycle": lambda d: d["nodes"][0].update(children=[0]),
    "node": lambda d: d["scenes"][0].update(nodes=[7]),
    "type": lambda d: d["accessors"][0].update(type="VEC9"),
    "required": lambda d: d.update(extensionsRequired=["VENDOR_secret"]),
    "list": lambda d: d.update(meshes=[[]]),
    "table": lambda d: d["extensions"]["EXT_structural_metadata"]["propertyTables"][0].update(
        count=1 << 40
    ),
    "sparse": lambda d: d["accessors"][0].update(
        sparse={"count": 10**9, "indices": {"bufferView": 1, "componentType": 5121},
                "values": {"bufferView": 0}}
    ),
    "instances": lambda d: d["nodes"][0].update(
        extensions={"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 99}}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_content_that_lies_is_reported_and_the_others_go_on(tmp_path: Path, name: str) -> None:
    good = b3dm(cubes(2, name="_BATCHID"), 2, {"id": ["a", "b"]})
    pieces, codes = read(tmp_path, {"bad.glb": lie(cubes(2, table=True), LIES[name]), "b": good})
    assert [piece.uri for piece in pieces if piece.uri != "bad.glb"] == ["b"]
    if name != "list":  # a mesh that is no object counts as one without primitives
        assert len(codes) == 1
        assert codes[0] in ("TILESIN_CONTENT_BROKEN", "TILESIN_CONTENT_UNREADABLE")


@pytest.mark.parametrize("magic", [b"b3dm", b"i3dm", b"pnts", b"cmpt", b"glTF", b"vctr", b"{", b""])
def test_every_cut_of_every_format_is_an_issue(tmp_path: Path, magic: bytes) -> None:
    whole = b3dm(cubes(2, name="_BATCHID"), 2, BATCH)
    files = {
        f"{n}.x": magic + whole[4:n] for n in (4, 8, 11, 12, 20, 28, 29, 60, 300, len(whole) - 9)
    }
    pieces, codes = read(tmp_path, files)
    assert pieces == []
    assert set(codes) <= {"TILESIN_CONTENT_BROKEN", "TILESIN_CONTENT_UNREADABLE"}
    assert codes


def test_missing_contents_are_counted_and_named(tmp_path: Path) -> None:
    log = IssueLog()
    tile = tileset({"contents": [{"uri": "a.glb"}, {"uri": "b.glb"}]})
    opened = open_tileset(write(tmp_path, {"tileset.json": tile, "b.glb": cubes(1)}), log)
    assert opened is not None
    assert [piece.uri for piece in opened.pieces()] == ["b.glb"]
    assert [(issue.code, issue.count) for issue in log] == [("TILESIN_CONTENT_MISSING", 1)]
    assert "a.glb" in log.warnings[0].why["en"]


def test_metadata_of_groups_tiles_and_contents_stands_beside_the_features_own(
    tmp_path: Path,
) -> None:
    kinds = {"properties": {"owner": {"type": "STRING"}, "id": {"type": "STRING"}}}
    document = json.loads(tileset({}))
    document["schema"] = {"classes": {"c": kinds}}
    document["groups"] = [{"class": "c", "properties": {"owner": "city"}}]
    document["root"]["metadata"] = {"class": "c", "properties": {"id": "tile"}}
    document["root"]["content"] = {"uri": "a.glb", "group": 0}
    files = {"tileset.json": json.dumps(document).encode(), "a.glb": cubes(2, table=True)}
    opened = open_tileset(write(tmp_path, files), IssueLog())
    assert opened is not None
    (piece,) = opened.pieces()
    assert piece.columns["owner"].tolist() == ["city", "city"]
    assert piece.columns["id"].tolist() == ["B0", "B1"]
