"""The leader's screen: stories 1, 2, 3 and 5 of the field, in a real browser, against the API."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

from tests.support import audit
from tests.support.page import TwinPage
from tests.support.server import serving
from twin_server.demo import Demo

pytestmark = pytest.mark.browser

GLYPH = 0.9
ARC = 0.0046542  # tan of 16 minutes of arc
SMALLEST = """() => {
  const sizes = [];
  const walk = root => {
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) walk(el.shadowRoot);
      const own = [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      const box = el.getBoundingClientRect();
      if (own && box.width > 0 && box.height > 0 && el.tagName !== 'STYLE'
          && getComputedStyle(el).visibility !== 'hidden')
        sizes.push([parseFloat(getComputedStyle(el).fontSize), el.textContent.trim().slice(0, 40)]);
    }
  };
  walk(document.querySelector('cim-twin').shadowRoot.querySelector('cim-present').shadowRoot);
  return sizes.sort((a, b) => a[0] - b[0]);
}"""
OVERFLOW = """() => {
  const found = [];
  const walk = root => {
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) walk(el.shadowRoot);
      const box = el.getBoundingClientRect();
      const shown = box.width > 0 && box.height > 0;
      const own = [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      if (shown && own && getComputedStyle(el).visibility !== 'hidden'
          && (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1))
        found.push([el.tagName, el.textContent.trim().slice(0, 40)]);
    }
  };
  for (const name of ['topbar', 'verdict', 'parts', 'strip', 'cards', 'progress'])
    walk(document.querySelector('cim-twin').shadowRoot.querySelector('cim-' + name).shadowRoot);
  return found;
}"""

OVER_THE_FOOT = """() => {
  const page = document.querySelector('cim-twin').shadowRoot;
  const root = page.querySelector('cim-present').shadowRoot;
  const top = root.querySelector('.foot').getBoundingClientRect().top;
  return [...root.querySelectorAll('.side > *')]
    .filter(el => el.getBoundingClientRect().bottom > top).map(el => el.tagName);
}"""
SCROLLED = """() => {
  const found = [];
  const walk = root => {
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) walk(el.shadowRoot);
      const way = getComputedStyle(el).overflowY;
      if (/(auto|scroll)/.test(way) && el.clientHeight > 0 && el.scrollHeight > el.clientHeight + 1)
        found.push([el.tagName, el.className, el.clientHeight, el.scrollHeight]);
    }
  };
  walk(document);
  const page = document.scrollingElement;
  if (page.scrollHeight > innerHeight || page.scrollWidth > innerWidth) found.push(['page']);
  return found;
}"""


@pytest.fixture(scope="module")
def leader(chromium: Browser, site: str) -> Iterator[TwinPage]:
    page = TwinPage.open(chromium, site, width=1920, height=1080, desk="", lang="zh")
    page.coarse()
    yield page
    page.close()
    assert page.errors == []
    assert page.foreign == []


@pytest.fixture(autouse=True)
def at_first(leader: TwinPage) -> None:
    """Every test begins on the first screen."""
    leader.page.set_viewport_size({"width": 1920, "height": 1080})
    leader.anew(desk=None)


def figures(found: Locator) -> list[int]:
    return [int(re.sub(r"\D", "", text) or 0) for text in found.all_inner_texts()]


def test_the_first_screen_tells_every_indicator_once_and_fits(leader: TwinPage) -> None:
    told = leader.get("/api/v1/warnings")
    verdict = leader.page.locator("cim-verdict")
    counts = told["counts"]
    assert figures(verdict.locator(".level b")) == [
        counts["red"], counts["yellow"], counts["normal"],
    ]  # fmt: skip
    rest = figures(verdict.locator(".rest b"))
    assert sum(counts.values()) == sum(figures(verdict.locator(".level b"))) + sum(rest)
    strip = leader.page.locator("cim-strip .one")
    assert strip.count() == len(told["categories"])
    for one, category in zip(strip.all(), told["categories"], strict=True):
        assert figures(one.locator(".said span")) == [
            category["counts"][word] for word in ("red", "yellow", "normal")
        ]
    assert leader.page.evaluate(OVERFLOW) == []


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
def test_nothing_of_the_first_screen_scrolls_and_five_cards_stand(
    leader: TwinPage, width: int, height: int
) -> None:
    leader.page.set_viewport_size({"width": width, "height": height})
    for language in ("zh", "en"):
        leader.set(language=language)
        assert leader.page.evaluate(SCROLLED) == []
        assert audit.cut(leader.page) == []
        seen = [card for card in leader.page.locator("cim-cards .problem").all() if whole(card)]
        assert 5 <= len(seen) <= 7


def whole(card: Locator) -> bool:
    """Whether all of a card is on the screen and none of it is behind an edge."""
    told: bool = card.evaluate("""el => {
      const box = el.getBoundingClientRect();
      const list = el.closest('section').getBoundingClientRect();
      return box.height > 0 && box.bottom <= Math.min(innerHeight, list.bottom) + 1;
    }""")
    return told


def test_every_number_of_the_progress_leads_to_its_list(leader: TwinPage) -> None:
    projects = leader.get("/api/v1/projects?limit=1000")["items"]
    states = leader.page.locator("cim-progress .keys button")
    state = states.first.get_attribute("data-state")
    many = [item for item in projects if item["state"] == state]
    assert figures(states)[0] == len(many)
    states.first.click()
    leader.settle()
    assert (leader.state["desk"], leader.state["projectState"]) == ("projects", state)
    assert leader.page.locator("cim-timeline .bar-row").count() == len(many)
    leader.page.go_back()
    leader.settle()
    assert leader.state["desk"] is None
    leader.page.locator("cim-progress .line").last.locator("button.link").click()
    leader.settle()
    assert leader.state["desk"] == "tasks"
    leader.page.go_back()
    leader.settle()
    assert leader.state["desk"] is None


def test_parts_stand_worst_first_with_the_numbers_of_the_server(leader: TwinPage) -> None:
    told = leader.get("/api/v1/warnings")["parts"]
    rows = leader.page.locator("cim-parts .part")
    assert rows.locator("b").all_inner_texts() == [part["unit"]["label"]["zh"] for part in told]
    assert figures(rows.locator(".red")) == [part["counts"]["red"] for part in told]


def test_a_red_category_leads_to_its_worst_district_in_two_clicks_and_back(
    leader: TwinPage,
) -> None:
    told = leader.get("/api/v1/warnings")
    category = max(told["categories"], key=lambda item: item["counts"]["red"])
    before = leader.state
    leader.page.locator(f"cim-strip [data-category={category['code']}]").click()
    leader.settle()
    lines = leader.page.locator("cim-verdict .line")
    assert lines.count() == category["total"]
    first = next(
        line
        for line in sorted(
            (x for x in told["indicators"] if x["category"]["code"] == category["code"]),
            key=lambda x: (x["warning"] != "red", x["score"] if x["score"] is not None else 101),
        )
        if line["worst"]
    )
    lines.filter(has_text=first["name"]["zh"]).first.click()
    leader.settle()
    state = leader.state
    assert state["indicator"] == first["code"]
    assert state["selection"] == first["worst"]["unit"]["id"]
    leader.page.go_back()
    leader.page.go_back()
    leader.settle()
    assert leader.state["selection"] is None
    assert leader.state["category"] == before["category"] is None


def test_a_card_names_place_people_department_project_and_leads_there(leader: TwinPage) -> None:
    answer = leader.get("/api/v1/problems?limit=500")
    worst: dict[str, dict[str, object]] = {}
    for item in answer["items"]:
        worst.setdefault(item["rule"] or item["title"]["zh"], item)
    cards = leader.page.locator("cim-cards .problem")
    assert 5 <= cards.count() <= 7
    for card, item in zip(cards.all(), worst.values(), strict=False):
        text = card.inner_text()
        assert str(item["unit"]["label"]["zh"]) in text  # type: ignore[index]
        assert str(item["department"]["zh"]) in text  # type: ignore[index]
        if item["people"]:
            assert f"{round(float(str(item['people']))):,}" in text
        projects: list[dict[str, dict[str, str]]] = item["projects"]  # type: ignore[assignment]
        assert (projects[0]["name"]["zh"] if projects else "尚无对应项目") in text
    pins = leader.page.locator("cim-pins .pin")
    assert pins.count() == cards.count()
    cards.first.click()
    leader.settle()
    assert leader.state["selection"] == next(iter(worst.values()))["unit"]["id"]  # type: ignore[index]


def test_the_totals_of_the_projects_equal_their_table(leader: TwinPage) -> None:
    leader.set(desk="projects")
    projects = leader.get("/api/v1/projects?limit=1000")["items"]
    board = leader.page.locator("cim-projects")
    board.locator(".sums").wait_for()
    assert figures(board.locator(".sum b"))[0] == len(projects)
    assert figures(board.locator(".sum b"))[2] == sum(item["overdue"] for item in projects)
    money = sum(item["investment_10k"] or 0 for item in projects)
    assert float(board.locator(".sum b").nth(1).inner_text()) == pytest.approx(
        money / 10_000, abs=0.051
    )
    assert leader.page.locator("cim-timeline .bar-row").count() == len(projects)
    board.locator("button.sum").click()
    leader.settle()
    late = [item["id"] for item in projects if item["overdue"]]
    shown = leader.page.locator("cim-timeline .bar-row")
    assert sorted(row.get_attribute("data-project") or "" for row in shown.all()) == sorted(late)
    for row in shown.all():
        assert "已逾期" in (row.get_attribute("aria-label") or "")
    shown.first.click()
    leader.settle()
    assert leader.state["selection"] is not None


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (7680, 4320)])
def test_the_last_row_can_read_the_smallest_word(leader: TwinPage, width: int, height: int) -> None:
    leader.page.set_viewport_size({"width": width, "height": height})
    for language in ("zh", "en"):
        leader.set(desk="present", wall="4x8", language=language)
        leader.page.locator("cim-present .legend").wait_for()
        cards = leader.page.locator("cim-present cim-cards .problem")
        cards.nth(4).wait_for(state="attached")  # as many as fit are found one by one
        leader.page.wait_for_timeout(300)
        smallest, text = leader.page.evaluate(SMALLEST)[0]
        needed = ARC * 8 * width / 4
        assert smallest * GLYPH >= needed * 0.999, text
        assert leader.page.evaluate(SCROLLED) == []
        assert audit.cut(leader.page) == []
        assert leader.page.evaluate(OVER_THE_FOOT) == []
        assert cards.count() >= 5
    leader.page.keyboard.press("Escape")
    leader.settle()
    assert leader.state["desk"] is None


def test_the_presentation_tells_how_far_the_work_is_and_how_much_is_known(
    leader: TwinPage,
) -> None:
    city, mended = leader.get("/api/v1/city"), leader.get("/api/v1/rectification")
    leader.set(desk="present")
    row = leader.page.locator("cim-present cim-progress")
    row.locator(".line").nth(2).wait_for()
    cover = city["coverage"][city["system"]][str(city["year"])]
    assert row.locator(".head span").all_inner_texts() == [
        f"{mended['verified']} / {mended['total']}",
        str(sum(city["projects"].values())),
        f"{cover['with_values']} / {cover['indicators']}",
    ]
    assert (
        city["years"][-1]["cutoff"][:4] in leader.page.locator("cim-present .legend").inner_text()
    )


@pytest.fixture(scope="module")
def stage_town(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of a copied city whose scenes may be edited."""
    path: Path = tmp_path_factory.mktemp("scenes") / "city"
    shutil.copytree(demo.city, path)
    with serving(path, path.parent / "server.log") as address:
        yield address


def test_a_view_is_kept_as_a_scene_and_a_tour_gives_back_what_it_took(
    chromium: Browser, stage_town: str
) -> None:
    twin = TwinPage.open(chromium, stage_town, width=1600, height=900, desk="", lang="zh")
    code = twin.get("/api/v1/warnings")["parts"][0]["unit"]["id"]
    twin.set(indicator="park_coverage", level="block", desk="scenes")
    editor = twin.page.locator("cim-scenes")
    editor.get_by_role("button", name="用当前视角新建").click()
    editor.get_by_label("标题 (中文)").first.fill("公园一览")
    editor.get_by_label("标题 (英文)").first.fill("Parks")
    editor.get_by_label("文件名（小写字母、数字、连字符）").fill("my-parks")
    twin.set(selection=code)
    twin.set(selection=None, desk="scenes")
    editor.get_by_role("button", name="加入当前视角").click()
    editor.get_by_label("操作人").fill("张三")
    editor.get_by_label("操作人").blur()
    editor.get_by_role("button", name="保存").click()
    twin.page.wait_for_function("() => window.__cimtwin.state.scene === 'my-parks'")
    kept = twin.get("/api/v1/scenes/my-parks")
    assert kept["own"] is True
    assert [stop["overlay"]["indicator"] for stop in kept["scene"]["stops"]] == [
        "park_coverage", "park_coverage",
    ]  # fmt: skip
    before = twin.state
    twin.set(desk="tour")
    twin.page.locator("cim-tour h2").wait_for()
    twin.page.keyboard.press(" ")
    twin.page.keyboard.press("ArrowRight")
    twin.page.wait_for_function("() => window.__cimtwin.state.stop === 1")
    twin.settle()
    twin.page.keyboard.press("Escape")
    twin.settle()
    after = twin.state
    for key in ("system", "indicator", "level", "year", "selection", "look"):
        assert after[key] == before[key], key
    assert after["desk"] is None
    assert twin.errors == []
    assert twin.foreign == []
    twin.close()
