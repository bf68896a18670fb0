"""The viewer in a real browser, driven as a person would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

HARMLESS = (
    "INVALID_VALUE: uniform3fv",  # CesiumJS 1.138 to 1.145, first frames
    "GPU stall due to ReadPixels",
    "GL Driver Message",
)
BLANK: dict[str, object] = {
    "desk": "indicators", "system": None, "indicator": None, "level": None, "year": None,
    "selection": None, "language": "zh", "theme": "light", "look": "true", "category": None,
    "warning": None, "projectState": None, "wall": None, "scene": None, "stop": None, "lens": None,
    "show": None, "classes": None, "palette": None, "solid": None, "find": None, "picked": None,
    "projects": None, "standards": None, "budget": None, "tool": None, "toolSet": None,
    "base": None,
}  # fmt: skip
"""The state of a page that was just opened; desk=None is the leader's first screen."""

COARSE = "() => { document.querySelector('cim-twin').stage.globe.widget.resolutionScale = 0.25; }"
PICKABLE = """([level, want]) => {
  const box = document.documentElement.getBoundingClientRect();
  for (let y = 0.25; y < 0.8; y += 0.05)
    for (let x = 0.3; x < 0.75; x += 0.03) {
      const at = [Math.round(box.width * x), Math.round(box.height * y)];
      const found = window.__cimtwin.pickAt(...at);
      if (found && found.unit && found.unit.id && (!level || found.unit.level === level)
          && (!want || found.unit.id === want)
          && document.elementFromPoint(...at)?.closest('[data-map],canvas,cim-twin'))
        return { x: at[0], y: at[1], unit: found.unit.id };
    }
  return null;
}"""


@dataclass
class TwinPage:
    """One open page and what went wrong on it."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @classmethod
    def open(
        cls,
        browser: Browser,
        address: str,
        *,
        width: int = 1280,
        height: int = 720,
        script: str = "",
        **query: str,
    ) -> TwinPage:
        """Open the viewer and wait until the city and its first overlay are on the screen.

        The planner's desk, unless another is asked for; desk="" is the leader's first screen.
        `script` runs before the page's own.
        """
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", locale="zh-CN"
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        if script:
            page.add_init_script(script)
        made = cls(page, address)
        page.on("console", made._console)
        page.on("pageerror", lambda error: made.errors.append(str(error)))
        page.on("request", made._request)
        page.goto(f"{address}/?{urlencode({'quality': 'low', 'desk': 'indicators', **query})}")
        page.wait_for_function("() => !!window.__cimtwin")
        page.evaluate("() => window.__cimtwin.ready")
        made.settle()
        return made

    def settle(self) -> None:
        """Wait until nothing more is on its way for this view."""
        self.page.wait_for_function("() => window.__cimtwin.settled", timeout=90_000)

    @property
    def state(self) -> dict[str, Any]:
        """The page's state object."""
        state: dict[str, Any] = self.page.evaluate("() => window.__cimtwin.state")
        return state

    def set(self, **patch: object) -> None:
        """Change the state as a panel would."""
        self.page.evaluate("patch => window.__cimtwin.set(patch)", patch)
        self.settle()

    def anew(self, **patch: object) -> None:
        """As if the page were opened anew: the whole city, nothing chosen, then `patch`."""
        self.set(**{**BLANK, **patch})
        self.page.evaluate("() => document.querySelector('cim-twin').stage?.home(0)")
        self.settle()

    def coarse(self) -> None:
        """Draw the map with a sixteenth of its pixels: for tests of all that is around it."""
        self.page.evaluate(COARSE)

    def clean(self) -> None:
        """Fail where the console told an error or another host was asked, and forget both."""
        errors, foreign = list(self.errors), list(self.foreign)
        self.errors.clear()
        self.foreign.clear()
        assert (errors, foreign) == ([], [])

    def find(self, level: str = "", unit: str = "") -> dict[str, Any]:
        """A pixel of the map under which a unit of this level lies."""
        found: dict[str, Any] | None = self.page.evaluate(PICKABLE, [level, unit])
        assert found, f"nothing of level {level!r} on the screen"
        return found

    def click_map(self, level: str = "", unit: str = "") -> str:
        """Click a unit on the map; returns its public id."""
        spot = self.find(level, unit)
        self.page.mouse.click(spot["x"], spot["y"])
        self.page.wait_for_function("() => window.__cimtwin.state.selection !== null")
        self.settle()
        return str(spot["unit"])

    def get(self, path: str) -> Any:
        """Ask the server's API from the page's own context."""
        answer = self.page.request.get(f"{self.address}{path}")
        assert answer.ok, f"{path}: {answer.status} {answer.text()[:300]}"
        return answer.json()

    def close(self) -> None:
        """Close the page and its context."""
        self.page.context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in HARMLESS):
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(request.url)
