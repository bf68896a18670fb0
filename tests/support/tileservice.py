"""A service of map tiles on this machine; answers as it is told and remembers what was asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.support.loopback import Quiet, loopback

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 300
"""Begins like a picture, which is all that the server looks at."""


class Upstream:
    """What the service answers; `asked` are the paths it was asked for, keys and all."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.kind, self.body, self.pause = 200, "image/png", PNG, 0.0
        self.host = ""
        self.elsewhere = ""


@contextmanager
def tile_service() -> Iterator[Upstream]:
    """Serve on a free port of 127.0.0.1; `host` tells it."""
    made = Upstream()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            time.sleep(made.pause)
            self.send_response(made.status)
            self.send_header("content-type", made.kind)
            if made.status == 302:
                self.send_header("location", f"http://{made.host}{made.elsewhere}")
            self.send_header("content-length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)

    with loopback(Handler) as host:
        made.host = host
        yield made
