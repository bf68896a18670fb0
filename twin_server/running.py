"""Run the server: loopback only, a free port, one line that says where it is."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import click

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from twin_server.settings import LOOPBACK, hand_down, handed_city, read_settings

_TRIES = 50


def run_server(city: Path, *, host: str, port: int, workers: int = 1) -> None:
    """Serve a city until Ctrl-C; refuse a host that other machines can reach."""
    import uvicorn

    log = IssueLog()
    if host not in LOOPBACK:
        log.add("HOST_NOT_LOOPBACK", host=host)
    elif not port_is_free(host, port):
        log.add("PORT_TAKEN", port=port, next=free_port(host, port + 1))
    log.raise_if_errors()
    CityFolder.open(city)
    hand_down(city)
    click.echo(f"CIM Twin  {address(host, port)}  (Ctrl-C stops it)", err=True)
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how a server is meant to end
        uvicorn.run(
            "twin_server.running:served_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
        )


def served_app() -> object:
    """The app of the city that `run_server` was given; each worker process calls it once."""
    from twin_server.app import create_app

    return create_app(CityFolder.open(handed_city()), read_settings())


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
