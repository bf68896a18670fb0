"""A page without a mouse: where the focus is, whether it shows, the Tab key until it is there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

_FOCUS = """() => {
  let el = document.activeElement;
  while (el && el.shadowRoot && el.shadowRoot.activeElement) el = el.shadowRoot.activeElement;
  if (!el || el === document.body) return null;
  const style = getComputedStyle(el);
  const hosts = [];
  for (let at = el; at; at = at.getRootNode().host) hosts.push(at.tagName.toLowerCase());
  const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return {
    tag: el.tagName.toLowerCase(), hosts, classes: el.className, text: el.textContent.trim(),
    label: el.getAttribute('aria-label') || '', data: { ...el.dataset },
    pressed: el.getAttribute('aria-pressed'),
    shows: outline || (style.boxShadow !== 'none' && el.tagName === 'CANVAS'),
  };
}"""


def focus(page: Page) -> dict[str, Any] | None:
    """What has the focus, behind every shadow root; None: the page itself."""
    found: dict[str, Any] | None = page.evaluate(_FOCUS)
    return found


def tab_to(page: Page, host: str, text: str = "", most: int = 160) -> dict[str, Any]:
    """Press Tab until something inside `host` whose words hold `text` has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = focus(page)
        if found and host in found["hosts"] and text in found["text"] + found["label"]:
            return found
    raise AssertionError(f"Tab never reached {host} {text!r}")
