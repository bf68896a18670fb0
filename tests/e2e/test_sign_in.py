"""People sign in with a key in a real browser, work, and sign out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import delete

from cim_bridge.folder import CityFolder
from tests.support.page import TwinPage
from tests.support.server import serving
from tests.twin_server.access.city import SECRET, SYSTEM, let_in, make_city
from twin_server.identity.tables import session
from twin_server.store import open_store

pytestmark = pytest.mark.browser


@dataclass
class Kept:
    """A served city with sign-in."""

    city: CityFolder
    keys: dict[str, str]
    address: str

    def sign_in(self, page: Page, role: str) -> None:
        """Type somebody's key on the page of the sign-in."""
        assert "/auth/sign-in?next=" in page.url
        page.fill("#key", self.keys[role])
        page.click("button")

    def end_sign_ins(self, context: BrowserContext) -> None:
        """As after the hours of a session; the server has heard of it when this returns."""
        store = open_store(self.city)
        with store.engine.begin() as connection:
            connection.execute(delete(session))
        store.close()
        deadline = time.monotonic() + 20
        while context.request.get(f"{self.address}/api/v1/city").status != 401:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_a_leader_signs_in_on_the_page_and_no_script_sees_the_proof(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city(tmp_path)
    key = let_in(city)["leader"]
    with (city.path / "city.toml").open("a", encoding="utf-8") as file:
        file.write('\n[auth]\nmode = "keys"\n')
    monkeypatch.setenv("CIMTWIN_SECRET", SECRET)
    log = tmp_path / "server.log"
    with serving(city.path, log) as address:
        page = chromium.new_page(locale="en-GB")
        page.goto(f"{address}/releases")
        assert "/auth/sign-in?next=/releases" in page.url
        page.fill("#key", "twk_000000000000_" + "A" * 43)
        page.click("button")
        page.wait_for_selector(".wrong")
        page.fill("#key", key)
        page.click("button")
        page.wait_for_url("**/releases")
        assert page.inner_text("h1").startswith("Publications")
        assert page.evaluate("document.cookie + JSON.stringify({...localStorage})") == "{}"
        page.goto(f"{address}/api/v1/me")  # a document of ours without a policy that forbids asking
        got = page.evaluate("fetch('/api/v1/me').then(answer => answer.json())")
        assert (got["name"], got["via"]) == ("leader", "session")
        status = "answer => answer.status"
        made = "fetch('/api/v1/tile-tokens', {method: 'POST', body: '{}', headers: {'content-type':"
        assert page.evaluate(f"{made} 'application/json'}}}}).then({status})") == 200
        page.evaluate("fetch('/auth/sign-out', {method: 'POST'})")
        page.goto(f"{address}/releases")
        assert "/auth/sign-in" in page.url
        page.close()
    told = log.read_text(encoding="utf-8")
    assert '"principal":"leader"' in told
    assert key.split("_", 2)[2] not in told


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A served city with sign-in, and the keys of its people."""
    path = tmp_path_factory.mktemp("signed")
    city = make_city(path)
    keys = let_in(city)
    with (city.path / "city.toml").open("a", encoding="utf-8") as file:
        file.write('\n[auth]\nmode = "keys"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIMTWIN_SECRET", SECRET)
        with serving(city.path, path / "server.log") as address:
            yield Kept(city, keys, address)


def test_work_goes_on_over_an_ended_sign_in_and_nothing_typed_is_lost(
    chromium: Browser, kept: Kept
) -> None:
    context = chromium.new_context(viewport={"width": 1600, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(90_000)
    view = f"/?quality=low&desk=indicators&unit=block:B1&year=2024&system={SYSTEM}"
    page.goto(kept.address + view)
    kept.sign_in(page, "planner")
    page.wait_for_function("() => window.__cimtwin?.state.selection === 'block:B1'")

    card = page.locator("cim-problem").first
    card.locator("button.work").click()
    card.locator("cim-work [data-action=confirm]").click()
    assert card.locator("cim-work input[name=actor]").count() == 0
    card.locator("cim-work textarea").fill("现场已核实")
    kept.end_sign_ins(context)
    card.locator("cim-work button[type=submit]").click()
    page.locator("cim-signin").get_by_text("登录已过期").wait_for()
    assert "再提交一次" in card.locator("cim-work .said").inner_text()
    assert page.locator("cim-people cim-trouble .card").count() == 0

    with context.expect_page() as opened:
        page.locator("cim-signin a").click()
    kept.sign_in(opened.value, "planner")
    opened.value.get_by_text("已登录").wait_for()
    opened.value.close()
    page.locator("cim-signin").wait_for(state="detached")
    assert card.locator("cim-work textarea").input_value() == "现场已核实"
    with page.expect_request(lambda one: one.method == "POST") as sent:
        card.locator("cim-work button[type=submit]").click()
    assert "x-cim-actor" not in sent.value.headers
    card.locator("cim-work").get_by_text("已记录").wait_for()
    assert "planner" in card.locator("cim-work .history li").first.inner_text()
    assert "现场已核实" in card.locator("cim-work .history li").first.inner_text()

    page.locator("cim-account .who").click()
    menu = page.locator("cim-account .menu")
    assert "规划人员" in menu.inner_text()
    assert menu.locator("a").first.get_attribute("href") == "/releases"
    menu.get_by_text("退出登录").click()
    page.wait_for_url("**/auth/sign-in?next=*")
    assert "block" in page.url
    page.goto(kept.address)
    assert "/auth/sign-in" in page.url
    context.close()


def test_who_may_not_act_is_offered_nothing_and_told_why(chromium: Browser, kept: Kept) -> None:
    context = chromium.new_context(viewport={"width": 1600, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(90_000)
    view = f"/?quality=low&desk=scenes&unit=block:B4&year=2024&system={SYSTEM}"
    page.goto(kept.address + view)
    kept.sign_in(page, "leader")
    card = page.locator("cim-problem").first
    card.locator("button.work").click()
    said = card.locator("cim-work .others")
    said.wait_for()
    assert said.inner_text().startswith("For other roles: Confirm")
    assert card.locator("cim-work [data-action]").count() == 0
    page.evaluate("() => window.__cimtwin.set({ selection: null })")
    page.locator("cim-scenes .others").wait_for()
    assert page.locator("cim-scenes").get_by_text("New scene").count() == 0

    context.clear_cookies()
    page.goto(kept.address + view)
    kept.sign_in(page, "planner")  # of D1; B4 lies in D2
    card.locator("button.work").click()
    card.locator("cim-work [data-action=confirm]").click()
    card.locator("cim-work button[type=submit]").click()
    card.get_by_text("This lies outside the districts you may act in").wait_for()
    context.close()


def test_where_nobody_signs_in_the_page_is_as_it_was(twin: TwinPage) -> None:
    assert twin.page.locator("cim-account .who").count() == 0
    assert twin.page.locator("cim-signin").count() == 0
