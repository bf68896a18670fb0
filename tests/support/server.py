"""A real server process on a free loopback port."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CIMTWIN = Path(sys.executable).with_name("cimtwin")


class Served(str):
    """Address of a server, with its process."""

    process: subprocess.Popen[bytes]


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(city: Path, log: Path, *more: str) -> Iterator[Served]:
    """Serve a city folder, with `more` options; yields the address, stops it at the end."""
    from tests.support.stores import environment  # which asks this module for its port

    port = free_port()
    words = ["serve", "--city", str(city), "--port", str(port), *more]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [CIMTWIN, *words], stdout=out, stderr=out, env=environment(words)
        )
        try:
            address = Served(f"http://127.0.0.1:{port}")
            address.process = process
            _wait(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server stopped: {log.read_text(errors='replace')[-2000:]}")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server did not answer within a minute")
