"""A platform on the loopback address: one layer, spoken in OGC API, WFS 1.1, WFS 2.0 and ArcGIS.

Small, but honest: paging links, counts, caps and axis order as the standards have them. Every way
in which real servers go wrong is a switch (see Faults).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import geopandas as gpd


@dataclass
class Faults:
    """What goes wrong; as made here, nothing does.

    cap: features that one answer holds at most, whatever is asked. deaf: paging is ignored.
    swap: coordinates come in the order that is not promised. matched: what is said to be there
    ("" leaves it out). hits: what WFS counts at most when it is asked for the count alone, as
    MapServer does. returned: added to the number a page says it holds. grows: a feature is
    said to be added after the first page. no_crs: OGC API ignores `crs`. html, report: a page of
    HTML, or a report of an error, with status 200. fails, cuts: the number of the data page that
    fails with 500, or ends too early; flaky: each page fails once. redirect, onward: where data
    pages, or their next links, lead. extent: declared instead of the true one. held_back: Esri's
    servers say so even at the end. unpaged: ArcGIS cannot page. token: the one that is asked for.
    sealed: ArcGIS wants a token, and says so with status 200.
    """

    cap: int = 10_000
    deaf: bool = False
    swap: bool = False
    matched: str | None = None
    hits: int = 10_000
    returned: int = 0
    grows: bool = False
    no_crs: bool = False
    html: bool = False
    report: bool = False
    fails: int = 0
    cuts: int = 0
    flaky: bool = False
    redirect: str = ""
    onward: str = ""
    extent: tuple[float, float, float, float] | None = None
    held_back: bool = False
    unpaged: bool = False
    token: str = ""
    sealed: bool = False


@dataclass
class Reply:
    """What is sent."""

    body: bytes
    kind: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    data: bool = False
    """Whether it is a page of features, which is what faults befall."""


@dataclass
class Platform:
    """The layer, its faults, files that are served as they are, and what was asked."""

    frame: gpd.GeoDataFrame
    name: str = "buildings"
    faults: Faults = field(default_factory=Faults)
    files: dict[str, bytes] = field(default_factory=dict)
    packed: set[str] = field(default_factory=set)
    """Files that are gzipped and sent as such."""
    broken: set[str] = field(default_factory=set)
    """Files that are answered with 500."""
    asked: list[str] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)
    pages: int = 0
    address: str = ""

    @property
    def host(self) -> str:
        """`127.0.0.1:port`."""
        return urlsplit(self.address).netloc

    @property
    def matched(self) -> str:
        """The count that is told."""
        told = self.faults.matched
        grown = 1 if self.faults.grows and self.pages else 0
        return str(len(self.frame) + grown) if told is None else told

    def heal(self) -> None:
        """Undo every fault, forget what was asked."""
        healthy = Faults()
        for one in fields(Faults):
            setattr(self.faults, one.name, getattr(healthy, one.name))
        self.files.clear()
        self.packed.clear()
        self.broken.clear()
        self.asked.clear()
        self.sent.clear()
        self.pages = 0

    def answer(self, path: str, query: dict[str, str]) -> Reply:
        """The honest answer; faults come after."""
        from tests.support import speaking

        name = path.lstrip("/")
        if name in self.broken:
            return Reply(b"oh", "text/plain", 500)
        if name in self.files:
            headers = {"Content-Encoding": "gzip"} if name in self.packed else {}
            return Reply(self.files[name], "application/octet-stream", headers=headers)
        if path.startswith("/ogc"):
            return speaking.ogc_api(self, path.removeprefix("/ogc"), query)
        if path == "/wfs":
            return speaking.wfs(self, query)
        if path.startswith("/arcgis"):
            return speaking.arcgis(self, path, query)
        return Reply(b"{}", status=404)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    platform: Platform

    def do_GET(self) -> None:
        """Answer, with what goes wrong."""
        parts = urlsplit(self.path)
        query = {k.lower(): v for k, v in parse_qsl(parts.query, keep_blank_values=True)}
        self.platform.asked.append(self.path)
        self.platform.sent.append({k.lower(): v for k, v in self.headers.items()})
        faults = self.platform.faults
        if faults.token and f"Bearer {faults.token}" != self.headers.get("Authorization"):
            self._send(Reply(b"sign in", "text/plain", 401))
            return
        reply = self.platform.answer(unquote(parts.path), query)
        self._send(self._spoilt(reply) if reply.data else reply, cut=self._cuts(reply))

    def _spoilt(self, reply: Reply) -> Reply:
        platform, faults = self.platform, self.platform.faults
        platform.pages += 1
        if faults.redirect:
            return Reply(b"", status=302, headers={"Location": faults.redirect})
        if faults.html:
            return Reply(b"<!DOCTYPE html><html><body>Sign in</body></html>", "text/html")
        if faults.fails == platform.pages or (faults.fails and platform.pages > faults.fails):
            return Reply(b"oh", "text/plain", 500)
        if faults.flaky and platform.pages % 2:
            return Reply(b"busy", "text/plain", 503, {"Retry-After": "0"})
        return reply

    def _cuts(self, reply: Reply) -> bool:
        cuts = self.platform.faults.cuts
        return bool(reply.data and cuts and self.platform.pages >= cuts)

    def _send(self, reply: Reply, cut: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
        if cut:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def running(platform: Platform) -> Iterator[Platform]:
    """Serve a platform on a free loopback port for as long as the block lasts."""
    handler = type("Handler", (_Handler,), {"platform": platform})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    platform.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def folder_files(folder: Path, prefix: str = "") -> dict[str, bytes]:
    """Files of a folder as a platform serves them."""
    return {
        prefix + path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
