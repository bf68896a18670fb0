"""Reading GLB without trusting a single length in it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import orjson

MAX_JSON = 16 * 2**20
"""Bytes; a larger JSON chunk is refused unread."""


class BrokenGlb(ValueError):
    """A container whose headers contradict its bytes."""


@dataclass(frozen=True)
class Gltf:
    """A glTF document with the bytes of its buffers (None: not at hand)."""

    document: dict[str, Any]
    buffers: list[bytes | None]


def split_glb(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON document and binary chunk of a GLB; every length is checked against the bytes."""
    if len(data) < 20 or data[:4] != b"glTF":
        raise BrokenGlb("no GLB header")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise BrokenGlb(f"version {version}")
    if length != len(data):
        raise BrokenGlb(f"header says {length} bytes, there are {len(data)}")
    text: bytes | None = None
    binary = b""
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        if size % 4 or offset + 8 + size > length:
            raise BrokenGlb(f"chunk at {offset}: length {size}")
        body = data[offset + 8 : offset + 8 + size]
        if kind == 0x4E4F534A and text is None:
            text = body
        elif kind == 0x004E4942 and not binary:
            binary = body
        offset += 8 + size
    if text is None or len(text) > MAX_JSON:
        raise BrokenGlb("no JSON chunk, or one beyond 16 MB")
    return parse(text), binary


def parse(text: bytes) -> dict[str, Any]:
    """A JSON object from UTF-8 bytes; anything else is BrokenGlb."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise BrokenGlb(f"JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise BrokenGlb("JSON is no object")
    return document
