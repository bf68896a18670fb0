"""Run the server: safe settings, a free port, one line that says where it is."""

from __future__ import annotations

import contextlib
import secrets
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from twin_server.console import issue_lines
from twin_server.operate.guard import guard
from twin_server.operate.logs import log_as_json
from twin_server.settings import (
    hand_down,
    hand_down_metrics,
    hand_down_secret,
    handed_city,
    read_settings,
)
from twin_server.store import open_store

_TRIES = 50
_DRAIN_SECONDS = 30
"""How long a server that is told to end waits for the answers it owes."""
_SILENT_SECONDS = 60
"""How long a worker may be deep in work before another one takes its place."""


def run_server(city: Path, *, host: str, port: int, workers: int = 1) -> None:
    """Serve a city until Ctrl-C; refuse to start with settings that are not safe."""
    import uvicorn

    folder = CityFolder.open(city)
    settings = read_settings(config=folder.config)
    log = guard(folder, settings, host)
    if not log.errors and not port_is_free(host, port):
        log.add("PORT_TAKEN", port=port, next=free_port(host, port + 1))
    log.raise_if_errors()
    open_store(folder, settings).close()  # refused here in words, not in every worker
    for line in issue_lines(log):
        click.echo(line, err=True)
    hand_down(city)
    if not settings.secret:
        hand_down_secret(secrets.token_urlsafe(48))
    click.echo(f"CIM Twin  {address(host, port)}  (Ctrl-C stops it)", err=True)
    with contextlib.suppress(KeyboardInterrupt), _figures_together(workers):
        uvicorn.run(  # Ctrl-C is how a server is meant to end
            "twin_server.running:served_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who asks is never taken from a header that anyone can write
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
            timeout_worker_healthcheck=_SILENT_SECONDS,
        )
    click.echo("已停止 / stopped", err=True)


@contextlib.contextmanager
def _figures_together(workers: int) -> Iterator[None]:
    """Let several workers keep the figures of /metrics in one place."""
    if workers < 2:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cimtwin-metrics-") as folder:
        hand_down_metrics(Path(folder))
        yield


def served_app() -> object:
    """The app of the city that `run_server` was given; each worker process calls it once."""
    from twin_server.app import create_app

    folder = CityFolder.open(handed_city())
    settings = read_settings(config=folder.config)
    if settings.log == "json":
        log_as_json()
    return create_app(folder, settings)


def address(host: str, port: int) -> str:
    """The address to open in a browser."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, first: int) -> int:
    """The first free port from `first` on."""
    for port in range(first, min(first + _TRIES, 65536)):
        if port_is_free(host, port):
            return port
    log = IssueLog()
    log.add("PORT_TAKEN", port=first, next=first + _TRIES)
    raise InputRefused(log)
