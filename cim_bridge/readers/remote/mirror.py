"""Existing 3D Tiles on a listed host: what a read needs is fetched, with limits, into local files.

External tilesets and contents are followed to listed hosts only; one that lies elsewhere refuses
the whole, for a partial read is never a model.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.progress import Progress
from cim_bridge.readers.remote.client import Client
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.staging import file_digest
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.package import Package, plain
from cim_bridge.tilesin.references import references
from cim_bridge.tilesin.walk import Content, Walk
from cim_bridge.tilesin.web import KIND, WebSource, home_of, write_index

_ACCEPT = "application/json, model/gltf-binary, application/octet-stream, */*;q=0.5"
_MOST_FILES = 1_000_000


class _Fetching:
    """Reads files of the tileset from the network once, then from disk."""

    def __init__(self, client: Client, url: str, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.files: dict[str, dict[str, Any]] = {}
        self.source = WebSource(self.read, home_of(url))
        self.entry = self.source.resolve(url, "")
        self._absent: set[str] = set()

    def read(self, path: str) -> bytes | None:
        """Bytes of a file; None when the host has none. Refused for hosts that are not listed."""
        if path in self._absent:
            return None
        if path not in self.files and not self._fetch(path):
            self._absent.add(path)
            return None
        return (self.folder / str(self.files[path]["file"])).read_bytes()

    def _fetch(self, path: str) -> bool:
        if len(self.files) >= _MOST_FILES:
            raise Refused("REMOTE_TOO_MUCH", url=self.entry, limit=f"{_MOST_FILES} files")
        try:
            answer = self.client.get(
                self.source.urls.get(path) or self.source.url_of(path), _ACCEPT
            )
        except Refused as exc:
            if exc.code == "REMOTE_NOT_FOUND":
                return False
            raise
        name = answer.path.name
        self.files[path] = {
            "file": name, "sha256": file_digest(answer.path), "bytes": answer.size,
        }  # fmt: skip
        return True


def mirrored(
    client: Client, url: str, spool: Path, *, whole: bool, progress: Progress
) -> tuple[Path, dict[str, Any]]:
    """Fetch a tileset; returns its local index and what the manifest records of it.

    whole: every content without images, as a binding wants it; else the finest contents with all
    that they name.
    """
    fetching = _Fetching(client, url, spool)
    if fetching.read(fetching.entry) is None:
        raise Refused("REMOTE_NOT_FOUND", url=client.shown(url), status=404)
    name = name_of(url)
    package = Package(name, KIND, fetching.entry, spool, fetching.source)
    progress.stage("walk the tileset")
    log = IssueLog()
    walk = Walk(package, log).run()
    if log.errors:
        raise InputRefused(log)
    contents = [
        content for tile, content in walk.contents() if (whole or tile.finest) and content.path
    ]
    progress.stage("download tiles", len(contents))
    for content in contents:
        _with_references(content, package, images=not whole)
        progress.advance()
    progress.done()
    file = spool / f"{name}.webtiles"
    write_index(file, fetching.source, fetching.entry, fetching.files)
    return file, _origin(fetching, client.shown(url), name, len(contents))


def name_of(url: str) -> str:
    """Name of a tileset: the folder of its tileset.json, or the host."""
    parts = urlsplit(url)
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if steps and steps[-1].lower() == "tileset.json":
        steps.pop()
    told = steps[-1] if steps else str(parts.hostname)
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in told.split(".json")[0])


def _with_references(content: Content, package: Package, *, images: bool) -> None:
    """Fetch a content and, from file to file, what it names."""
    waiting = [content.path]
    seen = {content.path}
    while waiting:
        path = waiting.pop()
        try:
            data = content.package.raw(path)
            named = references(plain(data), images=images) if data is not None else []
        except Broken:
            continue  # reading it is an Issue of its own
        if content.package is not package:
            return  # inside an archive, which came whole
        for uri in named:
            try:
                onward = package.resolve(uri, path)
            except Broken:
                continue
            if onward not in seen:
                seen.add(onward)
                waiting.append(onward)


def _origin(fetching: _Fetching, url: str, name: str, contents: int) -> dict[str, Any]:
    """Protocol, address and a hash over every file that was fetched."""
    total = hashlib.sha256()
    for path in sorted(fetching.files):
        total.update(f"{path}\0{fetching.files[path]['sha256']}\n".encode())
    return {
        "protocol": "3D Tiles",
        "address": url,
        "name": name,
        "contents": contents,
        "files": len(fetching.files),
        "content": total.hexdigest(),
    }
