"""The GLB container: aligned buffer views, accessors, JSON and binary chunk."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

MAGIC = 0x46546C67
JSON_CHUNK = 0x4E4F534A
BIN_CHUNK = 0x004E4942

UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT, BYTE, FLOAT = 5121, 5123, 5125, 5120, 5126
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963

_COMPONENT = {
    np.dtype(np.uint8): UNSIGNED_BYTE,
    np.dtype(np.uint16): UNSIGNED_SHORT,
    np.dtype(np.uint32): UNSIGNED_INT,
    np.dtype(np.int8): BYTE,
    np.dtype(np.float32): FLOAT,
}


class Buffer:
    """Collects the binary chunk; every view starts at a multiple of eight."""

    def __init__(self) -> None:
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self._pieces: list[bytes] = []
        self._length = 0

    def view(self, data: bytes, *, target: int | None = None, stride: int | None = None) -> int:
        """Append bytes; return the index of their view."""
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
        if stride is not None:
            view["byteStride"] = stride
        if target is not None:
            view["target"] = target
        padding = -len(data) % 8
        self._pieces += [data, b"\0" * padding]
        self._length += len(data) + padding
        self.views.append(view)
        return len(self.views) - 1

    def attribute(
        self, values: npt.NDArray[Any], *, bounds: bool = False, normalized: bool = False
    ) -> int:
        """Append one vertex attribute in its own view, rows padded to four bytes."""
        rows = np.atleast_2d(values.T).T
        width = rows.shape[1] * rows.itemsize
        stride = -(-width // 4) * 4
        padded = np.zeros((len(rows), stride // rows.itemsize), rows.dtype)
        padded[:, : rows.shape[1]] = rows
        view = self.view(padded.tobytes(), target=ARRAY_BUFFER, stride=stride)
        accessor = self._accessor(view, rows, bounds)
        if normalized:
            self.accessors[accessor]["normalized"] = True
        return accessor

    def indices(self, triangles: npt.NDArray[Any], vertices: int) -> int:
        """Append triangle indices as 16 bits where they fit, else 32."""
        kind = np.uint16 if vertices <= 65535 else np.uint32
        flat = triangles.ravel().astype(kind)
        view = self.view(flat.tobytes(), target=ELEMENT_ARRAY_BUFFER)
        return self._accessor(view, flat[:, None], False)

    def _accessor(self, view: int, rows: npt.NDArray[Any], bounds: bool) -> int:
        accessor: dict[str, Any] = {
            "bufferView": view,
            "componentType": _COMPONENT[rows.dtype],
            "count": len(rows),
            "type": "SCALAR" if rows.shape[1] == 1 else f"VEC{rows.shape[1]}",
        }
        if bounds:
            accessor["min"] = rows.min(axis=0).tolist()
            accessor["max"] = rows.max(axis=0).tolist()
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def finish(self, document: dict[str, Any]) -> bytes:
        """Put the document and the collected bytes into one GLB."""
        document = {
            **document,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": self._length}],
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
