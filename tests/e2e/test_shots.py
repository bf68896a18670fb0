"""`make shots`: every story of the viewer has a picture, and a page pages through them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.shots import LOOKS, draw, index, plan
from tests.support.stories import KEY, STORIES

pytestmark = pytest.mark.browser


def test_all_stories_are_drawn_once_and_key_ones_on_every_screen() -> None:
    drawn = {look.name: [story.name for story in stories] for look, stories in plan()}
    assert drawn["1080p"] == [story.name for story in STORIES]
    assert set(drawn) == {look.name for look in LOOKS}
    assert all(set(KEY) <= set(names) for names in drawn.values())
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15} <= {story.number for story in STORIES}


def test_pictures_of_a_phone_are_drawn_and_paged_through(
    chromium: Browser, site: str, tmp_path: Path
) -> None:
    made = draw(chromium, site, tmp_path, ("phone",))
    assert len(made) == len(KEY)
    assert all((tmp_path / file).stat().st_size > 20_000 for file, _says in made)
    page = chromium.new_page()
    page.goto(index(tmp_path, made).as_uri())
    assert "1 / 4" in page.locator("#where").inner_text()
    page.keyboard.press("ArrowRight")
    assert "2 / 4" in page.locator("#where").inner_text()
    assert page.evaluate("() => document.getElementById('shot').decode().then(() => true)")
    page.close()
