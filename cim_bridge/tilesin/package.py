"""Where a tileset's files lie: a folder, a .3tz archive, a .3dtiles database, or fetched."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from cim_bridge.check.sources import ExternalUri, Source, UnsafeUri, folder
from cim_bridge.issues import IssueLog
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.directory import MAX_FILE
from cim_bridge.tilesin.sqlite import Database
from cim_bridge.tilesin.web import KIND, MAGIC, read_index
from cim_bridge.tilesin.zipped import Zipped

ENTRY = "tileset.json"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Package:
    """An open tileset. `entry` is its tileset.json; `top` the file or folder on disk."""

    name: str
    kind: str
    entry: str
    top: Path
    source: Source
    close: Callable[[], None] = lambda: None
    met: dict[str, None] = field(default_factory=dict)
    """Files that contents refer to, once they were read."""
    looks: bool = False
    """Whether colours and images of contents are wanted; they take memory."""

    @property
    def base(self) -> str:
        """Folder of the entry inside the package, with a slash, "" at the top."""
        head, _, _ = self.entry.rpartition("/")
        return f"{head}/" if head else ""

    def note(self, uri: Any, base: str) -> None:
        """Remember a file that a content refers to, such as an image."""
        if isinstance(uri, str) and not uri.startswith("data:"):
            try:
                self.met.setdefault(self.source.resolve(uri, base))
            except (UnsafeUri, ExternalUri):
                return  # it will not be served, and reading it is an Issue of its own

    def raw(self, path: str) -> bytes | None:
        """Bytes of a file as they are stored."""
        return self.source.read(path)

    def fetch(self, uri: str, base: str) -> bytes:
        """Unzipped bytes of a URI as seen from the file `base`; Broken says why there are none."""
        try:
            data = self.source.fetch(uri, base)
        except UnsafeUri as exc:
            raise Broken(f"{uri[:80]!r} leads out of the tileset") from exc
        except ExternalUri as exc:
            raise Broken(f"{uri[:80]!r} lies on another host; nothing is fetched") from exc
        if data is None:
            raise FileNotFoundError(uri[:200])
        return plain(data)

    def resolve(self, uri: str, base: str) -> str:
        """Path of a URI inside the package; a data URI stays itself."""
        try:
            return self.source.resolve(uri, base)
        except UnsafeUri as exc:
            raise Broken(f"{uri[:80]!r} leads out of the tileset") from exc
        except ExternalUri as exc:
            raise Broken(f"{uri[:80]!r} lies on another host; nothing is fetched") from exc


def open_package(path: Path, log: IssueLog) -> Package | None:
    """Open a folder, tileset.json, .3tz or .3dtiles; an Issue and None when that cannot be."""
    file = path / ENTRY if path.is_dir() else path
    if not file.is_file():
        log.add("SOURCE_NOT_FOUND", file=path, path=path)
        return None
    with file.open("rb") as handle:
        head = handle.read(16)
    try:
        if head.startswith(b"PK"):
            package = _archive(cast(BinaryIO, file.open("rb")), file)
        elif head.startswith(b"SQLite format 3"):
            package = _database(file)
        elif head.startswith(MAGIC):
            entry, source = read_index(file)
            package = Package(file.stem, KIND, entry, file, source)
        else:
            package = _folder(file)
    except Broken as exc:
        log.add("TILESIN_PACKAGE", file=file, reason=exc)
        return None
    if package.kind == "3tz" and not cast(Any, package.source.read).__self__.indexed:
        log.add("TILESIN_NO_INDEX", file=file)
    return package


def nested(data: bytes, name: str, top: Path) -> Package:
    """Open an archive that is itself the content of a tile."""
    return _archive(io.BytesIO(data), top, name)


def _archive(handle: BinaryIO, file: Path, name: str = "") -> Package:
    try:
        zipped = Zipped.open(handle)
    except Broken:
        handle.close()
        raise
    return Package(name or file.name, "3tz", ENTRY, file, Source(zipped.read), handle.close)


def _database(file: Path) -> Package:
    found = Database.open(file)
    return Package(file.name, "3dtiles", ENTRY, file, Source(found.read), found.connection.close)


def _folder(file: Path) -> Package:
    """Files below the tileset.json; below the folder above when it says `../` (as ours do)."""
    parent = file.resolve().parent
    wide = b'"../' in plain(file.read_bytes()) and parent.parent != parent
    top = parent.parent if wide else parent
    entry = file.resolve().relative_to(top).as_posix()
    return Package(file.name, "folder", entry, top, folder(top))


def plain(data: bytes) -> bytes:
    """Undo gzip, which many tilesets on disk have; never more than MAX_FILE."""
    if data[:2] != _GZIP:
        return data
    opened = zlib.decompressobj(31)
    try:
        found = opened.decompress(data, MAX_FILE + 1)
    except zlib.error as exc:
        raise Broken(f"gzip: {exc}") from exc
    if len(found) > MAX_FILE or not opened.eof:
        raise Broken("gzip: cut off, or larger than it may be")
    return found


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object; Broken when the bytes are none."""
    try:
        found = orjson.loads(data[3:] if data.startswith(b"\xef\xbb\xbf") else data)
    except orjson.JSONDecodeError as exc:
        raise Broken(f"{what}: {exc}") from exc
    if not isinstance(found, dict):
        raise Broken(f"{what} is no JSON object")
    return found
