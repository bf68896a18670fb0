"""One small demo city, one server, one browser for all end-to-end tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import browser
from tests.support.page import TwinPage
from tests.support.server import CIMTWIN, serving

BUILDINGS = 2000


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo city, made by the demo verb itself."""
    folder = tmp_path_factory.mktemp("demo")
    made = subprocess.run(
        [CIMTWIN, "demo", "--buildings", str(BUILDINGS), "--dir", folder, "--no-serve"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert made.returncode == 0, (made.stdout + made.stderr)[-4000:]
    return folder / "city"


@pytest.fixture(scope="session")
def site(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the demo city."""
    with serving(demo, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    with browser() as made:
        yield made


@pytest.fixture
def twin(chromium: Browser, site: str) -> Iterator[TwinPage]:
    """The viewer, opened small; at the end: no error on the console, no foreign request."""
    page = TwinPage.open(chromium, site)
    yield page
    page.close()
    assert page.errors == []
    assert page.foreign == []
