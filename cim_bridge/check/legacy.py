"""Tile formats of 3D Tiles 1.0: b3dm, i3dm, pnts and cmpt."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import BrokenGlb, parse

_HEADER = {b"b3dm": 28, b"i3dm": 32, b"pnts": 28}
_COUNT = {b"b3dm": "BATCH_LENGTH", b"i3dm": "INSTANCES_LENGTH", b"pnts": "POINTS_LENGTH"}
MAGICS = frozenset({*_HEADER, b"cmpt"})
_OLD = 0x22000000
"""A length above this is really the start of JSON text: a header of before 2016."""
_DEPTH = 8


@dataclass(frozen=True)
class Inner:
    """glTF inside a tile: its bytes, or the URI it lies at."""

    data: bytes = b""
    uri: str = ""


def check_legacy(data: bytes, found: Findings, depth: int = 0) -> Iterator[Inner]:
    """Check a tile's header, sections and alignment; yield the glTF inside."""
    magic = data[:4]
    if len(data) < 16:
        found.add("CHECK_CONTENT_DAMAGED", "", reason="shorter than its header")
        return
    version, length = struct.unpack_from("<II", data, 4)
    if version != 1:
        found.add("CHECK_CONTENT_DAMAGED", "", reason=f"version {version}")
        return
    if length != len(data):
        reason = f"header says {length} bytes, there are {len(data)}"
        found.add("CHECK_CONTENT_DAMAGED", "", reason=reason)
        return
    if length % 8:
        found.add("CHECK_CONTENT_ALIGNMENT", "", reason=f"length {length}")
    if magic == b"cmpt":
        yield from _composite(data, found, depth)
    else:
        yield from _single(data, magic, found)


def _composite(data: bytes, found: Findings, depth: int) -> Iterator[Inner]:
    (count,) = struct.unpack_from("<I", data, 12)
    offset = 16
    for _ in range(count):
        if offset + 12 > len(data) or depth > _DEPTH:
            found.add("CHECK_CONTENT_DAMAGED", "", reason=f"{count} inner tiles do not fit")
            return
        (size,) = struct.unpack_from("<I", data, offset + 8)
        inner = data[offset : offset + size]
        if size < 12 or len(inner) < size or inner[:4] not in MAGICS:
            found.add("CHECK_CONTENT_DAMAGED", "", reason=f"inner tile at byte {offset}")
            return
        yield from check_legacy(inner, found, depth + 1)
        offset += size


def _single(data: bytes, magic: bytes, found: Findings) -> Iterator[Inner]:
    start = _HEADER[magic]
    if len(data) < start:
        found.add("CHECK_CONTENT_DAMAGED", "", reason="shorter than its header")
        return
    lengths = struct.unpack_from("<IIII", data, 12)
    if max(lengths) >= _OLD:
        found.add("CHECK_CONTENT_OLD", "", format=magic.decode())
        return
    offset = start
    ends = []
    for size in lengths:
        offset += size
        ends.append(offset)
    if offset > len(data):
        found.add("CHECK_CONTENT_DAMAGED", "", reason=f"tables of {offset} bytes in {len(data)}")
        return
    for name, end, size in zip(
        ("feature", "batch"), (ends[0], ends[2]), lengths[1::2], strict=True
    ):
        if end % 8 and size:
            found.add("CHECK_CONTENT_ALIGNMENT", "", reason=f"{name} table binary at byte {end}")
    _check_table(data[start : ends[0]], magic, found)
    if lengths[2]:
        try:
            parse(data[ends[1] : ends[2]].rstrip(b"\0 "))
        except BrokenGlb as exc:
            found.add("CHECK_CONTENT_DAMAGED", "", reason=f"batch table: {exc}")
    if magic == b"pnts":
        return
    if magic == b"i3dm" and struct.unpack_from("<I", data, 28)[0] == 0:
        yield Inner(uri=data[offset:].decode("utf-8", "replace").strip("\0 "))
        return
    if offset % 8:
        found.add("CHECK_CONTENT_ALIGNMENT", "", reason=f"glTF at byte {offset}")
    yield Inner(data=_trimmed(data[offset:]))


def _trimmed(data: bytes) -> bytes:
    """The GLB without the padding that may follow it."""
    if len(data) < 12:
        return data
    (length,) = struct.unpack_from("<I", data, 8)
    return data[:length] if len(data) - 8 < length <= len(data) else data


def _check_table(text: bytes, magic: bytes, found: Findings) -> None:
    try:
        table = parse(text.rstrip(b"\0 "))
    except BrokenGlb as exc:
        found.add("CHECK_CONTENT_DAMAGED", "", reason=f"feature table: {exc}")
        return
    count = table.get(_COUNT[magic])
    if isinstance(count, dict):
        return
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        found.add("CHECK_CONTENT_DAMAGED", "", reason=f"feature table lacks {_COUNT[magic]}")
    elif magic == b"pnts" and not {"POSITION", "POSITION_QUANTIZED"} & table.keys():
        found.add("CHECK_CONTENT_DAMAGED", "", reason="feature table lacks POSITION")
