"""Small tilesets, written byte by byte."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

BOX = {"box": [0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 100]}

CUBE = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)])
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


def pad(data: bytes, fill: bytes = b"\0", size: int = 8) -> bytes:
    return data + fill * (-len(data) % size)


def glb(document: dict[str, Any], binary: bytes) -> bytes:
    text, body = pad(json.dumps(document).encode(), b" "), pad(binary)
    length = 12 + 8 + len(text) + 8 + len(body)
    head = struct.pack("<4sII", b"glTF", 2, length)
    return head + struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack(
        "<II", len(body), 0x004E4942
    ) + body  # fmt: skip


def cubes(count: int, *, name: str = "_FEATURE_ID_0", table: bool = False, **extra: Any) -> bytes:
    """Unit cubes in a row along x, 2 m apart, 3 m high (y up), cube k of feature k."""
    points = np.concatenate([CUBE * (1, 3, 1) + (2 * k, 0, 0) for k in range(count)])
    corners = np.concatenate([FACES + 8 * k for k in range(count)]).astype("<u2")
    ids = np.repeat(np.arange(count), 8).astype("<f4")
    parts = [points.astype("<f4").tobytes(), ids.tobytes(), corners.tobytes()]
    document: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, name: 1}, "indices": 2}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3",
             "min": points.min(0).tolist(), "max": points.max(0).tolist()},
            {"bufferView": 1, "componentType": 5126, "count": len(points), "type": "SCALAR"},
            {"bufferView": 2, "componentType": 5123, "count": corners.size, "type": "SCALAR"},
        ],
    }  # fmt: skip
    if table:
        names = [f"B{k}".encode() for k in range(count)]
        parts += [b"".join(names), np.cumsum([0, *map(len, names)]).astype("<u4").tobytes()]
        features = [{"featureCount": count, "attribute": 0, "propertyTable": 0}]
        primitive = document["meshes"][0]["primitives"][0]
        primitive["extensions"] = {"EXT_mesh_features": {"featureIds": features}}
        document["extensions"] = {
            "EXT_structural_metadata": {
                "schema": {"classes": {"b": {"properties": {"id": {"type": "STRING"}}}}},
                "propertyTables": [
                    {"class": "b", "count": count,
                     "properties": {"id": {"values": 3, "stringOffsets": 4}}}
                ],
            }
        }  # fmt: skip
    binary = b""
    document["bufferViews"] = []
    for part in parts:
        binary = pad(binary)
        document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(binary), "byteLength": len(part)}
        )
        binary += part
    document["buffers"] = [{"byteLength": len(binary)}]
    return glb({**document, **extra}, binary)


def b3dm(inner: bytes, count: int, batch: dict[str, Any] | None = None, **feature: Any) -> bytes:
    """A b3dm of today's header."""
    table = pad(json.dumps({"BATCH_LENGTH": count, **feature}).encode(), b" ")
    names = pad(json.dumps(batch).encode(), b" ") if batch else b""
    length = 28 + len(table) + len(names) + len(inner)
    head = struct.pack("<4sIIIIII", b"b3dm", 1, length, len(table), 0, len(names), 0)
    return head + table + names + inner


def cmpt(*inner: bytes) -> bytes:
    body = b"".join(inner)
    return struct.pack("<4sIII", b"cmpt", 1, 16 + len(body), len(inner)) + body


def tileset(root: dict[str, Any], version: str = "1.1", **extra: Any) -> bytes:
    tile = {"boundingVolume": BOX, "geometricError": 10.0, "refine": "ADD", **root}
    document = {"asset": {"version": version}, "geometricError": 100.0, "root": tile, **extra}
    return json.dumps(document).encode()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files; returns the tileset.json."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "tileset.json"


def zipped(
    files: dict[str, bytes], *, method: int = 0, index: bool = True, lie: int = 0, flags: int = 0,
    mode: int = 0, size: int | None = None,
) -> bytes:  # fmt: skip
    """A .3tz; lie shifts the offsets of its index, size is what it claims each file unpacks to."""
    data, central, told = b"", b"", []
    entries = list(files.items())
    for name, plain in entries:
        told.append((hashlib.md5(name.encode(), usedforsecurity=False).digest(), len(data)))
        central += _entry(data, name, plain, method, flags, mode, size)
        data += _local(name, plain, method, flags, size)
    if index:
        body = b"".join(key + struct.pack("<Q", at + lie) for key, at in sorted(told))
        name = "@3dtilesIndex1@"
        central += _entry(data, name, body, 0, 0, 0, None)
        data += _local(name, body, 0, 0, None)
    count = len(entries) + index
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), len(data), 0)
    return data + central + end


def _packed(plain: bytes, method: int) -> bytes:
    if method == 8:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(plain) + packer.flush()
    if method == 93:
        import pyarrow as pa

        return pa.compress(plain, codec="zstd", asbytes=True)
    return plain


def _local(name: str, plain: bytes, method: int, flags: int, size: int | None) -> bytes:
    packed, raw = _packed(plain, method), name.encode()
    told = len(plain) if size is None else size
    return struct.pack(
        "<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0, zlib.crc32(plain), len(packed), told,
        len(raw), 0,
    ) + raw + packed  # fmt: skip


def _entry(
    data: bytes, name: str, plain: bytes, method: int, flags: int, mode: int, size: int | None
) -> bytes:
    packed, raw = _packed(plain, method), name.encode()
    told = len(plain) if size is None else size
    return struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, method, 0, 0, zlib.crc32(plain), len(packed), told,
        len(raw), 0, 0, 0, 0, mode << 16, len(data),
    ) + raw  # fmt: skip
