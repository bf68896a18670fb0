"""A one-file scene in a browser: opened from the disk, the network cut, held to asking nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

BLOCK = """() => {
  const o = window.__offline, wide = innerWidth, high = innerHeight;
  for (let y = 0.3; y < 0.7; y += 0.04)
    for (let x = 0.35; x < 0.7; x += 0.03) {
      const at = [Math.round(wide * x), Math.round(high * y)], unit = o.pickAt(...at);
      const column = o.data.overlays[o.state.overlay].years[o.state.year];
      if (unit && column.values[unit.at] !== null
          && document.elementFromPoint(...at).tagName === "CANVAS") return { at, unit };
    }
  return null; }"""
"""A pixel of the map that shows a unit with a value, and the unit."""

LOADED = "() => window.__offline.loaded"


@contextmanager
def opened(
    chromium: Browser, file: Path, *, width: int = 1280, height: int = 720, theme: str = "light"
) -> Iterator[Page]:
    """The page of a file; at the end: no error, and nothing was asked for but the file itself."""
    context = chromium.new_context(
        viewport={"width": width, "height": height}, offline=True,
        color_scheme="dark" if theme == "dark" else "light",
    )  # fmt: skip
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url[:100]))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(file.as_uri())
    page.wait_for_function("() => window.__offline || window.__fault", timeout=60_000)
    assert page.evaluate("() => window.__fault") is None
    yield page
    outside = [url for url in asked if not url.startswith(("data:", "blob:"))]
    assert outside == [file.as_uri()], "nothing is asked for but the file itself"
    assert errors == []
    context.close()


def go_to(page: Page, level: str) -> None:
    """Show the first stop that colours a level, and wait until it is drawn."""
    stops: list[dict[str, Any]] = page.evaluate("() => __offline.data.stops")
    at = next(n for n, s in enumerate(stops) if (s.get("overlay") or {}).get("level") == level)
    page.evaluate("n => __offline.go(n)", at)
    page.wait_for_function(LOADED, timeout=60_000)
    page.wait_for_timeout(300)


def told_of_a_click(page: Page) -> tuple[dict[str, Any], str]:
    """Click a unit that has a value; the unit and what its card says."""
    found: dict[str, Any] | None = page.evaluate(BLOCK)
    assert found is not None
    page.mouse.click(*found["at"])
    page.wait_for_function("() => !document.getElementById('unit').hidden")
    return found["unit"], page.inner_text("#unit")
