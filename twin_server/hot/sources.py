"""Where the immutable files of a city lie: which path of a URL is which file."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import orjson

from cim_bridge.brotlied import exists
from cim_bridge.errors import NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.readers.remote.settings import RemoteSettings
from cim_bridge.staging import read_manifest
from cim_bridge.tilekinds import CONTENTS
from indicator_overlays.ondemand import OnDemand
from indicator_overlays.results_reader import Results
from twin_server.hot.blob import (
    IMMUTABLE,
    REVALIDATE,
    Blob,
    BlobMemory,
    compressed,
    content_tag,
    read_blob,
)
from twin_server.hot.bound import BoundFiles, page_origins
from twin_server.pinned import Pinned

_CONTENT = re.compile(r"^/tiles/([0-9a-f]{32,64})\.(glb|json|subtree)$")
_TILESET = re.compile(r"^/tiles/([0-9a-f]{32})/([A-Za-z0-9_-]{1,64})/tileset\.json$")
_IMPLIED = re.compile(
    r"^/tiles/([0-9a-f]{32})/([A-Za-z0-9_-]{1,64})/"
    r"(content(?=.*\.glb$)|subtrees(?=.*\.subtree$))/(\d{1,2}/\d{1,9}/\d{1,9})\.[a-z]+$"
)
_COLUMN = re.compile(r"^/columns/([0-9a-f]{32})/([^/]{1,200})\.(u8|u16|u32|f32)$")
_CONTENT_URI = re.compile(rb'("uri"\s*:\s*")\.\./(?=[0-9a-f]{32,64}\.)')
_HASHED_NAME = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")

_RELEASES = 64
"""Releases whose columns on demand are remembered at the same time."""
_OPEN = ((b"cross-origin-resource-policy", b"cross-origin"),)
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "img-src 'self' data: blob:{more}; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "connect-src 'self' data: blob:{more}; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""`more`: where bound tilesets are loaded from, beside us."""


class Files:
    """Tiles, columns and the viewer of one city, by URL path.

    Only releases that a publication names are served (the newest model while nothing is
    published): work in progress does not leak through a guessed digest.
    """

    def __init__(
        self, folder: CityFolder, pinned: Callable[[], Pinned], viewer: Path | None, memory: int
    ) -> None:
        self._folder = folder
        self._pinned = pinned
        self._viewer = viewer
        self._memory = BlobMemory(memory)
        self._bound = BoundFiles(folder, pinned)
        self._made: dict[str, OnDemand | None] = {}
        self._hosts = RemoteSettings.of(folder.config).hosts

    def find(self, path: str) -> Blob | None:
        """The answer of a URL path, or None when it is not a file of ours."""
        if path.startswith("/tiles/bound/"):
            return self._memory.get(path, lambda: self._bound.find(path))
        if path.startswith("/tiles/"):
            return self._tile(path)
        if path.startswith("/columns/"):
            return self._column(path)
        return self._page(path)

    def _tile(self, path: str) -> Blob | None:
        models = self._pinned().models
        if content := _CONTENT.match(path):
            tag, name = content[1], f"{content[1]}.{content[2]}"
            return self._memory.get(path, lambda: self._content(models, tag, name))
        if (found := _TILESET.match(path)) and found[1] in models:
            file = self._folder.models / found[1] / "tiles" / found[2] / "tileset.json"
            return self._memory.get(path, lambda: _tileset(file))
        if (found := _IMPLIED.match(path)) and found[1] in models:
            folder = self._folder.models / found[1] / "tiles" / found[2]
            kind, cell = found[3], found[4]
            return self._memory.get(path, lambda: _implied(folder, kind, cell))
        return None

    def _content(self, models: tuple[str, ...], tag: str, name: str) -> Blob | None:
        for model in models:
            file = self._folder.models / model / "tiles" / name
            if file.is_file():
                return read_blob(file, tag=tag, headers=_OPEN)
        return None

    def _column(self, path: str) -> Blob | None:
        found = _COLUMN.match(path)
        if found is None:
            return None
        pinned = self._pinned()
        tag, name, dtype = found.groups()
        key = f"/columns/{tag}.{dtype}"
        return self._memory.get(key, lambda: self._numbers(pinned, tag, name, dtype))

    def _numbers(self, pinned: Pinned, tag: str, name: str, dtype: str) -> Blob | None:
        for results in pinned.results:
            file = self._folder.results / results / "columns" / f"{tag}.{dtype}"
            if exists(file):
                return read_blob(file, tag=tag, headers=_OPEN)
        for results in pinned.results if dtype in ("u16", "f32") else ():
            made = self._on_demand(results)
            numbers = made.find(tag, name, dtype) if made is not None else None
            if numbers is not None:
                return Blob(numbers, "application/octet-stream", tag, IMMUTABLE, {}, _OPEN)
        for model in pinned.models:
            relative = _parent_columns(self._folder.models / model).get(f"{tag}.{dtype}")
            if relative is not None:
                file = self._folder.models / model / relative
                blob = read_blob(file, tag=tag, headers=_OPEN)
                copies = blob.copies or compressed(blob.plain)
                return Blob(blob.plain, blob.media_type, tag, IMMUTABLE, copies, _OPEN)
        return None

    def _on_demand(self, results: str) -> OnDemand | None:
        if results not in self._made:
            if len(self._made) >= _RELEASES:
                self._made.clear()
            try:
                self._made[results] = OnDemand(Results(self._folder.results / results))
            except NotFound:  # archived elsewhere; its files are not here either
                self._made[results] = None
        return self._made[results]

    def _page(self, path: str) -> Blob | None:
        if self._viewer is None:
            return None
        file = inside(self._viewer, "index.html" if path == "/" else path[1:])
        if file is None:
            return None
        fixed = "/assets/" in path and _HASHED_NAME.search(file.name)
        cache = IMMUTABLE if fixed else REVALIDATE
        html = file.suffix == ".html"
        origins = page_origins(self._folder, self._pinned().bindings, self._hosts) if html else []
        stamp = f"{path}?{file.stat().st_mtime_ns}{''.join(origins)}"
        headers = _page_headers(origins, "same-origin" if html else "cross-origin")
        return self._memory.get(
            stamp, lambda: read_blob(file, cache=cache, compress=True, headers=headers)
        )


def _page_headers(origins: list[str], whose: str) -> tuple[tuple[bytes, bytes], ...]:
    """`whose` pages may load it: our scripts and the engine's are for pages of others too."""
    policy = _POLICY.format(more="".join(f" {origin}" for origin in origins))
    return (
        (b"content-security-policy", policy.encode()),
        (b"cross-origin-resource-policy", whose.encode()),
        (b"referrer-policy", b"same-origin"),
    )


def inside(root: Path, relative: str) -> Path | None:
    """The file at a relative URL path, or None when it would leave `root` or does not exist."""
    parts = relative.split("/")
    if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
        return None
    if parts[-1].endswith((".br", ".gz")):
        return None
    file = root.joinpath(*parts)
    try:
        real = file.resolve(strict=True)
    except OSError:
        return None
    return real if real.is_relative_to(root.resolve()) and real.is_file() else None


def _tileset(file: Path) -> Blob | None:
    """A tileset whose contents are addressed by hash alone, so that a new model reuses them."""
    if not file.is_file():
        return None
    plain = _CONTENT_URI.sub(rb"\1../../", file.read_bytes())
    copies = compressed(plain)
    return Blob(plain, "application/json", content_tag(plain), IMMUTABLE, copies, _OPEN)


def _implied(folder: Path, kind: str, cell: str) -> Blob | None:
    """A subtree; or of a content, that it is to be had by its hash, whatever the model."""
    if kind == "subtrees":
        file = folder / kind / f"{cell}.subtree"
        return read_blob(file, headers=_OPEN) if file.is_file() else None
    name = _listed(folder / CONTENTS).get(cell)
    if name is None:
        return None
    tag = name.partition(".")[0]
    return Blob(b"", "model/gltf-binary", tag, IMMUTABLE, {}, _OPEN, f"../../../../../{name}")


@lru_cache(maxsize=16)
def _listed(file: Path) -> dict[str, str]:
    """`level/x/y` to content name of an implicit tileset; nothing of an explicit one."""
    if not file.is_file():
        return {}
    found: dict[str, str] = orjson.loads(file.read_bytes())
    return found


@lru_cache(maxsize=16)
def _parent_columns(release: Path) -> dict[str, str]:
    try:
        parents = read_manifest(release).get("parents", {})
    except NotFound:
        return {}
    return {f"{item['sha256'][:32]}.u32": item["uri"] for item in parents.values()}
