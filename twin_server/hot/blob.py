"""Bytes ready to be sent, with their compressed copies; and a memory of fixed size for them."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import brotli

from cim_bridge.brotlied import read_packed, unpack

Headers = list[tuple[bytes, bytes]]

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
_SMALL = 1024

MEDIA_TYPES: dict[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".wasm": "application/wasm",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Media type by ending; anything else is application/octet-stream and never sniffed."""

_COMPRESSIBLE = {".html", ".js", ".mjs", ".css", ".json", ".svg", ".wasm", ".xml", ".txt", ".map"}


@dataclass(frozen=True)
class Blob:
    """One immutable answer: plain bytes, copies by encoding, and what the headers say.

    location: where the answer is to be had instead; then there are no bytes.
    """

    plain: bytes
    media_type: str
    tag: str
    cache: str = IMMUTABLE
    copies: dict[str, bytes] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()
    location: str = ""

    @property
    def size(self) -> int:
        """Bytes of memory all copies take."""
        return len(self.plain) + sum(len(copy) for copy in self.copies.values())

    @cached_property
    def encodings(self) -> frozenset[str]:
        """What copies there are in."""
        return frozenset(self.copies)

    def etag(self, encoding: str) -> str:
        """Strong entity tag: every encoding is a representation of its own."""
        return f'"{self.tag}-{encoding}"' if encoding else f'"{self.tag}"'

    def ready(self, encoding: str) -> tuple[str, Headers, Headers]:
        """Entity tag, headers of every answer, headers of the whole one; made once."""
        made = self._ready.get(encoding)
        if made is None:
            made = self._ready[encoding] = self._make(encoding)
        return made

    @cached_property
    def _ready(self) -> dict[str, tuple[str, Headers, Headers]]:
        return {}

    def _make(self, encoding: str) -> tuple[str, Headers, Headers]:
        etag = self.etag(encoding)
        heads: Headers = [
            (b"etag", etag.encode()),
            (b"cache-control", self.cache.encode()),
            (b"vary", b"accept-encoding"),
            (b"accept-ranges", b"bytes"),
            (b"x-content-type-options", b"nosniff"),
            *self.headers,
        ]
        size = len(self.copies[encoding] if encoding else self.plain)
        entire = [*heads, (b"content-type", self.media_type.encode())]
        if encoding:
            entire.append((b"content-encoding", encoding.encode()))
        return etag, heads, [*entire, (b"content-length", str(size).encode())]


def media_type(path: Path) -> str:
    """Media type of a file by its ending."""
    return MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")


def read_blob(
    path: Path,
    *,
    tag: str = "",
    cache: str = IMMUTABLE,
    compress: bool = False,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Blob:
    """Read a file and the `.br` and `.gz` made beside it.

    A packed file (cim_bridge/brotlied.py) is sent as it lies there, and plain to those who do not
    know br. `compress` makes copies that are missing, for text that was not prepared ahead.
    """
    packed = read_packed(path)
    if packed is not None:
        plain = unpack(packed)
        return Blob(
            plain, media_type(path), tag or content_tag(plain), cache, {"br": packed}, headers
        )
    plain = path.read_bytes()
    copies = {
        name: copy.read_bytes()
        for name, ending in (("br", ".br"), ("gzip", ".gz"))
        if (copy := path.with_name(path.name + ending)).is_file()
    }
    if compress and not copies and path.suffix.lower() in _COMPRESSIBLE:
        copies = compressed(plain)
    return Blob(plain, media_type(path), tag or content_tag(plain), cache, copies, headers)


def content_tag(plain: bytes) -> str:
    """Entity tag of bytes that have no name of their own: their hash."""
    return hashlib.sha256(plain).hexdigest()[:32]


def compressed(plain: bytes) -> dict[str, bytes]:
    """Return br and gzip copies; none when the text is too small to gain."""
    if len(plain) < _SMALL:
        return {}
    return {
        "br": brotli.compress(plain, quality=5),
        "gzip": gzip.compress(plain, compresslevel=6, mtime=0),
    }


class BlobMemory:
    """Keeps the most recently used blobs within a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._blobs: OrderedDict[str, Blob] = OrderedDict()

    def get(self, key: str, make: Callable[[], Blob | None]) -> Blob | None:
        """The blob of a key, made when it is not held; None (never held) when there is none."""
        found = self._blobs.get(key)
        if found is not None:
            self._blobs.move_to_end(key)
            return found
        made = make()
        if made is not None and made.size <= self._limit // 4:
            self._blobs[key] = made
            self._held += made.size
            while self._held > self._limit:
                self._held -= self._blobs.popitem(last=False)[1].size
        return made
