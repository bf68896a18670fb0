"""Names that try to be programs stay names, wherever the page shows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog

from tests.support.hostile import PAYLOADS, Hostile
from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

FOUND = """() => {
  const found = [];
  const walk = root => {
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) walk(el.shadowRoot);
      for (const { name, value } of el.attributes) {
        if (name.startsWith('on')) found.push([el.tagName, name]);
        if (/^(href|src|action|data|xlink:href|srcdoc)$/.test(name)
            && /^\\s*(javascript|data:text)/i.test(value)) found.push([el.tagName, name, value]);
      }
      if (/^(IFRAME|OBJECT|EMBED|MARQUEE|BASE|META)$/.test(el.tagName) && el.closest('body'))
        found.push([el.tagName]);
    }
  };
  walk(document);
  return found;
}"""
SHOWN = """() => {
  let text = '';
  const walk = root => {
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) walk(el.shadowRoot);
      for (const n of el.childNodes) if (n.nodeType === 3) text += n.textContent + '\\n';
    }
  };
  walk(document.querySelector('cim-twin').shadowRoot);
  return text;
}"""
DESKS = (
    None, "indicators", "projects", "tour", "scenes", "whatif", "find", "compare", "rectification",
    "tasks", "quadrants", "scatter", "present",
)  # fmt: skip
GUEST = """{"type":"FeatureCollection","name":"%s","features":[{"type":"Feature","properties":
{"%s":"%s"},"geometry":{"type":"Point","coordinates":[121.3,37.49]}}]}"""


@pytest.fixture(scope="module")
def hostile(chromium: Browser, site: str) -> Iterator[tuple[TwinPage, Hostile, set[str]]]:
    """A page whose server says nothing but hostile names."""
    twin = TwinPage.open(chromium, site, width=1600, height=900, lang="zh", desk="")
    unit = twin.get("/api/v1/problems?limit=1")["items"][0]["unit"]["id"]
    made = Hostile(twin.page)
    twin.page.reload()
    twin.page.evaluate("() => window.__cimtwin.ready")
    twin.settle()
    yield twin, made, {unit}
    twin.close()
    assert twin.foreign == []


def safe(twin: TwinPage, made: Hostile) -> None:
    assert twin.page.evaluate("() => window.__pwned") is None
    assert made.dialogs == []
    assert twin.page.evaluate(FOUND) == []


def test_there_are_forty_and_more_each_of_its_own_kind() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 40


def test_a_page_that_would_run_them_is_found_out(chromium: Browser) -> None:
    page = chromium.new_page()
    seen: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    ran = 0
    for payload in PAYLOADS:
        page.set_content("<p></p>")
        page.evaluate("text => { document.querySelector('p').innerHTML = text; }", payload)
        page.wait_for_timeout(15)
        ran += bool(page.evaluate("() => window.__pwned ? 1 : 0"))
    page.close()
    assert ran >= 8
    assert seen


def test_no_desk_runs_a_name(hostile: tuple[TwinPage, Hostile, set[str]]) -> None:
    twin, made, _ = hostile
    text = ""
    for desk in DESKS:
        twin.set(desk=desk, selection=None)
        twin.page.wait_for_timeout(120)
        text += twin.page.evaluate(SHOWN)
        safe(twin, made)
    shown = [payload for payload in PAYLOADS if payload in text]
    assert len(shown) >= 40  # they were really there to be run
    assert made.texts > 1000


def test_no_file_no_address_no_tip_and_no_tool_runs_a_name(
    hostile: tuple[TwinPage, Hostile, set[str]],
) -> None:
    twin, made, units = hostile
    page = twin.page
    twin.set(desk="indicators", selection=next(iter(units)))
    for tab in page.locator("cim-file .tabs button").all():
        tab.click()
        twin.settle()
        page.wait_for_timeout(120)
        safe(twin, made)
    page.locator("cim-file .tabs button").first.click()
    page.locator("cim-values button").first.click()
    page.locator("cim-values .ways .link").last.click()
    page.locator("cim-address dialog").wait_for()
    page.wait_for_timeout(200)
    safe(twin, made)
    page.keyboard.press("Escape")
    twin.set(selection=None, desk=None)
    page.mouse.move(800, 420)
    page.wait_for_timeout(200)
    page.keyboard.press("Tab")
    safe(twin, made)
    for lens in ("spots", "piles", "sources", "blind"):
        twin.set(lens=lens)
        safe(twin, made)
    twin.set(lens=None, tool="guests")
    chooser = page.locator("cim-tools input[type=file]").first
    chooser.wait_for(state="attached")
    name = "<img src=x onerror=window.__pwned=1>"
    body = (GUEST % (name, name, name)).encode()
    file = {"name": f"{name}.geojson", "mimeType": "application/geo+json", "buffer": body}
    chooser.set_input_files(file)  # type: ignore[arg-type]
    page.wait_for_timeout(600)
    safe(twin, made)
    for tool in ("layers", "measure", "notes", "section"):
        twin.set(tool=tool)
        safe(twin, made)


def test_the_title_of_the_page_is_a_text(hostile: tuple[TwinPage, Hostile, set[str]]) -> None:
    twin, made, _ = hostile
    assert any(payload in twin.page.title() for payload in PAYLOADS)
    safe(twin, made)
