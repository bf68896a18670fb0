"""The picture on the screen, compared with a stored one.

Renderers differ in edges and fonts, so both pictures are reduced to a quarter first. After a wanted
change of looks run `BLESS=1 make pytest` once, look at the new picture, and commit it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).with_name("pictures")
VIEW = {"system": "MOHURD-2022", "indicator": "road_density", "level": "block", "year": "2025"}
MEAN, WORST = 5.0, 70.0
"""Mean difference, and the difference that 99 % of the reduced pixels stay below (0 to 255)."""


def reduced(picture: Image.Image) -> np.ndarray:
    """A quarter of the size, as float (height, width, 3)."""
    small = picture.convert("RGB").reduce(4)
    return np.asarray(small, dtype=np.float64)


@pytest.fixture(scope="module")
def twin(chromium: Browser, site: str) -> Iterator[TwinPage]:
    page = TwinPage.open(chromium, site, width=1280, height=720, **VIEW)
    yield page
    page.close()


def picture(twin: TwinPage, **patch: object) -> Image.Image:
    """The page as it looks with this state."""
    twin.set(**patch)
    twin.page.wait_for_timeout(200)
    twin.settle()
    return Image.open(BytesIO(twin.page.screenshot()))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_city_looks_as_it_did(twin: TwinPage, theme: str, tmp_path: Path) -> None:
    seen = picture(twin, theme=theme)
    stored = PICTURES / f"overview_{theme}.png"
    if os.environ.get("BLESS"):
        seen.save(stored, optimize=True)
    assert stored.is_file(), "no stored picture yet: run once with BLESS=1 and look at it"
    seen.save(tmp_path / "seen.png")
    difference = np.abs(reduced(seen) - reduced(Image.open(stored))).max(axis=2)
    assert difference.mean() < MEAN, f"see {tmp_path / 'seen.png'}"
    assert np.percentile(difference, 99) < WORST, f"see {tmp_path / 'seen.png'}"


def test_a_different_city_would_not_pass(twin: TwinPage) -> None:
    """The comparison can fail: another indicator's colours are told apart."""
    seen = picture(twin, theme="light", indicator="none")
    stored = reduced(Image.open(PICTURES / "overview_light.png"))
    difference = np.abs(reduced(seen) - stored).max(axis=2)
    assert difference.mean() >= MEAN or np.percentile(difference, 99) >= WORST
