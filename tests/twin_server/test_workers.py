"""Several processes on one port: they change over soon, answer whole, count as one, end well."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from cim_bridge.folder import CityFolder
from tests.support.server import Served, serving
from twin_server.demo import Demo
from twin_server.store import Store, open_store

CLIENTS = 16
SETTLED = 20.0
"""Seconds that a very busy machine may take until every process has changed over; one is usual."""


@pytest.fixture(scope="module")
def city(demo: Demo, tmp_path_factory: pytest.TempPathFactory, either_store: str) -> CityFolder:
    """A copy of the sample city that is published anew meanwhile."""
    path = tmp_path_factory.mktemp("workers") / "city"
    shutil.copytree(demo.city, path)
    return CityFolder.open(path)


@pytest.fixture(scope="module")
def store(city: CityFolder) -> Iterator[Store]:
    found = open_store(city)
    yield found
    found.close()


@pytest.fixture(scope="module")
def served(city: CityFolder, store: Store) -> Iterator[Served]:
    with serving(city.path, city.path.parent / "log", "--workers", "2") as address:
        yield address


def look(address: str) -> tuple[str, bool, int]:
    """(publication, whether it has years, problems) of one answer, on a connection of its own."""
    answer = httpx.get(f"{address}/api/v1/city", timeout=30)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return told["publication"]["id"], bool(told["years"]), len(told["problems"])


class Reader(threading.Thread):
    """Asks until it is told to stop; keeps what it saw and what went wrong."""

    def __init__(self, address: str, stop: threading.Event) -> None:
        super().__init__()
        self.address, self.stop = address, stop
        self.seen: list[tuple[str, bool, int]] = []
        self.wrong: list[BaseException] = []

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.seen.append(look(self.address))
            except Exception as exc:  # noqa: BLE001 - whatever it is must fail the test
                self.wrong.append(exc)


def test_a_publication_under_many_readers_is_seen_whole_by_all_and_soon(
    served: Served, store: Store
) -> None:
    first = store.current()
    assert first is not None
    stop = threading.Event()
    readers = [Reader(served, stop) for _ in range(CLIENTS)]
    for reader in readers:
        reader.start()
    time.sleep(0.5)
    bare, _ = store.publish(first.model, "", actor="li", note="without results")
    end = time.monotonic() + SETTLED
    while time.monotonic() < end and {look(served)[0] for _ in range(8)} != {bare.id}:
        time.sleep(0.2)
    after = [look(served) for _ in range(CLIENTS)]
    stop.set()
    for reader in readers:
        reader.join(60)
    assert [reader.wrong for reader in readers] == [[]] * CLIENTS
    seen = {item for reader in readers for item in reader.seen}
    assert {item[0] for item in seen} == {first.id, bare.id}
    assert all(years == (name == first.id) for name, years, _ in seen), "a mix of two publications"
    assert {item[0] for item in after} == {bare.id}
    store.point_to(store.target(first.id), actor="li")


def test_figures_are_of_all_processes_together(served: Served) -> None:
    before = asked(served)
    for _ in range(24):
        httpx.get(f"{served}/api/v1/systems", timeout=30)
    assert asked(served) == before + 24


def asked(address: str) -> float:
    text = httpx.get(f"{address}/metrics", timeout=30).text
    name = 'cimtwin_requests_total{route="/api/v1/systems",status="2xx"}'
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_one_that_is_told_to_end_answers_what_it_was_asked(served: Served) -> None:
    body = b'{"finish": []}'
    head = (
        f"POST /api/v1/whatif HTTP/1.1\r\nhost: {served.removeprefix('http://')}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    port = int(served.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as begun:
        begun.sendall(head.encode() + body[:4])
        time.sleep(0.5)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        begun.sendall(body[4:])
        answer = begun.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 "), "the answer came before the end"
    assert b"\r\n\r\n{" in answer
    assert served.process.wait(60) == 0
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{served}/health", timeout=5)
