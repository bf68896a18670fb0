"""Compressed and older glTF inside tiles: meshopt, Draco, EXT_feature_metadata, instances."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_bridge.issues import IssueLog
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.draco import unpack
from cim_bridge.tilesin.opened import open_tileset
from cim_bridge.tilesin.pieces import Piece
from tests.cim_bridge.tilesin.made import CUBE, FACES, glb, tileset, write


def read(tmp_path: Path, data: bytes) -> tuple[list[Piece], IssueLog]:
    files = {"tileset.json": tileset({"content": {"uri": "a.glb"}}), "a.glb": data}
    log = IssueLog()
    opened = open_tileset(write(tmp_path, files), log)
    assert opened is not None
    return list(opened.pieces()), log


def document(primitive: dict[str, Any], accessors: list[dict[str, Any]], **more: Any) -> Any:
    return {
        "asset": {"version": "2.0"}, "nodes": [{"mesh": 0}], "scenes": [{"nodes": [0]}],
        "meshes": [{"primitives": [primitive]}], "accessors": accessors, **more,
    }  # fmt: skip


def draco_cube() -> bytes:
    draco = pytest.importorskip("DracoPy")
    packed: bytes = draco.encode(CUBE, FACES.astype(np.uint32), quantization_bits=14)
    inside = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    primitive = {"attributes": {"POSITION": 0}, "indices": 1, "extensions": inside}
    accessors = [
        {"componentType": 5126, "count": 8, "type": "VEC3"},
        {"componentType": 5125, "count": 36, "type": "SCALAR"},
    ]
    views = [{"buffer": 0, "byteLength": len(packed)}]
    return glb(
        document(primitive, accessors, bufferViews=views, buffers=[{"byteLength": len(packed)}],
                 extensionsRequired=["KHR_draco_mesh_compression"]),
        packed,
    )  # fmt: skip


def test_draco_geometry_is_unpacked(tmp_path: Path) -> None:
    (piece,), log = read(tmp_path, draco_cube())
    assert not len(log)
    assert len(piece.triangles) == 12
    assert piece.vertices.min(0).round(3).tolist() == [0, -1, 0]
    assert piece.vertices.max(0).round(3).tolist() == [1, 0, 1]


def test_without_dracopy_an_issue_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = draco_cube()
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    pieces, log = read(tmp_path, data)
    assert pieces == []
    assert [issue.code for issue in log] == ["TILESIN_CONTENT_UNREADABLE"]
    assert "pip install DracoPy" in log.warnings[0].why["en"]


def test_a_draco_header_that_promises_too_much_is_never_decoded() -> None:
    pytest.importorskip("DracoPy")
    lie = b"DRACO\2\3\0\0\0\0" + (1 << 31).to_bytes(4, "little") + b"\0" * 20
    with pytest.raises(Broken, match="cannot come from"):
        unpack(lie)


def test_a_meshopt_view_is_decoded_before_its_accessor_reads_it(tmp_path: Path) -> None:
    cases = json.loads(Path(__file__).with_name("meshopt.json").read_text(encoding="ascii"))
    vertices = next(c for c in cases if c["byteStride"] == 12 and c["filter"] == "NONE")
    packed = base64.b64decode(vertices["data"])
    count = vertices["count"]
    packing = {"buffer": 0, "byteLength": len(packed), "byteStride": 12, "count": count,
               "mode": "ATTRIBUTES"}  # fmt: skip
    view = {"buffer": 1, "byteLength": count * 12, "byteStride": 12,
            "extensions": {"EXT_meshopt_compression": packing}}  # fmt: skip
    accessors = [{"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3"}]
    made = document(
        {"attributes": {"POSITION": 0}, "mode": 0}, accessors, bufferViews=[view],
        buffers=[{"byteLength": len(packed)}, {"byteLength": count * 12}],
        extensionsRequired=["EXT_meshopt_compression"],
    )  # fmt: skip
    (piece,), log = read(tmp_path, glb(made, packed))
    assert not len(log)
    want = np.frombuffer(base64.b64decode(vertices["want"]), "<f4").reshape(-1, 3)
    assert np.allclose(piece.vertices, np.column_stack((want[:, 0], -want[:, 2], want[:, 1])))


def test_the_draft_of_feature_metadata_is_read_and_noted(tmp_path: Path) -> None:
    points = np.zeros((4, 3), "<f4").tobytes()
    heights = np.array([3.5, 7.0], "<f4").tobytes()
    told = {"featureIdAttributes": [{"featureTable": "b", "featureIds": {"divisor": 2}}]}
    schema = {"classes": {"b": {"properties": {"h": {"type": "FLOAT32"}}}}}
    table = {"class": "b", "count": 2, "properties": {"h": {"bufferView": 1}}}
    made = document(
        {"attributes": {"POSITION": 0}, "mode": 0, "extensions": {"EXT_feature_metadata": told}},
        [{"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"}],
        bufferViews=[{"buffer": 0, "byteLength": 48},
                     {"buffer": 0, "byteOffset": 48, "byteLength": 8}],
        buffers=[{"byteLength": 56}],
        extensions={"EXT_feature_metadata": {"schema": schema, "featureTables": {"b": table}}},
    )  # fmt: skip
    (piece,), log = read(tmp_path, glb(made, points + heights))
    assert piece.columns["h"].tolist() == [3.5, 7.0]
    assert piece.point_owner.tolist() == [0, 0, 1, 1]
    assert [issue.code for issue in log] == ["TILESIN_NOTED"]
