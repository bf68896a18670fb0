"""The page is laid out by its own box, whatever the width of the window around it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

BOX = """(width) => {
  const twin = document.querySelector('cim-twin');
  twin.style.width = width;
  twin.style.marginLeft = width ? '300px' : '';
}"""
LAID = """() => {
  const twin = document.querySelector('cim-twin');
  const box = (name) => twin.shadowRoot.querySelector(name).getBoundingClientRect();
  const shown = (name) => box(name).width > 0 && box(name).height > 0;
  const { left, right } = twin.getBoundingClientRect();
  const free = twin.free();
  return {
    tabs: shown('.tabs'), strip: shown('.bottom'),
    sides: shown('.left > *') && shown('.right > *'),
    inside: ['cim-topbar', 'cim-maptitle', 'cim-controls'].every(
      (name) => box(name).left >= left && box(name).right <= right + 1),
    free: [free.left, free.right],
  };
}"""


@pytest.fixture(scope="module")
def wide(chromium: Browser, site: str) -> Iterator[TwinPage]:
    made = TwinPage.open(chromium, site, width=1920, height=800, desk="", lang="en")
    made.coarse()
    yield made
    made.close()
    assert made.errors == []


def test_an_element_of_700_pixels_on_a_wide_page_has_the_layout_of_a_phone(wide: TwinPage) -> None:
    before = wide.page.evaluate(LAID)
    assert (before["tabs"], before["strip"], before["sides"]) == (False, True, True)
    wide.page.evaluate(BOX, "700px")
    wide.page.locator("cim-twin .tabs").wait_for()
    wide.page.wait_for_function(f"() => !({LAID})().strip")
    laid = wide.page.evaluate(LAID)
    assert (laid["tabs"], laid["strip"], laid["sides"]) == (True, False, False)
    assert laid["inside"], "something stands outside of the element"
    assert 0 <= laid["free"][0] < laid["free"][1] <= 700, "the free part is told in its own pixels"
    wide.page.evaluate(BOX, "")
    wide.page.locator("cim-twin .tabs").wait_for(state="hidden")
    wide.page.wait_for_function(f"() => ({LAID})().strip")


def test_a_tab_is_called_after_what_it_opens(wide: TwinPage) -> None:
    wide.page.evaluate(BOX, "700px")
    tabs = wide.page.locator("cim-twin .tabs button")
    tabs.first.wait_for()
    assert tabs.first.inner_text().strip() == "Verdict"
    tabs.first.click()
    wide.page.locator("cim-verdict").wait_for()
    assert tabs.last.inner_text().strip() == "Problems"
    tabs.last.click()
    wide.page.locator("cim-cards").wait_for()
    wide.set(desk="indicators")
    assert tabs.first.inner_text().strip() == "Indicators"
    tabs.first.click()
    wide.page.locator("cim-indicators").wait_for()
    wide.set(desk=None)
    wide.page.evaluate(BOX, "")
