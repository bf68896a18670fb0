"""Fixtures every test may use; the network is off."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock

from cim_bridge.progress import SILENT
from tests.support.environment import AS_STARTED as AS_STARTED
from tests.support.postgis import postgis as postgis
from tests.support.stores import either_store as either_store
from tests.support.stores import everything_on_postgresql as everything_on_postgresql
from twin_server.demo import Demo
from twin_server.verbs.demo import call_verb

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

# seeded, and never failed by a busy machine
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the quick ones fail first, and the browser's own event loop, which
    stays until the end, is in nobody's way."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference data beside the repository; tests that need it skip where it is absent."""
    named = os.environ.get("CIM_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    if not (folder / "data" / "MANIFEST.csv").is_file():
        pytest.skip(f"reference data not found at {folder} (set CIM_SHARED)")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Demo:
    """The sample city, made and published once by the verbs a user runs; tests only read it.

    Where several processes test at a time they share it: the first one to ask makes it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    made = Demo(shared / "demo", buildings=2000)
    with FileLock(shared / "demo.lock"):
        made.run(call_verb, SILENT)
    return made


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and str(address[0]) not in LOOPBACK:
            raise OSError(f"a test tried to reach {address[0]}: the network is off in tests")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
