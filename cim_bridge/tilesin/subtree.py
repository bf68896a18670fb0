"""One .subtree: which tiles, contents and further subtrees of an implicit tree exist."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import items, whole
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.metadata import Column, entity, property_table
from cim_bridge.tilesin.package import json_object

Bools = npt.NDArray[np.bool_]
MAX_BITS = 2**24
"""Tiles one subtree may speak of; eight quadtree or five octree levels need 0.1 million."""


@dataclass(frozen=True)
class Subtree:
    """Availability as booleans in the order of the standard: level by level, Morton inside.

    tile (N,); contents: one (N,) a content; child (b**levels,): subtrees that hang below.
    tile_values, content_values: metadata columns over the available ones, in their order.
    """

    tile: Bools
    contents: list[Bools]
    child: Bools
    own: dict[str, Any] = field(default_factory=dict)
    tile_values: dict[str, Column] = field(default_factory=dict)
    content_values: list[dict[str, Column]] = field(default_factory=list)


def tiles_in(branches: int, levels: int) -> int:
    """Tiles of a full subtree."""
    if not 1 <= levels <= 24:
        raise Broken(f"a subtree of {levels} levels")
    count = sum(int(branches**level) for level in range(levels))
    if count > MAX_BITS:
        raise Broken(f"a subtree of {levels} levels")
    return count


def read_subtree(
    data: bytes, branches: int, levels: int, schema: dict[str, Any], fetch: Callable[[str], bytes]
) -> Subtree:
    """Read a binary or JSON subtree; `fetch` gives its external buffers."""
    document, binary = _split(data)
    count = tiles_in(branches, levels)
    views = _Views(document, binary, fetch)
    contents = document.get("contentAvailability", [])
    contents = contents if isinstance(contents, list) else [contents]
    found = Subtree(
        views.bits(document.get("tileAvailability"), count),
        [views.bits(item, count) for item in contents],
        views.bits(document.get("childSubtreeAvailability"), branches**levels),
        entity(schema, document.get("subtreeMetadata")),
    )
    tables = items(document, "propertyTables")
    columns = [property_table(schema, table, views.view) for table in tables]
    number = whole(document.get("tileMetadata"))
    if 0 <= number < len(columns):
        found.tile_values.update(columns[number])
    listed = document.get("contentMetadata")
    for item in listed if isinstance(listed, list) else []:
        known = 0 <= whole(item) < len(columns)
        found.content_values.append(columns[whole(item)] if known else {})
    return found


def _split(data: bytes) -> tuple[dict[str, Any], bytes]:
    if data[:4] != b"subt":
        return json_object(data, "subtree"), b""
    if len(data) < 24:
        raise Broken("subtree: shorter than its header")
    version, json_size, binary_size = struct.unpack_from("<IQQ", data, 4)
    if version != 1 or 24 + json_size + binary_size > len(data):
        raise Broken("subtree: its header contradicts its bytes")
    text = data[24 : 24 + json_size].rstrip(b"\0 ")
    return json_object(text, "subtree"), data[24 + json_size :][:binary_size]


class _Views:
    """Buffer views of a subtree."""

    def __init__(
        self, document: dict[str, Any], binary: bytes, fetch: Callable[[str], bytes]
    ) -> None:
        self._views = items(document, "bufferViews")
        self._buffers = items(document, "buffers")
        self._binary = binary
        self._fetch = fetch
        self._held: dict[int, bytes] = {}

    def view(self, number: int) -> bytes:
        if not 0 <= number < len(self._views):
            raise Broken(f"bufferView {number} does not exist")
        item = self._views[number]
        offset, length = whole(item.get("byteOffset", 0)), whole(item.get("byteLength"))
        data = self._buffer(whole(item.get("buffer")))
        if min(offset, length) < 0 or offset + length > len(data):
            raise Broken(f"bufferView {number} ends beyond its buffer")
        return data[offset : offset + length]

    def _buffer(self, number: int) -> bytes:
        if not 0 <= number < len(self._buffers):
            raise Broken(f"buffer {number} does not exist")
        uri = self._buffers[number].get("uri")
        if not isinstance(uri, str):
            return self._binary
        if number not in self._held:
            self._held[number] = self._fetch(uri)
        return self._held[number]

    def bits(self, item: Any, count: int) -> Bools:
        item = item if isinstance(item, dict) else {"constant": 0}
        number = whole(item.get("bitstream", item.get("bufferView")))
        if number < 0:
            return np.full(count, item.get("constant") == 1)
        data = self.view(number)
        if len(data) * 8 < count:
            raise Broken(f"an availability of {count} bits in {len(data)} bytes")
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[:count].astype(bool)
