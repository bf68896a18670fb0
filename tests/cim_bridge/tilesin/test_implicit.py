"""Implicit tiling: subtrees say which tiles exist."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.issues import IssueLog
from cim_bridge.tilesin.package import open_package
from cim_bridge.tilesin.walk import Walk
from tests.cim_bridge.tilesin.made import pad, tileset, write


def bits(count: int, on: list[int]) -> bytes:
    flags = np.zeros(count, bool)
    flags[on] = True
    return np.packbits(flags, bitorder="little").tobytes()


def subtree(streams: dict[str, Any], **extra: Any) -> bytes:
    """tile, content, child: bytes of a bitstream, or 0 or 1 for a constant."""
    binary, views = b"", []
    named: dict[str, Any] = {}
    for key, value in streams.items():
        if isinstance(value, int):
            named[key] = {"constant": value}
            continue
        binary = pad(binary)
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(value)})
        named[key] = {"bitstream": len(views) - 1}
        binary += value
    document = {
        "buffers": [{"byteLength": len(binary)}], "bufferViews": views,
        "tileAvailability": named["tile"], "contentAvailability": [named["content"]],
        "childSubtreeAvailability": named["child"], **extra,
    }  # fmt: skip
    text, body = pad(json.dumps(document).encode(), b" "), pad(binary)
    return struct.pack("<4sIQQ", b"subt", 1, len(text), len(body)) + text + body


def root(scheme: str, levels: int, depth: int) -> dict[str, Any]:
    name = "{level}_{x}_{y}" + ("_{z}" if scheme == "OCTREE" else "")
    implicit = {
        "subdivisionScheme": scheme, "subtreeLevels": levels, "availableLevels": depth,
        "subtrees": {"uri": f"s/{name}.subtree"},
    }  # fmt: skip
    return {"content": {"uri": f"c/{name}.glb"}, "implicitTiling": implicit}


def walk(path: Path, log: IssueLog | None = None) -> Walk:
    log = IssueLog() if log is None else log
    package = open_package(path, log)
    assert package is not None
    return Walk(package, log).run()


def test_a_quadtree_names_its_contents_by_morton_order_and_follows_child_subtrees(
    tmp_path: Path,
) -> None:
    files = {
        "tileset.json": tileset(root("QUADTREE", 2, 4)),
        "s/0_0_0.subtree": subtree({"tile": 1, "content": bits(5, [2]), "child": bits(16, [9])}),
        "s/2_1_2.subtree": subtree({"tile": bits(5, [0, 4]), "content": bits(5, [4]), "child": 0}),
    }
    found = walk(write(tmp_path, files))
    # Morton 9 = 0b1001: x = bits 0 and 2 -> 1, y = bits 1 and 3 -> 2
    assert [c.uri for _, c in found.contents()] == ["c/1_1_0.glb", "c/3_3_5.glb"]
    assert len(found.tiles) == 5 + 2
    assert [round(t.error, 3) for t, _ in found.contents()] == [5.0, 1.25]
    assert {"s/0_0_0.subtree", "s/2_1_2.subtree"} <= set(found.files)


def test_an_octree_has_eight_children(tmp_path: Path) -> None:
    files = {
        "tileset.json": tileset(root("OCTREE", 2, 2)),
        "s/0_0_0_0.subtree": subtree({"tile": 1, "content": bits(9, [0, 6]), "child": 0}),
    }
    found = walk(write(tmp_path, files))
    assert [c.uri for _, c in found.contents()] == ["c/0_0_0_0.glb", "c/1_1_0_1.glb"]
    assert len(found.tiles) == 9


def test_metadata_of_subtree_tiles_and_contents_reaches_the_content(tmp_path: Path) -> None:
    schema = {
        "classes": {
            "tile": {"properties": {"level": {"type": "SCALAR", "componentType": "UINT8"}}},
            "file": {"properties": {"kind": {"type": "ENUM", "enumType": "kinds"}}},
        },
        "enums": {"kinds": {"valueType": "UINT8", "values": [{"name": "roof", "value": 7}]}},
    }
    values = {"tile": bits(5, [0, 2]), "content": bits(5, [2]), "child": 0}
    tree = subtree(
        values,
        propertyTables=[
            {"class": "tile", "count": 2, "properties": {"level": {"values": 2}}},
            {"class": "file", "count": 1, "properties": {"kind": {"values": 3}}},
        ],
        tileMetadata=0, contentMetadata=[1],
    )  # fmt: skip
    text_size = struct.unpack_from("<Q", tree, 8)[0]
    document = json.loads(tree[24 : 24 + text_size])
    body = pad(tree[24 + text_size :]) + pad(bytes([10, 11])) + pad(bytes([7]))
    document["bufferViews"] += [
        {"buffer": 0, "byteOffset": len(body) - 16, "byteLength": 2},
        {"buffer": 0, "byteOffset": len(body) - 8, "byteLength": 1},
    ]
    text = pad(json.dumps(document).encode(), b" ")
    tree = struct.pack("<4sIQQ", b"subt", 1, len(text), len(body)) + text + body
    files = {
        "tileset.json": tileset(root("QUADTREE", 2, 2), schema=schema),
        "s/0_0_0.subtree": tree,
    }
    ((_, content),) = list(walk(write(tmp_path, files)).contents())
    assert content.uri == "c/1_1_0.glb"
    assert content.metadata == {"level": 11, "kind": "roof"}


def test_a_subtree_that_lies_or_is_absent_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    files = {
        "tileset.json": tileset(root("QUADTREE", 2, 6)),
        "s/0_0_0.subtree": subtree(
            {"tile": 1, "content": bits(5, [0]), "child": bits(16, [0, 1, 2])}
        ),
        "s/2_0_0.subtree": subtree({"tile": b"\1", "content": 1, "child": 0})[:30],
        "s/2_1_0.subtree": subtree({"tile": 1, "content": 1, "child": 0}),
    }  # fmt: skip
    log = IssueLog()
    found = walk(write(tmp_path, files), log)
    assert len(list(found.contents())) == 1 + 5
    assert [issue.code for issue in log] == ["TILESIN_TILE"] * 2


def test_finest_contents_are_those_that_nothing_below_replaces(tmp_path: Path) -> None:
    def tile(name: str, refine: str, *children: dict[str, Any]) -> dict[str, Any]:
        return {"content": {"uri": f"{name}.glb"}, "refine": refine, "geometricError": 1.0,
                "boundingVolume": {}, "children": list(children)}  # fmt: skip

    tree = tile("a", "REPLACE", tile("b", "ADD", tile("c", "REPLACE")), tile("d", "REPLACE"))
    found = walk(write(tmp_path, {"tileset.json": tileset(tree)}))
    assert {c.uri: t.finest for t, c in found.contents()} == {
        "a.glb": False, "b.glb": True, "c.glb": True, "d.glb": True,
    }  # fmt: skip


def test_tilesets_inside_tilesets_are_entered_once(tmp_path: Path) -> None:
    files = {
        "tileset.json": tileset({"content": {"uri": "in/inner.json"}}),
        "in/inner.json": tileset(
            {"contents": [{"uri": "x.glb"}, {"uri": "../tileset.json"}, {"uri": "y.glb"}]}
        ),
    }
    log = IssueLog()
    found = walk(write(tmp_path / "top", files), log)
    assert [c.uri.rpartition("/")[2] for _, c in found.contents()] == ["x.glb", "y.glb"]
    assert [issue.code for issue in log] == ["TILESIN_CYCLE"]
