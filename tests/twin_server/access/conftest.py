"""One city with people of every role; tests of access share it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.access.city import SETTINGS, let_in, make_city
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    """A published city where people sign in by keys."""
    return make_city(tmp_path_factory.mktemp("guarded"))


@pytest.fixture(scope="session")
def keys(guarded: CityFolder) -> dict[str, str]:
    """The key of one person of each role, named as the role, in district D1."""
    return let_in(guarded)


@pytest.fixture(scope="session")
def viewer_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built page of one file."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text("<!doctype html><title>CIM Twin</title>")
    (folder / "logo.svg").write_text("<svg/>")
    return folder


@pytest.fixture(scope="session")
def asking(guarded: CityFolder, keys: dict[str, str], viewer_files: Path) -> Iterator[Browser]:
    """A browser on that city."""
    with browsing(create_app(guarded, SETTINGS, viewer_files)) as browser:
        yield browser
