"""Pages of others: a web server on a port of its own that shows the examples and serves Cesium."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import tomlkit

ROOT = Path(__file__).resolve().parents[2] / "viewer"
EXAMPLES = ROOT / "examples"
CESIUM = ROOT / "node_modules" / "cesium" / "Build" / "Cesium"


def lead_back(city: Path, to: Path, origin: str) -> Path:
    """A city folder of its own settings over the files of another; `origin` may ask and frame."""
    to.mkdir()
    for entry in city.iterdir():
        if entry.is_dir():
            (to / entry.name).symlink_to(entry, target_is_directory=True)
        else:
            shutil.copy2(entry, to / entry.name)
    settings = tomlkit.parse((to / "city.toml").read_text(encoding="utf-8"))
    serve = settings.setdefault("serve", tomlkit.table())
    serve["cors"], serve["frame_ancestors"] = [origin], [origin]
    (to / "city.toml").write_text(tomlkit.dumps(settings), encoding="utf-8")
    return to


class _Host(SimpleHTTPRequestHandler):
    pages: dict[str, str]

    def __init__(self, pages: dict[str, str], *args: object) -> None:
        self.pages = pages
        super().__init__(*args, directory=str(CESIUM))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in self.pages:
            body = self.pages[path].encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.path = self.path.removeprefix("/cesium")
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hosting(port: int, server: str) -> Iterator[str]:
    """Serve the examples on 127.0.0.1:port with `server` as the twin's address; its own address."""
    pages = {
        f"/{file.name}": file.read_text(encoding="utf-8").replace("SERVER", server)
        for file in EXAMPLES.glob("*.html")
    }
    host = ThreadingHTTPServer(("127.0.0.1", port), partial(_Host, pages))
    thread = threading.Thread(target=host.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        host.shutdown()
        host.server_close()
        thread.join(10)
