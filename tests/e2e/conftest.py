"""One server of the demo city and one browser for all end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import browser
from tests.support.page import TwinPage
from tests.support.server import serving
from twin_server.demo import Demo


@pytest.fixture(scope="session")
def site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the demo city."""
    with serving(demo.city, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    with browser() as made:
        yield made


@pytest.fixture(scope="session")
def opened(chromium: Browser, site: str) -> Iterator[TwinPage]:
    """One small page of the demo city; use `twin`, which has it as it was when opened."""
    page = TwinPage.open(chromium, site)
    page.coarse()
    yield page
    page.close()


@pytest.fixture
def twin(opened: TwinPage) -> Iterator[TwinPage]:
    """The viewer, as opened, small; at the end: no error on the console, no foreign request."""
    opened.anew()
    yield opened
    opened.clean()
