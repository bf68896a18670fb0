"""Everyone can use the page: rules of access, contrast, keys alone, narrow screens, first steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.support import audit
from tests.support.keys import focus, tab_to
from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

DESKS = (
    None, "indicators", "projects", "tour", "scenes", "whatif", "find", "compare", "rectification",
    "tasks", "quadrants", "scatter", "present",
)  # fmt: skip
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
TABS = 'cim-file [role="group"] button[aria-pressed]'


@pytest.fixture(scope="module")
def twin(chromium: Browser, site: str) -> Iterator[TwinPage]:
    page = TwinPage.open(chromium, site, width=1920, height=1080, desk="", lang="zh")
    page.coarse()
    yield page
    page.close()
    assert page.errors == []
    assert page.foreign == []


@pytest.fixture(autouse=True)
def at_first(request: pytest.FixtureRequest) -> None:
    """Every test on the shared page begins on the first screen, in Chinese, by day."""
    if "twin" not in request.fixturenames:
        return
    twin: TwinPage = request.getfixturevalue("twin")
    twin.page.set_viewport_size({"width": 1920, "height": 1080})
    twin.anew(desk=None)
    twin.page.evaluate("() => document.activeElement?.blur()")


def faults(twin: TwinPage, rules: bool) -> dict[str, object]:
    """What is wrong with the page as it stands, by kind; empty: nothing."""
    page = twin.page
    found: dict[str, object] = {"faint": audit.faint(page), "cut": audit.cut(page)}
    found["over"] = audit.overlapping(page)
    if rules:
        found["rules"] = audit.grave(page)
    return {kind: what for kind, what in found.items() if what}


@pytest.mark.parametrize(
    ("language", "theme", "rules"),
    [("zh", "light", True), ("en", "dark", True), ("zh", "dark", False), ("en", "light", False)],
)
def test_no_desk_holds_a_grave_fault(
    twin: TwinPage, language: str, theme: str, rules: bool
) -> None:
    twin.set(language=language, theme=theme)
    wrong: dict[str, object] = {}
    for desk in DESKS:
        twin.set(desk=desk, selection=None)
        if found := faults(twin, rules):
            wrong[desk or "first"] = found
        moving = twin.page.evaluate("() => document.getAnimations().length")
        if moving:
            wrong[f"{desk} moves"] = moving
    assert wrong == {}


def test_no_tab_of_a_file_no_dialog_and_no_tool_holds_a_grave_fault(twin: TwinPage) -> None:
    page = twin.page
    unit = twin.get("/api/v1/problems?limit=1")["items"][0]["unit"]["id"]
    wrong: dict[str, object] = {}
    for theme in ("light", "dark"):
        twin.set(desk="indicators", selection=unit, theme=theme)
        page.locator(TABS).first.wait_for()
        for tab in page.locator(TABS).all():
            tab.click()
            twin.settle()
            if found := faults(twin, True):
                wrong[f"{theme} {tab.inner_text()}"] = found
        page.locator(TABS).first.click()
        address = twin.get(f"/api/v1/units/{unit}")["indicators"]
        page.locator("cim-values button").first.click()
        page.locator("cim-values .ways .link").last.click()
        page.locator("cim-address dialog").wait_for()
        twin.settle()
        if found := faults(twin, True):
            wrong[f"{theme} address of {len(address)}"] = found
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        twin.set(selection=None, tool="menu")
        page.locator("cim-tools button").first.wait_for()
        if found := faults(twin, True):
            wrong[f"{theme} tools"] = found
        twin.set(tool=None)
        page.keyboard.press("?")
        page.locator("cim-help dialog").wait_for()
        if found := faults(twin, True):
            wrong[f"{theme} help"] = found
        page.keyboard.press("Escape")
    assert wrong == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_stands_out_on_a_wall_of_4k(twin: TwinPage, theme: str) -> None:
    twin.page.set_viewport_size({"width": 3840, "height": 2160})
    for desk in (None, "projects"):
        twin.set(theme=theme, desk=desk)
        assert audit.faint(twin.page) == []


def test_the_measure_of_contrast_can_fail(twin: TwinPage) -> None:
    twin.page.evaluate("""() => {
      const line = document.querySelector('cim-twin').shadowRoot.querySelector('cim-verdict')
        .shadowRoot.querySelector('.note');
      line.style.color = '#9aa3ab';
    }""")
    assert any("note" in where for where, _words, _ratio in audit.faint(twin.page))
    twin.page.evaluate("""() => {
      document.querySelector('cim-twin').shadowRoot.querySelector('cim-verdict')
        .shadowRoot.querySelector('.note').style.color = '';
    }""")


def test_tab_goes_through_the_first_screen_and_out_and_every_stop_shows(twin: TwinPage) -> None:
    page = twin.page
    page.locator("cim-people button").first.focus()
    page.keyboard.press("Shift+Tab")
    assert focus(page) is None  # nothing stands before the ways past the panels
    page.keyboard.press("Tab")
    first = focus(page)
    assert first is not None
    assert "cim-people" in first["hosts"]
    stops = []
    for _ in range(220):
        found = focus(page)
        if found is None:
            break
        stops.append(found)
        page.keyboard.press("Tab")
    else:
        pytest.fail(f"Tab never leaves: {stops[-3:]}")
    assert [stop for stop in stops if not stop["shows"]] == []
    hosts = {stop["hosts"][1] for stop in stops if len(stop["hosts"]) > 1}
    assert {"cim-topbar", "cim-verdict", "cim-strip", "cim-cards", "cim-legend"} <= hosts
    assert any(stop["tag"] == "canvas" for stop in stops)


def test_story_1_and_2_without_a_mouse(twin: TwinPage) -> None:
    page = twin.page
    told = twin.get("/api/v1/warnings")
    tab_to(page, "cim-people", "跳到左侧")
    page.keyboard.press("Enter")
    landed = focus(page)
    assert landed is not None
    assert "cim-verdict" in landed["hosts"]
    red = tab_to(page, "cim-verdict", "红色预警", most=4)
    assert int(re.sub(r"\D", "", red["text"])) == told["counts"]["red"]
    worst = max(told["categories"], key=lambda item: item["counts"]["red"])
    tab_to(page, "cim-strip")
    for _ in range(8):
        at = focus(page)
        assert at is not None
        if at["data"]["category"] == worst["code"]:
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    twin.settle()
    assert twin.state["category"] == worst["code"]
    tab_to(page, "cim-people", "跳到左侧")
    page.keyboard.press("Enter")
    line = tab_to(page, "cim-verdict", "", most=2)
    while "line" not in line["classes"]:
        line = tab_to(page, "cim-verdict", "", most=2)
    page.keyboard.press("Enter")
    twin.settle()
    assert twin.state["selection"] is not None
    page.go_back()
    page.go_back()
    twin.settle()
    assert (twin.state["selection"], twin.state["category"]) == (None, None)


@pytest.mark.parametrize(("story", "level"), [(7, "block"), (8, "building")])
def test_story_7_and_8_without_a_mouse(twin: TwinPage, story: int, level: str) -> None:
    page = twin.page
    problems = twin.get("/api/v1/problems?limit=500")["items"]
    tab_to(page, "cim-people", "跳到右侧")
    order = {"high": 0, "medium": 1, "low": 2}
    shown = page.locator(f'cim-people [data-unit^="{level}:"]')
    ids = [item.get_attribute("data-unit") for item in page.locator("cim-people li button").all()]
    grave = [
        min(order[item["severity"]] for item in problems if item["unit"]["id"] == unit)
        for unit in ids
    ]
    assert grave == sorted(grave)
    wanted = shown.first.get_attribute("data-unit") if shown.count() else None
    if wanted is None:  # too far down the list: asked for by name
        unit = next(item["unit"] for item in problems if item["unit"]["level"] == level)
        wanted = unit["id"]
        tab_to(page, "cim-topbar", "查找")
        page.keyboard.press("Enter")
        tab_to(page, "cim-findbox")
        page.keyboard.type(unit["label"]["zh"])
        page.locator("cim-findbox [role=option]").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    else:
        tab_to(page, "cim-people", shown.first.inner_text())
        page.keyboard.press("Enter")
    page.wait_for_function("() => window.__cimtwin.state.selection !== null")
    twin.settle()
    assert twin.state["selection"] == wanted
    inside = focus(page)
    assert inside is not None
    assert "cim-file" in inside["hosts"]
    file = page.locator("cim-file .card").first
    told = twin.get(f"/api/v1/units/{wanted}")
    assert told["label"]["zh"] in file.inner_text()
    if story == 7:
        empty = [item for item in told["indicators"] if item["value"] is None]
        assert all(item["state"] for item in empty)
    for problem in told["problems"][:3]:
        assert page.locator("cim-file").get_by_text(problem["title"]["zh"]).count() >= 1
    page.keyboard.press("Escape")
    assert twin.state["selection"] is None
    if wanted in ids:
        page.wait_for_timeout(100)
        back = focus(page)
        assert back is not None
        assert "cim-people" in back["hosts"]


def test_help_opens_by_a_key_keeps_the_focus_and_gives_it_back(twin: TwinPage) -> None:
    page = twin.page
    tab_to(page, "cim-topbar", "项目")
    page.keyboard.press("?")
    page.locator("cim-help dialog").wait_for()
    keys = page.locator("cim-help kbd").all_inner_texts()
    assert {"?", "Esc", "Home", "Space"} <= set(keys)
    for _ in range(6):
        page.keyboard.press("Tab")
        found = focus(page)
        assert found is None or "cim-help" in found["hosts"]
    page.keyboard.press("Escape")
    page.locator("cim-help").wait_for(state="detached")
    back = focus(page)
    assert back is not None
    assert "项目" in back["label"] + back["text"]
    assert twin.state["desk"] is None


def test_the_list_of_what_is_in_view_follows_the_view(twin: TwinPage) -> None:
    page = twin.page
    count = (
        "() => document.querySelector('cim-twin').shadowRoot.querySelector('cim-people')"
        ".shadowRoot.querySelectorAll('li button').length"
    )
    whole = page.evaluate(count)
    place = twin.get("/api/v1/problems?limit=1")["items"][0]["centroid"]
    near = {"lon": place[0], "lat": place[1] - 0.001, "height": 180, "heading": 0, "pitch": -60}
    twin.set(camera=near)
    page.wait_for_function(f"n => ({count})() < n", arg=whole)
    assert page.evaluate(count) >= 1
    few = page.evaluate(count)
    page.locator("cim-controls button").first.click()
    page.wait_for_function(f"n => ({count})() > n", arg=few)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1280, 720)])
def test_nothing_is_cut_or_lies_over_another_on_a_narrow_screen(
    twin: TwinPage, width: int, height: int
) -> None:
    page = twin.page
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(FRAMES)
    page.wait_for_timeout(300)
    wrong: dict[str, object] = {}
    for language in ("zh", "en"):
        for desk in (None, "indicators", "projects", "find", "whatif", "tour", "present"):
            twin.set(language=language, desk=desk)
            sheets = page.locator("nav.tabs button").all() if width < 760 else []
            sheets = [] if desk in ("tour", "present") else sheets
            for sheet in [None, *sheets]:
                if sheet and sheet.get_attribute("aria-pressed") == "false":
                    sheet.click()
                found = {"cut": audit.cut(page), "over": audit.overlapping(page)}
                if any(found.values()):
                    wrong[f"{language} {desk} {sheet and sheet.inner_text()}"] = found
    assert wrong == {}


def test_a_phone_holds_verdict_categories_parts_and_cards_in_its_sheets(twin: TwinPage) -> None:
    page = twin.page
    page.set_viewport_size({"width": 390, "height": 844})
    told = twin.get("/api/v1/warnings")
    left, _legend, right = page.locator("nav.tabs button").all()
    if left.get_attribute("aria-pressed") == "false":
        left.click()
    for name, many in (("cim-verdict .level", 3), ("cim-strip .one", len(told["categories"]))):
        assert page.locator(name).count() == many
        page.locator(name).last.scroll_into_view_if_needed()
        assert page.locator(name).last.is_visible()
    page.locator("cim-parts .part").last.scroll_into_view_if_needed()
    assert page.locator("cim-parts .part").count() == len(told["parts"])
    right.click()
    assert page.locator("cim-cards .problem").first.is_visible()
    page.locator("cim-cards .problem").first.click()
    twin.settle()
    assert twin.state["selection"] is not None


def plain_page(chromium: Browser, address: str, language: str = "zh") -> Page:
    """The page as it is found by whoever types its address."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(f"{address}/?lang={language}")
    return page


def test_the_first_visit_is_led_in_three_steps_once(chromium: Browser, site: str) -> None:
    page = plain_page(chromium, site)
    guide = page.locator("cim-guide dialog")
    guide.wait_for()
    said = []
    for word in ("下一步", "下一步", "开始"):
        said.append(guide.locator("h2").inner_text())
        assert audit.grave(page) == []
        page.get_by_role("button", name=word, exact=True).click()
    assert len(set(said)) == 3
    guide.wait_for(state="detached")
    page.reload()
    page.evaluate("() => window.__cimtwin.ready")
    assert guide.count() == 0
    page.keyboard.press("?")
    page.get_by_role("button", name="再看一遍入门").click()
    guide.wait_for()
    page.keyboard.press("Escape")
    guide.wait_for(state="detached")
    page.context.close()


def test_troubles_are_told_in_words_with_a_way_on(chromium: Browser, site: str) -> None:
    twin = TwinPage.open(chromium, site, lang="zh")
    page = twin.page
    told = page.locator("cim-trouble [role=alert]")
    codes = [item["code"] for item in twin.get("/api/v1/indicators?limit=500")["items"]]
    blocks = [code for code in codes if code != twin.state["indicator"]]
    page.context.set_offline(True)
    twin.page.evaluate("code => window.__cimtwin.set({indicator: code})", blocks[0])
    told.wait_for()
    assert told.get_attribute("data-trouble") == "offline"
    page.context.set_offline(False)
    told.wait_for(state="detached", timeout=15_000)
    twin.settle()
    twin.errors.clear()  # the browser itself notes that it is offline

    def replaced(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        route.fulfill(response=answer, json={**body, "model": "0" * 32})

    page.route("**/api/v1/overlays/**", replaced)
    twin.page.evaluate("code => window.__cimtwin.set({indicator: code})", blocks[1])
    told.wait_for()
    assert told.get_attribute("data-trouble") == "model"
    assert told.get_by_role("button", name="重新打开").is_visible()
    page.unroute("**/api/v1/overlays/**")
    page.route("**/api/v1/overlays/**", lambda route: route.fulfill(status=503, json={}))
    twin.page.evaluate("code => window.__cimtwin.set({indicator: code})", blocks[2])
    page.locator('cim-trouble [data-trouble="server"]').wait_for()
    page.unroute("**/api/v1/overlays/**")
    told.get_by_role("button", name="重试").click()
    told.wait_for(state="detached")
    twin.errors.clear()
    twin.close()
