"""Tilesets bound to our units: their own bytes, and the map from their features to unit rows.

`/tiles/bound/<digest>/map.json`, `map.u32`: the map. `/tiles/bound/<digest>/tileset/<path>`: a file
of the bound tileset, from its folder or archive, as long as its hash is the one that was bound.
`/tiles/bound/<digest>/tiles/...`: the tiles of a rewritten one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cim_bridge.binding.release import INDEX, MAP, Binding, open_binding
from cim_bridge.errors import TwinError
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.hosts import Hosts
from cim_bridge.tilesin.broken import Broken, Unreadable
from cim_bridge.tilesin.package import Package, open_package, plain
from twin_server.hot.blob import IMMUTABLE, Blob, compressed, media_type, read_blob
from twin_server.pinned import Pinned

_PATH = re.compile(r"^/tiles/bound/([0-9a-f]{32})/(.{1,1000})$")
_TILE = re.compile(r"^tiles/(?:[a-z]{1,32}/tileset\.json|[0-9a-f]{32}\.glb)$")
_GZIP = b"\x1f\x8b"
_OPEN = ((b"cross-origin-resource-policy", b"cross-origin"),)


class BoundFiles:
    """Files of the bindings that a publication names (see Pinned); no others are served."""

    def __init__(self, folder: CityFolder, pinned: Callable[[], Pinned]) -> None:
        self._folder = folder
        self._pinned = pinned
        self._open: dict[str, _Bound | None] = {}

    def find(self, path: str) -> Blob | None:
        """The answer of a URL path below /tiles/bound/, None when there is none."""
        found = _PATH.match(path)
        if found is None:
            return None
        bound = self._bound(found[1])
        return bound.find(found[2]) if bound is not None else None

    def _bound(self, digest: str) -> _Bound | None:
        if digest not in self._pinned().bindings:
            gone = self._open.pop(digest, None)
            if gone is not None:
                gone.close()
            return None
        if digest not in self._open:
            self._open[digest] = _Bound.of(self._folder, digest)
        return self._open[digest]


class _Bound:
    """One binding with its tileset's package."""

    def __init__(self, binding: Binding, package: Package | None) -> None:
        self._binding = binding
        self._package = package
        self._files = binding.files()

    @classmethod
    def of(cls, folder: CityFolder, digest: str) -> _Bound | None:
        try:
            binding = open_binding(folder, digest)
        except TwinError:
            return None
        return cls(binding, open_package(path, IssueLog()) if (path := local(binding)) else None)

    def close(self) -> None:
        if self._package is not None:
            self._package.close()

    def find(self, path: str) -> Blob | None:
        root = self._binding.path
        if path in (INDEX, MAP):
            blob = read_blob(root / path, headers=_OPEN)
            copies = compressed(blob.plain)
            return Blob(blob.plain, blob.media_type, blob.tag, IMMUTABLE, copies, _OPEN)
        if _TILE.match(path):
            file = root / path
            return read_blob(file, headers=_OPEN) if file.is_file() else None
        if path.startswith("tileset/"):
            return self._foreign(path[len("tileset/") :])
        return None

    def _foreign(self, path: str) -> Blob | None:
        """A file of the tileset, unchanged; one that is gzipped on disk is sent as such."""
        told = self._files.get(path)
        if told is None or self._package is None:
            return None
        try:
            data = self._package.raw(path)
        except (Broken, Unreadable, OSError):
            return None
        if data is None or hashlib.sha256(data).hexdigest() != told:
            return None
        kind = media_type(Path(path))
        if data[:2] == _GZIP:
            return Blob(plain(data), kind, told[:32], IMMUTABLE, {"gzip": data}, _OPEN)
        copies = compressed(data) if path.endswith(".json") else {}
        return Blob(data, kind, told[:32], IMMUTABLE, copies, _OPEN)


def local(binding: Binding) -> Path | None:
    """The tileset's own files on this machine; None of one that only its platform has."""
    told = binding.manifest["tileset"]["path"]
    return Path(told) if told and Path(told).exists() else None


def page_origins(folder: CityFolder, bindings: Iterable[str], hosts: Hosts) -> list[str]:
    """Where else our page loads from: listed hosts that serve bound tilesets, as origins."""
    found: dict[str, None] = {}
    for digest in bindings:
        try:
            binding = open_binding(folder, digest)
            named = [binding.manifest["tileset"]["url"], *binding.files()]
        except (TwinError, OSError):
            continue  # its folder was moved away
        for url in named:
            if url.startswith(("http://", "https://")) and hosts.names(url):
                target = hosts.check(url)
                found.setdefault(f"{target.scheme}://{target.name}")
    return sorted(found)


def bound_entry(binding: Binding, hosts: Hosts) -> dict[str, Any]:
    """What a viewer needs to show and colour a bound tileset (see /api/v1/city `bound`).

    The tileset's own address when its host is listed, or nobody else has its files; else ours.
    """
    digest, manifest = binding.digest, binding.manifest
    base = f"/tiles/bound/{digest}"
    tileset = manifest["tileset"]
    rewritten = manifest.get("rewritten")
    url = tileset["url"]
    theirs = url and (hosts.names(url) or local(binding) is None)
    own = url if theirs else f"{base}/tileset/{tileset['entry']}"
    return {
        "name": manifest["name"],
        "binding": digest,
        "level": manifest["level"],
        "url": f"{base}/{rewritten['uri']}" if rewritten else own,
        "rewritten": bool(rewritten),
        "tileset_url": own,
        "map_url": f"{base}/{INDEX}",
        "column": {
            "url": f"{base}/{MAP}",
            "dtype": "u32",
            "length": manifest["map"]["length"],
            "digest": digest,
        },
        "id_property": manifest["id_property"] or None,
        "features": manifest["features"],
        "matched": manifest["counts"]["matched"],
        "ambiguous": manifest["counts"]["ambiguous"],
        "unmatched": manifest["counts"]["unmatched"],
    }
