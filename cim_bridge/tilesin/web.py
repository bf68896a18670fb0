"""A tileset of another host, as it was fetched: files by their address, and an index of them.

Nothing here asks a network. What fetches (cim_bridge.readers.remote) lays files and index down;
this reads them as any other package. Paths of the package are addresses: below the tileset's own
host without scheme and host, so that they end every address of that file, else whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import orjson

from cim_bridge.check.sources import Source, UnsafeUri
from cim_bridge.tilesin.broken import Broken

MAGIC = b'{"web_tileset":'
"""How an index begins."""
KIND = "web"
_SAFE = "/%:=&?~+!$,;'@()*[]"


@dataclass(frozen=True)
class WebSource(Source):
    """Resolves as browsers do; `urls` remembers the address that each path stands for."""

    home: str = ""
    urls: dict[str, str] = field(default_factory=dict)

    def resolve(self, uri: str, base: str) -> str:
        """Path of `uri` as seen from the file `base`."""
        if uri.startswith("data:"):
            return uri
        try:
            whole = urljoin(self.urls.get(base) or self.url_of(base), uri).partition("#")[0]
            parts = urlsplit(whole)
        except ValueError as exc:
            raise UnsafeUri(uri) from exc
        if parts.scheme not in ("http", "https") or not parts.netloc or "\\" in whole:
            raise UnsafeUri(uri)
        path = self.path_of(whole)
        self.urls.setdefault(path, whole)
        return path

    def path_of(self, url: str) -> str:
        """Readable path of an address."""
        parts = urlsplit(url)
        told = unquote(parts.path).lstrip("/") + (f"?{parts.query}" if parts.query else "")
        origin = f"{parts.scheme}://{parts.netloc}"
        return told if origin == self.home else f"{origin}/{told}"

    def url_of(self, path: str) -> str:
        """An address of a path."""
        whole = path if path.startswith(("http://", "https://")) else f"{self.home}/{path}"
        return quote(whole, safe=_SAFE)


def home_of(url: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def write_index(file: Path, source: WebSource, entry: str, files: dict[str, Any]) -> None:
    """Write the index. files: path → {file, sha256, bytes}, file relative to the index."""
    listed = {
        path: {**files[path], "url": source.urls.get(path) or source.url_of(path)}
        for path in sorted(files)
    }
    body = {"web_tileset": 1, "home": source.home, "entry": entry, "files": listed}
    file.write_bytes(orjson.dumps(body))


def read_index(file: Path) -> tuple[str, WebSource]:
    """Entry and files of an index; Broken when it is none."""
    try:
        told = orjson.loads(file.read_bytes())
        files: dict[str, Any] = told["files"]
        urls = {path: str(item["url"]) for path, item in files.items()}
        names = {path: str(item["file"]) for path, item in files.items()}
        entry, home = str(told["entry"]), str(told["home"])
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as exc:
        raise Broken(f"index of a fetched tileset: {exc}") from exc
    top = file.resolve().parent

    def read(path: str) -> bytes | None:
        name = names.get(path)
        found = (top / name).resolve() if name is not None else None
        inside = found is not None and found.is_relative_to(top) and found.is_file()
        return found.read_bytes() if inside and found is not None else None

    return entry, WebSource(read, home, urls)
