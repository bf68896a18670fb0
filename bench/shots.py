"""A picture of every story that the viewer owns, in a folder that a person can page through.

`make shots` or `python -m bench.shots`: each story at 1920×1080, key ones at 3840×2160, by night,
in English, on a tablet and on a phone. Then every scene of the city twice: as the viewer's tour
shows its first stop, and as the still that PyVista draws of it without a browser. shots/index.html
pages through them with the arrow keys.
"""

from __future__ import annotations

import argparse
import html
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from cim_bridge.progress import SILENT
from tests.support.chromium import browser
from tests.support.page import TwinPage
from tests.support.server import serving
from tests.support.stories import KEY, STORIES, Story, tell
from twin_server.demo import Demo
from twin_server.verbs.demo import call_verb

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Look:
    """A screen that stories are drawn on."""

    name: str
    width: int = 1920
    height: int = 1080
    lang: str = "zh"
    theme: str = "light"
    whole: bool = False


LOOKS = (
    Look("1080p", whole=True),
    Look("4k", 3840, 2160),
    Look("night", theme="dark"),
    Look("english", lang="en"),
    Look("small-english", 1280, 720, lang="en"),
    Look("tablet", 820, 1180),
    Look("phone", 390, 844),
)
SCENES = "scenes"
"""The name that asks for the scenes alone."""
STILL = (1920, 1080)
PATIENCE_MS = 300_000
"""Software graphics take their time for a screen of 4K."""
MISSED: list[str] = []
"""Pictures that did not come, in this run."""

_PAGE = """<!doctype html>
<meta charset="utf-8"><title>CIM Twin</title>
<style>
body{{margin:0;background:#15181c;color:#eee;font:15px system-ui,sans-serif}}
header{{display:flex;gap:1rem;padding:.75rem 1rem;align-items:center}}
button{{font:inherit;padding:.25rem .75rem}}
img{{display:block;margin:auto;max-width:100vw;max-height:calc(100vh - 4rem)}}
</style>
<header><button id="back" aria-label="previous">←</button>
<button id="next" aria-label="next">→</button>
<b id="what"></b><span id="where"></span></header><img id="shot" alt="">
<script>
const shots = {shots};
let at = Math.max(0, Number(location.hash.slice(1)) || 0);
const show = () => {{
  at = (at + shots.length) % shots.length;
  const [file, says] = shots[at];
  document.getElementById('shot').src = file;
  document.getElementById('shot').alt = says;
  document.getElementById('what').textContent = says;
  document.getElementById('where').textContent = `${{at + 1}} / ${{shots.length}} · ${{file}}`;
  history.replaceState(null, '', `#${{at}}`);
}};
document.getElementById('back').onclick = () => {{ at -= 1; show(); }};
document.getElementById('next').onclick = () => {{ at += 1; show(); }};
addEventListener('keydown', event => {{
  if (event.key === 'ArrowLeft') {{ at -= 1; show(); }}
  if (event.key === 'ArrowRight') {{ at += 1; show(); }}
}});
show();
</script>
"""


@contextmanager
def going_on(what: str) -> Iterator[None]:
    """One picture that does not come on a busy machine is told and left out; the rest is drawn."""
    try:
        yield
    except PlaywrightError as exc:
        MISSED.append(what)
        print(f"no picture of {what}: {exc.message.splitlines()[0]}", file=sys.stderr)


def plan(names: tuple[str, ...] = ()) -> Iterator[tuple[Look, list[Story]]]:
    """Which stories are drawn on which screen; `names` limits both, empty means all."""
    for look in LOOKS:
        stories = [story for story in STORIES if look.whole or story.name in KEY]
        wanted = [s for s in stories if not names or s.name in names or look.name in names]
        if wanted:
            yield look, wanted


def draw(
    chromium: Browser, address: str, out: Path, names: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """Draw the pictures; returns file names and what they show, in order."""
    out.mkdir(parents=True, exist_ok=True)
    made: list[tuple[str, str]] = []
    for look, stories in plan(names):
        twin = TwinPage.open(
            chromium, address, width=look.width, height=look.height, lang=look.lang,
            theme=look.theme, desk="", quality="high",
        )  # fmt: skip
        twin.page.set_default_timeout(PATIENCE_MS)
        for story in stories:
            file = f"{len(made) + 1:02d}-{story.name}-{look.name}.png"
            with going_on(f"{story.name} {look.name}"):
                tell(twin, story)
                twin.page.screenshot(path=str(out / file))
                made.append((file, f"{story.number}. {story.says} ({look.name})"))
        if twin.errors or twin.foreign:
            print(look.name, twin.errors, twin.foreign, file=sys.stderr)
        twin.close()
    return made


def draw_scenes(
    chromium: Browser, address: str, city: Path, out: Path, first: int = 1
) -> list[tuple[str, str]]:
    """Each scene of the city by the viewer, and beside it the still of the same scene and stop."""
    out.mkdir(parents=True, exist_ok=True)
    made: list[tuple[str, str]] = []
    wide, high = STILL
    twin = TwinPage.open(chromium, address, width=wide, height=high, desk="", quality="high")
    twin.page.set_default_timeout(PATIENCE_MS)
    for scene in twin.get("/api/v1/scenes?limit=1000")["items"]:
        name, title = str(scene["name"]), str(scene["title"]["en"])
        stem = f"{first + len(made):02d}-scene-{name}"
        with going_on(stem):
            twin.anew(desk=None)
            twin.set(scene=name, desk="tour", stop=0)
            twin.page.locator("cim-tour h2").wait_for()
            twin.page.keyboard.press(" ")  # a tour stands still at the stop that the still shows
            twin.page.wait_for_timeout(250)
            twin.settle()
            twin.page.screenshot(path=str(out / f"{stem}-viewer.png"))
            made.append((f"{stem}-viewer.png", f"Scene: {title} (the viewer)"))
        still = f"{first + len(made):02d}-scene-{name}-still.png"
        words = ["scene", "still", name, "--city", str(city), "--out", str(out / still)]
        at = str((twin.state["stop"] or 0) + 1)
        stop = ["--stop", at] if scene["stops"] else []
        call_verb([*words, *stop, "--size", str(wide), str(high)])
        made.append((still, f"Scene: {title} (the still)"))
    if twin.errors or twin.foreign:
        print(SCENES, twin.errors, twin.foreign, file=sys.stderr)
    twin.close()
    return made


def index(out: Path, made: list[tuple[str, str]]) -> Path:
    """Write the page that pages through them."""
    rows = [[html.escape(file), html.escape(says)] for file, says in made]
    page = out / "index.html"
    page.write_text(_PAGE.format(shots=rows), encoding="utf-8")
    return page


def all_of(
    chromium: Browser, address: str, city: Path | None, out: Path, names: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Stories and scenes, or those that are asked for; scenes want the city's folder."""
    made = draw(chromium, address, out, names)
    if city is not None and (not names or SCENES in names):
        made += draw_scenes(chromium, address, city, out, len(made) + 1)
    return made


def main() -> int:
    """Draw into shots/ beside the README, or where asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "names", nargs="*", help="stories, screens, or scenes; all when none is named"
    )
    asked.add_argument("--out", type=Path, default=HERE / "shots")
    asked.add_argument("--buildings", type=int, default=4000)
    asked.add_argument("--address", help="a server that runs already")
    asked.add_argument("--city", type=Path, help="its city folder, for the stills")
    told = asked.parse_args()
    names = tuple(told.names)
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        if told.address:
            made = all_of(chromium, told.address, told.city, told.out, names)
        else:
            demo = Demo(Path(folder), buildings=told.buildings)
            demo.run(call_verb, SILENT)
            with serving(demo.city, Path(folder) / "server.log") as address:
                made = all_of(chromium, address, demo.city, told.out, names)
    print(index(told.out, made))
    return 1 if MISSED else 0


if __name__ == "__main__":
    sys.exit(main())
