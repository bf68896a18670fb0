"""Where the files of a tileset lie: a folder, a .3tz archive or a .3dtiles database."""

from __future__ import annotations

import base64
import binascii
import io
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

Read = Callable[[str], bytes | None]

_MAX_ENTRY = 256 * 2**20
"""Bytes; no single file of a tileset is read beyond this."""


class UnsafeUri(ValueError):
    """A URI that leads outside the tileset, or to somewhere that is no file."""


class ExternalUri(ValueError):
    """A URI on another host; nothing is fetched."""


class BrokenPackage(ValueError):
    """An archive or database that is not what its name says."""


@dataclass(frozen=True)
class Source:
    """Reads files by their path inside the tileset; never leaves it."""

    read: Read

    def fetch(self, uri: str, base: str) -> bytes | None:
        """Bytes of `uri` as seen from the file `base`; None when there is no such file."""
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2], validate=True)
            except binascii.Error as exc:
                raise UnsafeUri(uri[:40]) from exc
        return self.read(self.resolve(uri, base))

    def resolve(self, uri: str, base: str) -> str:
        """Path of `uri` as seen from the file `base`; both relative to the root."""
        if uri.startswith("data:"):
            return uri
        parts = urlsplit(uri)
        if parts.scheme in ("http", "https") or (parts.netloc and not parts.scheme):
            raise ExternalUri(uri)
        path = unquote(parts.path)
        if parts.scheme or path.startswith("/") or any(c in path for c in "\\\0:"):
            raise UnsafeUri(uri)
        steps = base.split("/")[:-1]
        for step in path.split("/"):
            if step == "..":
                if not steps:
                    raise UnsafeUri(uri)
                steps.pop()
            elif step not in ("", "."):
                steps.append(step)
        return "/".join(steps)


def folder(root: Path) -> Source:
    """Read the files below a folder."""
    top = root.resolve()

    def read(path: str) -> bytes | None:
        file = (top / path).resolve()
        if not file.is_relative_to(top) or not file.is_file():
            return None
        return file.read_bytes() if file.stat().st_size <= _MAX_ENTRY else None

    return Source(read)


def archive(data: bytes) -> Source:
    """Read the entries of a .3tz archive (ZIP, stored or deflated)."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError) as exc:
        raise BrokenPackage(str(exc)) from exc

    def read(path: str) -> bytes | None:
        try:
            with package.open(path) as entry:
                found = entry.read(_MAX_ENTRY + 1)
        except KeyError:
            return None
        except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError) as exc:
            raise BrokenPackage(f"{path}: {exc}") from exc
        return found if len(found) <= _MAX_ENTRY else None

    return Source(read)


def database(path: Path) -> Source:
    """Read the rows of a .3dtiles database (SQLite: table media, columns key and content)."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        kind = connection.execute("SELECT type FROM sqlite_master WHERE name = 'media'").fetchone()
        columns = {row[1]: row[2].upper() for row in connection.execute("PRAGMA table_info(media)")}
        rows = connection.execute("SELECT key, content FROM media").fetchall() if columns else []
    except sqlite3.Error as exc:
        raise BrokenPackage(str(exc)) from exc
    finally:
        connection.close()
    if kind != ("table",) or columns != {"key": "TEXT", "content": "BLOB"}:
        raise BrokenPackage("it must hold one table media(key TEXT, content BLOB)")
    contents: dict[str, bytes] = dict(rows)
    return Source(contents.get)
