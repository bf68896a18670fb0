"""Contents of tiles: which format they are, and whether they hold together."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any

from cim_bridge.check.features import check_features
from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import MAX_JSON, BrokenGlb, Gltf, parse, split_glb
from cim_bridge.check.gltf import check_gltf, items
from cim_bridge.check.legacy import MAGICS, check_legacy
from cim_bridge.check.looks import check_looks
from cim_bridge.check.packed import check_indices, unpacked
from cim_bridge.check.sources import ExternalUri, Source, UnsafeUri

_MOST = 512 * 2**20
_UNSEEN = frozenset({b"vctr", b"geom"})
"""Formats of CesiumJS's own that no standard describes."""


def plain(data: bytes, found: Findings) -> bytes:
    """Undo gzip, within bounds."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.open(io.BytesIO(data)) as handle:
            return handle.read(_MOST)
    except (OSError, EOFError, zlib.error) as exc:
        found.add("CHECK_CONTENT_DAMAGED", "", reason=f"gzip: {exc}")
        return b""


def check_content(data: bytes, path: str, source: Source, found: Findings) -> Gltf | None:
    """Check one content that is no tileset; return its glTF when its geometry can be read."""
    magic = data[:4]
    if magic == b"glTF":
        return _glb(data, found)
    if magic in MAGICS:
        for inner in check_legacy(data, found):
            if inner.uri:
                _refer(inner.uri, path, source, found)
            elif inner.data[4:8] != b"\1\0\0\0":  # glTF 1.0 went with 3D Tiles 0.0
                _glb(inner.data, found)
        return None
    if magic in _UNSEEN:
        found.add("CHECK_CONTENT_UNKNOWN", "", format=magic.decode())
        return None
    document = _json(data)
    if document is not None and isinstance(document.get("asset"), dict):
        return _judge(Gltf(document, _buffers(document, path, source, found)), found)
    if document is None or document.get("type") not in ("FeatureCollection", "Feature"):
        found.add("CHECK_CONTENT_UNKNOWN", "", format=repr(magic)[2:-1])
    return None


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        return parse(data) if len(data) <= MAX_JSON else None
    except BrokenGlb:
        return None


def _glb(data: bytes, found: Findings) -> Gltf | None:
    try:
        document, binary = split_glb(data)
    except BrokenGlb as exc:
        found.add("CHECK_CONTENT_DAMAGED", "", reason=f"GLB: {exc}")
        return None
    count = len(items(document, "buffers"))
    buffers: list[bytes | None] = [None] * count
    if count and "uri" not in items(document, "buffers")[0]:
        buffers[0] = binary
    return _judge(Gltf(document, buffers), found)


def _judge(gltf: Gltf, found: Findings) -> Gltf | None:
    if not check_gltf(gltf, found):
        return None
    gltf = unpacked(gltf, found)
    check_indices(gltf, found)
    check_features(gltf, found)
    check_looks(gltf, found)
    return gltf


def _buffers(
    document: dict[str, Any], path: str, source: Source, found: Findings
) -> list[bytes | None]:
    buffers: list[bytes | None] = []
    for buffer in items(document, "buffers"):
        uri = buffer.get("uri")
        buffers.append(_refer(uri, path, source, found) if isinstance(uri, str) else None)
    return buffers


def _refer(uri: str, path: str, source: Source, found: Findings) -> bytes | None:
    """Bytes a content refers to; what cannot be had is reported."""
    try:
        data = source.fetch(uri, path)
    except UnsafeUri:
        found.add("CHECK_URI_UNSAFE", "", uri=uri[:200])
        return None
    except ExternalUri:
        found.add("CHECK_URI_EXTERNAL", "", uri=uri[:200])
        return None
    if data is None:
        found.add("CHECK_FILE_MISSING", "", uri=uri[:200])
        return None
    return plain(data, found)
