"""People sign in with a key in a real browser, work, and sign out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.server import serving
from tests.twin_server.access.city import SECRET, let_in, make_city

pytestmark = pytest.mark.browser


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
    assert key.rpartition("_")[2] not in told
