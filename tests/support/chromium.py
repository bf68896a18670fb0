"""Headless Chromium for tests: where it is, and the flags that give it WebGL 2 without a GPU."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

QUIET = (
    "--no-sandbox",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
LLVMPIPE = ("--use-angle=gl-egl", "--ignore-gpu-blocklist")
SWIFTSHADER = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HAS_WEBGL2 = "() => !!document.createElement('canvas').getContext('webgl2')"


def executable() -> str:
    """Path of the browser; a test that needs one fails with words where there is none."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            "Chromium not found. Debian/Ubuntu: `apt-get install chromium libegl1 libgl1-mesa-dri`;"
            " elsewhere install Chrome or Chromium and set CHROMIUM=/path/to/it",
            pytrace=False,
        )
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with WebGL 2: Mesa's llvmpipe where it works, SwiftShader otherwise."""
    with sync_playwright() as playwright:
        for renderer in (LLVMPIPE, SWIFTSHADER):
            made = playwright.chromium.launch(
                executable_path=executable(), args=[*QUIET, *renderer], timeout=60_000
            )
            page = made.new_page()
            works = page.evaluate(HAS_WEBGL2)
            page.close()
            if works:
                try:
                    yield made
                finally:
                    made.close()
                return
            made.close()
        pytest.fail("Chromium gives no WebGL 2 here, neither by llvmpipe nor by SwiftShader")
