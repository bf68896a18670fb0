"""glTF bytes to arrays: buffers, views and accessors; counts are checked before memory is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import COMPONENTS, WIDTHS, items, whole
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.meshopt import decode_view

Array = npt.NDArray[Any]
_MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
_FREE = 1 << 20
"""Elements an accessor without bytes of its own may have in a small file."""


@dataclass
class Accessors:
    """Reads a document's accessors. `fetch` gives the bytes of a buffer's URI."""

    document: dict[str, Any]
    binary: bytes
    fetch: Callable[[str], bytes]
    _buffers: dict[int, bytes] = field(default_factory=dict)
    _views: dict[int, bytes] = field(default_factory=dict)

    def buffer(self, number: int) -> bytes:
        """Bytes of a buffer."""
        if number not in self._buffers:
            listed = items(self.document, "buffers")
            if not 0 <= number < len(listed):
                raise Broken(f"buffer {number} does not exist")
            uri = listed[number].get("uri")
            self._buffers[number] = self.fetch(uri) if isinstance(uri, str) else self.binary
        return self._buffers[number]

    def view(self, number: int) -> bytes:
        """Bytes of a buffer view, decompressed where an extension says so."""
        if number not in self._views:
            listed = items(self.document, "bufferViews")
            if not 0 <= number < len(listed):
                raise Broken(f"bufferView {number} does not exist")
            extensions = listed[number].get("extensions") or {}
            packed = next((extensions[n] for n in _MESHOPT if n in extensions), None)
            if packed is not None:
                self._views[number] = decode_view(packed, self._slice(packed))
            else:
                self._views[number] = self._slice(listed[number])
        return self._views[number]

    def _slice(self, view: dict[str, Any]) -> bytes:
        data = self.buffer(whole(view.get("buffer"), 0))
        offset, length = whole(view.get("byteOffset", 0)), whole(view.get("byteLength"))
        if min(offset, length) < 0 or offset + length > len(data):
            raise Broken("a bufferView ends beyond its buffer")
        return data[offset : offset + length]

    def read(self, number: Any, *, normalize: bool = True) -> Array:
        """(count, width) values of an accessor; normalized integers become floats."""
        accessor = self._accessor(whole(number))
        kind = np.dtype(COMPONENTS[whole(accessor.get("componentType"))]).newbyteorder("<")
        width, count = WIDTHS[str(accessor.get("type"))], whole(accessor.get("count"))
        if count < 0:
            raise Broken(f"accessor {number} without count")
        values = self._dense(accessor, kind, width, count)
        if isinstance(accessor.get("sparse"), dict):
            values = self._sparse(values, accessor["sparse"], kind, width)
        if accessor.get("normalized") is True and normalize and kind.kind in "iu":
            return np.maximum(values / float(np.iinfo(kind).max), -1.0)
        return values

    def count(self, number: Any) -> int:
        """Count that an accessor claims."""
        return whole(self._accessor(whole(number)).get("count"), 0)

    def _accessor(self, number: int) -> dict[str, Any]:
        listed = items(self.document, "accessors")
        if not 0 <= number < len(listed):
            raise Broken(f"accessor {number} does not exist")
        return listed[number]

    def _dense(
        self, accessor: dict[str, Any], kind: np.dtype[Any], width: int, count: int
    ) -> Array:
        size = kind.itemsize * width
        if "bufferView" not in accessor:
            if count > max(_FREE, len(self.binary)):
                raise Broken(f"an accessor of {count} elements without bytes")
            return np.zeros((count, width), kind)
        number = whole(accessor["bufferView"])
        data = self.view(number)
        view = items(self.document, "bufferViews")[number]
        stride = whole(view.get("byteStride"), 0) or size
        offset = whole(accessor.get("byteOffset", 0), 0)
        if count and offset + stride * (count - 1) + size > len(data):
            raise Broken(f"an accessor of {count} elements ends beyond its bufferView")
        if not count:
            return np.zeros((0, width), kind)
        return np.ndarray((count, width), kind, data, offset, (stride, kind.itemsize))

    def _sparse(
        self, values: Array, sparse: dict[str, Any], kind: np.dtype[Any], width: int
    ) -> Array:
        count = whole(sparse.get("count"))
        where, what = sparse["indices"], sparse["values"]
        index_kind = np.dtype(COMPONENTS[whole(where.get("componentType"))]).newbyteorder("<")
        index = self._packed(where, index_kind, count, 1)[:, 0].astype(np.int64)
        given = self._packed(what, kind, count, width)
        if len(index) and int(index.max()) >= len(values):
            raise Broken("a sparse accessor changes elements that it does not have")
        found = values.copy()
        found[index] = given
        return found

    def _packed(self, item: dict[str, Any], kind: np.dtype[Any], count: int, width: int) -> Array:
        data = self.view(whole(item.get("bufferView")))
        offset = whole(item.get("byteOffset", 0), 0)
        if count < 0 or offset + count * width * kind.itemsize > len(data):
            raise Broken("a sparse accessor ends beyond its bufferView")
        return np.frombuffer(data, kind, count * width, offset).reshape(count, width)
