"""The tile formats of 3D Tiles 1.0, taken apart: headers (old ones too), tables, what is inside."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cim_bridge.check.gltf import whole
from cim_bridge.tilesin.batchtable import batch_columns, binary_column
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.package import json_object
from cim_bridge.tilesin.pieces import F64, Table

HEADERS = {b"b3dm": 28, b"i3dm": 32, b"pnts": 28}
_TEXT = 0x22000000
"""A length above this is really the start of JSON text or of a glTF: a header of before 2016."""
MAX_INNER = 100_000
_DEPTH = 8


@dataclass(frozen=True)
class Parts:
    """One b3dm, i3dm or pnts: its two tables and the rest, which is a glTF or its URI."""

    magic: bytes
    feature: dict[str, Any]
    feature_data: bytes
    batch: dict[str, Any]
    batch_data: bytes
    rest: bytes
    embedded: bool
    old_count: int = 0

    def count(self, name: str) -> int:
        """A length of the feature table, which may stand in its binary part."""
        value = self.feature.get(name, self.old_count)
        if isinstance(value, dict):
            given = binary_column(value, self.feature_data, 1, dtype="UNSIGNED_INT", width=1)
            return int(given[0])
        return whole(value, 0)

    def rows(self, name: str, count: int, dtype: str, width: int) -> Any:
        """(count, width) of a semantic of the feature table, None when it is not there."""
        item = self.feature.get(name)
        if item is None:
            return None
        if isinstance(item, list):
            return np.array(item, np.float64).reshape(count, width)
        return binary_column(
            item, self.feature_data, count, dtype=dtype, width=width
        ).reshape(count, width)  # fmt: skip

    def vector(self, name: str) -> F64 | None:
        """Three global numbers such as RTC_CENTER."""
        item = self.feature.get(name)
        if isinstance(item, dict):
            return binary_column(
                item, self.feature_data, 1, dtype="FLOAT", width=3
            ).astype(np.float64).reshape(3)  # fmt: skip
        return np.array(item, np.float64).reshape(3) if isinstance(item, list) else None

    def table(self, count: int) -> Table:
        """The batch table as `count` rows."""
        return Table(count, batch_columns(self.batch, self.batch_data, count))


def split(data: bytes) -> Parts:
    """Take one b3dm, i3dm or pnts apart; every length is checked against the bytes."""
    magic = data[:4]
    start = HEADERS[magic]
    if len(data) < 28:
        raise Broken("shorter than its header")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 1:
        raise Broken(f"version {version}")
    if length > len(data):
        raise Broken(f"the header says {length} bytes, there are {len(data)}")
    sizes = list(struct.unpack_from("<4I", data, 12))
    embedded, old_count = True, 0
    if magic == b"b3dm" and sizes[2] >= _TEXT:
        start, old_count, sizes = 20, sizes[0], [0, 0, sizes[1], 0]
    elif magic == b"b3dm" and sizes[3] >= _TEXT:
        start, old_count, sizes = 24, sizes[2], [0, 0, sizes[0], sizes[1]]
    if magic == b"i3dm":
        if len(data) < start:
            raise Broken("shorter than its header")
        embedded = struct.unpack_from("<I", data, 28)[0] != 0
    bounds = np.cumsum([start, *sizes]).tolist()
    if bounds[-1] > length:
        raise Broken(f"tables of {bounds[-1]} bytes in {length}")
    feature, feature_data, batch, batch_data = (data[a:b] for a, b in pairwise(bounds))
    return Parts(
        magic, _table(feature), feature_data, _table(batch), batch_data, data[bounds[-1] : length],
        embedded, old_count,
    )  # fmt: skip


def _table(text: bytes) -> dict[str, Any]:
    stripped = text.rstrip(b"\0 \n")
    return json_object(stripped, "table") if stripped else {}


def inner_tiles(data: bytes, name: str = "", depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """The tiles of a cmpt with their numbers ("0", "1.0"); those inside others are flattened."""
    if len(data) < 16:
        raise Broken("shorter than its header")
    version, length, count = struct.unpack_from("<III", data, 4)
    if version != 1 or length > len(data) or count > MAX_INNER or depth > _DEPTH:
        raise Broken(f"a cmpt of version {version}, {length} bytes and {count} tiles")
    at = 16
    for number in range(count):
        if at + 12 > length:
            raise Broken(f"{count} inner tiles do not fit")
        (size,) = struct.unpack_from("<I", data, at + 8)
        if size < 12 or at + size > length:
            raise Broken(f"inner tile {number} of {size} bytes does not fit")
        inner, own = data[at : at + size], f"{name}{number}"
        if inner[:4] == b"cmpt":
            yield from inner_tiles(inner, f"{own}.", depth + 1)
        else:
            yield own, inner
        at += size
