"""A page that stands open all day holds on to nothing: the short form of `make soak`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from tests.support.page import TwinPage
from tests.support.soak import COUNT_GPU, Held, grown, soak

pytestmark = pytest.mark.browser


def test_heap_tiles_and_gpu_stay_flat_over_many_views(chromium: Browser, site: str) -> None:
    twin = TwinPage.open(chromium, site, desk="", script=COUNT_GPU)
    twin.coarse()
    first, last, shown = soak(twin, seconds=0, laps=3, warm=2, views=8)
    twin.close()
    assert shown >= 40
    assert first.gpu["texture"] > 0
    assert grown(first, last) == {}
    assert twin.errors == []


def test_what_grows_is_found_out() -> None:
    first = Held(60.0, 20.0, 2000, 400, {"texture": 30})
    assert grown(first, first) == {}
    assert set(grown(first, replace(first, heap_mb=66.0))) == {"heap_mb"}
    assert set(grown(first, replace(first, gpu={"texture": 40}))) == {"texture"}
