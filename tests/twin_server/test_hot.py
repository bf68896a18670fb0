"""Hot reads are kept as bytes: for everybody the same, for as long as nothing they tell changes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import brotli
import httpx
import pytest
from fastapi.routing import APIRoute

from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser, awaited, browsing, encoded
from tests.twin_server.handmade import write_model
from twin_server.app import ROUTERS, create_app
from twin_server.hot.answers import PATHS, TOLD, HotAnswers
from twin_server.hot.app import FrontApp
from twin_server.hot.blob import Blob
from twin_server.identity.gate import Gate
from twin_server.operate.turns import Turns
from twin_server.operate.watch import Watch
from twin_server.pinned import Pinned
from twin_server.settings import Settings

UNIT = f"/api/v1/units/{encoded('building:1:甲/1')}"


class Counted:
    """The framework behind, counting how often it is asked."""

    def __init__(self, app: Watch) -> None:
        front = cast(FrontApp, cast(Turns, cast(Gate, app.inside).inside).inside)
        self.times, self._app = 0, front.behind
        front.behind = self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.times += scope["type"] == "http"
        await self._app(scope, receive, send)


@pytest.fixture
def town(small_city: CityFolder) -> Iterator[tuple[Browser, Counted]]:
    app = create_app(small_city, Settings(refresh_seconds=0))
    counted = Counted(app)
    with browsing(app) as browser:
        yield browser, counted


def told(answer: httpx.Response) -> dict[str, str]:
    """Headers of an answer, without the one that every answer has of its own."""
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


def test_the_framework_is_asked_once(town: tuple[Browser, Counted]) -> None:
    browser, counted = town
    first, again = browser.get(UNIT), browser.get(UNIT)
    assert first.content == again.content
    assert told(first) == told(again)
    assert counted.times == 1
    assert browser.get(f"{UNIT}?system=all").json()["id"] == "building:1:甲/1"
    assert counted.times == 2
    for _ in range(2):
        assert browser.get("/api/v1/units/nothing").status_code == 404
    assert counted.times == 4, "only answers are kept, no refusals"


def test_copies_tags_ranges_and_head_are_those_of_a_file(town: tuple[Browser, Counted]) -> None:
    browser, _ = town
    plain = browser.get(UNIT)
    packed = browser.get("/api/v1/indicators?limit=20", accept_encoding="br")
    assert packed.headers["content-encoding"] == "br"
    whole = browser.get("/api/v1/indicators?limit=20").content
    assert packed.content == whole
    assert int(packed.headers["content-length"]) == len(brotli.compress(whole, quality=5))
    zipped = browser.get("/api/v1/indicators?limit=20", accept_encoding="gzip")
    assert int(zipped.headers["content-length"]) == len(gzip.compress(whole, 6, mtime=0))
    tags = {x.headers["etag"] for x in (plain, packed, zipped)}
    assert len(tags) == 3
    same = browser.get(UNIT, if_none_match=plain.headers["etag"])
    assert (same.status_code, same.content) == (304, b"")
    head = browser.get(UNIT, method="HEAD")
    assert (head.content, told(head)) == (b"", told(plain))
    part = browser.get(UNIT, range="bytes=2-5")
    assert (part.status_code, part.content) == (206, plain.content[2:6])
    assert plain.headers["cache-control"] == "no-cache"
    assert plain.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["authorization", "cookie", "x-api-key", "x_forwarded_user", "x-anything"]
)
def test_who_says_who_he_is_is_answered_by_the_framework(
    town: tuple[Browser, Counted], name: str
) -> None:
    browser, counted = town
    for times in (1, 2):
        assert browser.get(UNIT, **{name: "someone"}).status_code == 200
        assert counted.times == times
    browser.get(UNIT)
    assert counted.times == 3, "nothing of theirs was kept for others"


def test_a_new_model_is_seen_at_once(town: tuple[Browser, Counted], small_city: CityFolder) -> None:
    browser, _ = town
    before = browser.json(UNIT)["label"]["zh"]
    small_city.set_head_model(write_model(small_city, label="新楼"))
    assert browser.json(UNIT)["label"]["zh"] == "新楼" != before


def test_the_standard_door_keeps_hosts_and_forms_apart(town: tuple[Browser, Counted]) -> None:
    browser, counted = town
    path = "/ogc/collections/block/items"
    told = browser.get(path)
    assert told.headers["content-crs"].startswith("<http")
    assert b"http://localhost:1/ogc" in browser.get(path, host="localhost:1").content
    assert b"http://127.0.0.1:8080/ogc" in browser.get(path).content
    page = browser.get(path, accept="text/html")
    assert page.headers["content-type"].startswith("text/html")
    assert "content-security-policy" in page.headers
    seen = counted.times
    assert browser.get(path, accept="text/html").content == page.content
    assert counted.times == seen


def scope(path: str) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}


def answering(live: Pinned | None, size: int = 10, *, fresh: bool = True) -> Any:
    async def behind(asked: Any, _receive: Any, send: Any) -> None:
        asked[TOLD].live, asked[TOLD].fresh = live, fresh
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(size)})

    return behind


def test_an_answer_of_an_older_state_is_given_but_not_kept() -> None:
    now = Pinned(models=("new",))
    hot = HotAnswers(lambda: now, 10_000)
    asked = scope("/api/v1/units/x")
    key = hot.key(asked)
    assert key is not None
    assert hot.held(key) is None
    cases = ((Pinned(models=("old",)), True), (now, False), (None, True))
    for live, fresh in cases:
        found = awaited(hot.ask(key, asked, Any, answering(live, fresh=fresh)))  # type: ignore[arg-type]
        assert isinstance(found, Blob)
        assert hot.held(key) is None
    awaited(hot.ask(key, asked, Any, answering(replace(now))))  # type: ignore[arg-type]
    assert hot.held(key) is not None
    now = Pinned(models=("new",), problem_states={"p": "closed"})
    assert hot.held(key) is None, "a state that changed forgets all"


def test_what_is_kept_stays_within_its_memory() -> None:
    now = Pinned()
    hot = HotAnswers(lambda: now, 10_000)
    for number in range(50):
        asked = scope(f"/api/v1/units/{number}")
        key = hot.key(asked) or ""
        hot.held(key)
        awaited(hot.ask(key, asked, Any, answering(now, 900)))  # type: ignore[arg-type]
    kept = [n for n in range(50) if hot.held(f"/api/v1/units/{n}?b''")]
    assert kept == list(range(39, 50))


def test_no_hot_path_asks_who_is_asking() -> None:
    """What is kept is given to everybody who may read: it must be everybody's."""
    seen = 0
    for route in (route for module in ROUTERS for route in module.router.routes):
        if isinstance(route, APIRoute) and route.path.startswith(PATHS):
            calls = {one.call.__name__ for one in route.dependant.dependencies if one.call}
            assert not calls & {"actor_of", "principal_of"}, route.path
            seen += "GET" in (route.methods or ())
    assert seen > 8


def test_long_questions_and_other_paths_are_not_kept(tmp_path: Path) -> None:
    hot = HotAnswers(Pinned, 10_000)
    assert hot.key(scope("/api/v1/units/" + "x" * 3000)) is None
    for path in ("/api/v1/audit", "/api/v1/submissions", "/health", "/ogc/joins"):
        assert hot.key(scope(path)) is None
