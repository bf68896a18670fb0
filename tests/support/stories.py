"""The user stories that the viewer owns, each as the way to its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.page import TwinPage


@dataclass(frozen=True)
class Story:
    """One picture: the number of its story in the field's list, words for it, how to get there."""

    number: int
    name: str
    says: str
    state: dict[str, object] = field(default_factory=dict)
    act: Callable[[TwinPage], None] = lambda _twin: None


def _worst(twin: TwinPage, level: str = "") -> str:
    problems = twin.get("/api/v1/problems?limit=500")["items"]
    units = [item["unit"] for item in problems if not level or item["unit"]["level"] == level]
    return str(units[0]["id"])


def _red_category(twin: TwinPage) -> None:
    told = twin.get("/api/v1/warnings")
    code = max(told["categories"], key=lambda item: item["counts"]["red"])["code"]
    twin.page.locator(f"cim-strip [data-category={code}]").click()
    twin.settle()
    twin.page.locator("cim-verdict .line").first.click()
    twin.settle()


def _open(level: str, tab: int = 0) -> Callable[[TwinPage], None]:
    def act(twin: TwinPage) -> None:
        twin.set(selection=_worst(twin, level))
        twin.page.locator("cim-file .tabs button").nth(tab).click()
        twin.settle()

    return act


def _tour(twin: TwinPage) -> None:
    scenes = twin.get("/api/v1/scenes")["items"]
    longest = max(scenes, key=lambda item: item["stops"])
    twin.set(scene=longest["name"], desk="tour")
    twin.page.locator("cim-tour h2").wait_for()
    twin.page.keyboard.press(" ")
    twin.page.keyboard.press("ArrowRight")
    twin.settle()


def _standard(twin: TwinPage) -> None:
    twin.set(desk="whatif", indicator="park_coverage", standards="park_coverage:95")


def _two_units(twin: TwinPage) -> None:
    units = twin.get("/api/v1/units?level=district&limit=3")["items"]
    twin.set(desk="compare", picked=",".join(unit["id"] for unit in units))


def _year(twin: TwinPage) -> None:
    years = [item["year"] for item in twin.get("/api/v1/city")["years"]]
    twin.set(level="district", year=years[0])


def _address(twin: TwinPage) -> None:
    twin.set(selection=_worst(twin, "block"))
    twin.page.locator("cim-values button").first.click()
    twin.page.locator("cim-values .ways .link").last.click()
    twin.page.locator("cim-address dialog").wait_for()
    twin.settle()


def _plan_tool(tool: str) -> dict[str, object]:
    return {"desk": "indicators", "tool": tool}


STORIES: tuple[Story, ...] = (
    Story(1, "verdict", "The city's verdict at one glance"),
    Story(2, "worst-district", "From a red category to its worst place", {}, _red_category),
    Story(3, "tour", "A tour of the gravest problems", {}, _tour),
    Story(4, "year", "Another year, colours and numbers together", {"desk": "indicators"}, _year),
    Story(5, "projects", "Renewal projects by department, state and time", {"desk": "projects"}),
    Story(6, "quadrants", "Objective results against satisfaction", {"desk": "quadrants"}),
    Story(7, "block", "The file of a block", {"desk": "indicators"}, _open("block")),
    Story(8, "building", "The file of a building", {"desk": "indicators"}, _open("building")),
    Story(9, "parks", "Park coverage, and what nothing reaches",
          {"desk": "indicators", "indicator": "park_coverage", "level": "block", "lens": "blind"}),
    Story(10, "what-if", "Another standard, without touching what is stored", {}, _standard),
    Story(11, "find", "A combined question", {"desk": "find"}),
    Story(12, "piles", "Problems that pile up", {"desk": "indicators", "lens": "piles"}),
    Story(13, "five-years", "Five years of a unit", {"desk": "indicators"}, _open("district", 1)),
    Story(14, "conflict", "Where a number comes from", {"desk": "indicators"}, _address),
    Story(15, "side-by-side", "Places side by side", {}, _two_units),
    Story(16, "rectification", "How last year's problems were mended", {"desk": "rectification"}),
    Story(18, "section", "Tools over the map", _plan_tool("menu")),
    Story(23, "tasks", "What was reported, and what is overdue", {"desk": "tasks"}),
    Story(26, "present", "The presentation", {"desk": "present", "wall": "4x6"}),
)  # fmt: skip
"""In the order of their numbers; 26 is the wall, which the field's list takes for granted."""

KEY = ("verdict", "projects", "block", "present")
"""Those that are also drawn on a wall of 4K, by night, in English and on a phone."""


def tell(twin: TwinPage, story: Story) -> None:
    """Lead the page to a story's picture, from wherever it is."""
    twin.page.evaluate("() => document.querySelector('cim-twin').session.showAddress(null)")
    twin.anew(desk=None, language=twin.state["language"], theme=twin.state["theme"])
    twin.set(**story.state)
    story.act(twin)
    twin.page.wait_for_timeout(250)
    twin.settle()
