"""The GLB container: aligned buffer views, accessors, JSON and binary chunk."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.tiles.vertexcodec import encode_elements

MAGIC = 0x46546C67
JSON_CHUNK = 0x4E4F534A
BIN_CHUNK = 0x004E4942

UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT, BYTE, FLOAT = 5121, 5123, 5125, 5120, 5126
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
MESHOPT = "EXT_meshopt_compression"

_COMPONENT = {
    np.dtype(np.uint8): UNSIGNED_BYTE,
    np.dtype(np.uint16): UNSIGNED_SHORT,
    np.dtype(np.uint32): UNSIGNED_INT,
    np.dtype(np.int8): BYTE,
    np.dtype(np.float32): FLOAT,
}


class Buffer:
    """Collects the binary chunk; every view starts at a multiple of eight.

    packed: attributes and indices are compressed by EXT_meshopt_compression; the views then speak
    of a second buffer that exists only in the reader's memory.
    """

    def __init__(self, *, packed: bool = False) -> None:
        self.packed = packed
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self._pieces: list[bytes] = []
        self._length = 0
        self._unpacked = 0

    def view(self, data: bytes, *, target: int | None = None, stride: int | None = None) -> int:
        """Append bytes; return the index of their view."""
        view: dict[str, Any] = {
            "buffer": 0, "byteOffset": self._append(data), "byteLength": len(data),
        }  # fmt: skip
        return self._add(view, target, stride)

    def packed_view(
        self, data: bytes, mode: str, count: int, size: int, *, target: int | None = None
    ) -> int:
        """Append the compressed bytes of `count` elements of `size` bytes; return their view."""
        told = {"byteStride": size, "count": count, "mode": mode}
        view: dict[str, Any] = {
            "buffer": 1, "byteOffset": self._unpacked, "byteLength": count * size,
            "extensions": {
                MESHOPT: {
                    "buffer": 0, "byteOffset": self._append(data), "byteLength": len(data), **told,
                }
            },
        }  # fmt: skip
        self._unpacked += count * size + -(count * size) % 8
        return self._add(view, target, size if target == ARRAY_BUFFER else None)

    def column(self, values: npt.NDArray[Any]) -> int:
        """Append (n,) numbers of a property table; return their view."""
        if self.packed and values.itemsize % 4 == 0:
            data = encode_elements(values)
            return self.packed_view(data, "ATTRIBUTES", len(values), values.itemsize)
        return self.view(values.tobytes())

    def attribute(
        self, values: npt.NDArray[Any], *, bounds: bool = False, normalized: bool = False
    ) -> int:
        """Append one vertex attribute in its own view, rows padded to four bytes."""
        rows = np.atleast_2d(values.T).T
        width = rows.shape[1] * rows.itemsize
        stride = -(-width // 4) * 4
        padded = np.zeros((len(rows), stride // rows.itemsize), rows.dtype)
        padded[:, : rows.shape[1]] = rows
        if self.packed:
            data = encode_elements(padded)
            view = self.packed_view(data, "ATTRIBUTES", len(rows), stride, target=ARRAY_BUFFER)
        else:
            view = self.view(padded.tobytes(), target=ARRAY_BUFFER, stride=stride)
        accessor = self._accessor(view, rows, bounds)
        if normalized:
            self.accessors[accessor]["normalized"] = True
        return accessor

    def indices(self, triangles: npt.NDArray[Any], vertices: int) -> int:
        """Append triangle indices as 16 bits where they fit, else 32."""
        kind = _index_kind(vertices)
        flat = triangles.ravel().astype(kind)
        view = self.view(flat.tobytes(), target=ELEMENT_ARRAY_BUFFER)
        return self._accessor(view, flat[:, None], False)

    def packed_indices(self, data: bytes, count: int, vertices: int) -> int:
        """Append `count` compressed indices of triangles."""
        kind = _index_kind(vertices)
        size = np.dtype(kind).itemsize
        view = self.packed_view(data, "TRIANGLES", count, size, target=ELEMENT_ARRAY_BUFFER)
        return self._accessor(view, np.zeros((1, 1), kind), False, count)

    def _append(self, data: bytes) -> int:
        start = self._length
        padding = -len(data) % 8
        self._pieces += [data, b"\0" * padding]
        self._length += len(data) + padding
        return start

    def _add(self, view: dict[str, Any], target: int | None, stride: int | None) -> int:
        if stride is not None:
            view["byteStride"] = stride
        if target is not None:
            view["target"] = target
        self.views.append(view)
        return len(self.views) - 1

    def _accessor(
        self, view: int, rows: npt.NDArray[Any], bounds: bool, count: int | None = None
    ) -> int:
        accessor: dict[str, Any] = {
            "bufferView": view,
            "componentType": _COMPONENT[rows.dtype],
            "count": len(rows) if count is None else count,
            "type": "SCALAR" if rows.shape[1] == 1 else f"VEC{rows.shape[1]}",
        }
        if bounds:
            accessor["min"] = [column.min().item() for column in rows.T]
            accessor["max"] = [column.max().item() for column in rows.T]
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def finish(self, document: dict[str, Any]) -> bytes:
        """Put the document and the collected bytes into one GLB."""
        buffers: list[dict[str, Any]] = [{"byteLength": self._length}]
        if self._unpacked:
            absent = {MESHOPT: {"fallback": True}}
            buffers.append({"byteLength": self._unpacked, "extensions": absent})
        document = {
            **document,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": buffers,
        }
        text = orjson.dumps(document)
        text += b" " * (-(len(text) + 28) % 8)
        total = 12 + 8 + len(text) + 8 + self._length
        return b"".join(
            [
                struct.pack("<III", MAGIC, 2, total),
                struct.pack("<II", len(text), JSON_CHUNK),
                text,
                struct.pack("<II", self._length, BIN_CHUNK),
                *self._pieces,
            ]
        )


def _index_kind(vertices: int) -> type[np.unsignedinteger[Any]]:
    return np.uint16 if vertices <= 65535 else np.uint32
