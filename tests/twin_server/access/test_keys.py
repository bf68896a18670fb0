"""Keys, cookies, tile tokens: what proves who asks, and what gives nothing away."""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from cim_bridge.errors import NotFound, WrongUse
from cim_bridge.folder import CityFolder
from tests.support.cimtwin import cimtwin
from tests.support.smallblocks import secret
from tests.twin_server.access.city import OWN, SECRET, SETTINGS, bearer
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.database import reading, writing
from twin_server.identity import tiletoken
from twin_server.identity.failures import TooManyTries
from twin_server.identity.people import People
from twin_server.identity.tries import EVERY_SECONDS, MOST, Tries, asker
from twin_server.operate.logs import ACCESS, JsonLines, redacted
from twin_server.settings import Settings
from twin_server.store import open_store

HOST = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def kept(
    guarded: CityFolder, tmp_path_factory: pytest.TempPathFactory, either_store: str
) -> CityFolder:
    """A copy of the guarded city whose people lie in either store."""
    path = tmp_path_factory.mktemp("kept") / "city"
    shutil.copytree(guarded.path, path)
    return CityFolder.open(path)


@pytest.fixture
def people(kept: CityFolder) -> Iterator[People]:
    store = open_store(kept)
    yield People(store.engine)
    store.close()


def test_a_key_is_kept_as_its_hash_only_and_ends_when_it_should(
    kept: CityFolder, people: People
) -> None:
    people.add("wu", ["leader"], [], actor="test")
    key, until = people.make_key("wu", actor="test", days=10)
    assert key not in json.dumps([one.keys for one in people.everyone()])
    store = open_store(kept)
    with reading(store.engine) as connection:
        for table in ("api_key", "audit", "outbox"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert key.split("_", 2)[2] not in str(rows)
    found = people.of_key(key)
    assert found is not None
    assert (found.name, found.roles) == ("wu", {"leader"})
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), key[:30], "", key.upper(), "twk_"):
        assert people.of_key(wrong) is None
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE api_key SET expires = '2020-01-01T00:00:00Z'"
                                " WHERE name = 'wu'"))  # fmt: skip
    assert people.of_key(key) is None, "it ended"
    store.close()
    assert until > "2026"


def test_a_revoked_key_and_somebody_shut_out_get_no_further(people: People) -> None:
    people.add("wu2", ["leader"], [], actor="test")
    first, second = (people.make_key("wu2", actor="test")[0] for _ in range(2))
    people.revoke(first.split("_")[1], actor="test")
    assert people.of_key(first) is None
    found = people.of_key(second)
    assert found is not None
    cookie = people.open_session(found, 1, via="key")
    assert people.of_session(cookie) is not None
    people.disable("wu2", actor="test")
    assert people.of_key(second) is None
    assert people.of_session(cookie) is None
    with pytest.raises(NotFound):
        people.make_key("wu2", actor="test")
    with pytest.raises(NotFound):
        people.revoke("000000000000", actor="test")


@pytest.mark.parametrize(
    ("name", "roles", "districts"),
    [
        ("", ["leader"], []), ("a\nb", ["leader"], []), ("a", [], []), ("a", ["king"], []),
        ("a", ["reporter"], []), ("a", ["planner"], ["D1"]), ("a", ["planner"], ["x:\n"]),
    ],
)  # fmt: skip
def test_people_who_cannot_be_meant_are_refused(
    people: People, name: str, roles: list[str], districts: list[str]
) -> None:
    with pytest.raises(WrongUse):
        people.add(name, roles, districts, actor="test")


def test_users_are_kept_by_the_command_line(kept: CityFolder) -> None:
    city = ("--city", str(kept.path))
    made = cimtwin("user", "add", "shi", "--role", "reporter", "--district", OWN, *city)
    assert made["roles"] == ["reporter"]
    key = cimtwin("user", "key", "shi", "--days", "3", *city)["key"]
    listed = cimtwin("user", "list", *city)
    mine = next(item for item in listed if item["name"] == "shi")
    assert (mine["districts"], len(mine["keys"]), mine["disabled"]) == ([OWN], 1, False)
    assert key not in str(listed)
    store = open_store(kept)
    assert People(store.engine).of_key(key) is not None
    cimtwin("user", "disable", "shi", *city)
    assert People(store.engine).of_key(key) is None
    store.close()


def test_a_wrong_proof_is_refused_even_where_none_is_needed(asking: Browser) -> None:
    for headers in (bearer("twk_000000000000_" + "A" * 43), bearer("x"), {"x-api-key": "no"}):
        assert asking.get("/api/v1/me", **headers).status_code == 401
    assert asking.get("/api/v1/me").json()["signed_in"] is False
    answer = asking.get("/api/v1/city")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_nobody_speaks_for_another_by_a_header(asking: Browser, keys: dict[str, str]) -> None:
    problem = asking.get("/api/v1/problems", **bearer(keys["planner"])).json()["items"][0]["id"]
    path = f"/api/v1/problems/{problem}/workflow"
    seen = asking.get(path, **bearer(keys["planner"])).json()["version"]
    store_headers = {**bearer(keys["planner"]), "x-cim-actor": "mayor", "if-match": f'"{seen}"'}
    unit = asking.get(f"/api/v1/problems/{problem}", **bearer(keys["planner"])).json()["unit"]
    answer = asking.post(path, {"action": "confirm"}, store_headers)
    if answer.status_code == 403:
        assert unit["id"] != OWN
        return
    assert answer.json()["actor"] == "planner"


def signed_in(asking: Browser, key: str) -> dict[str, str]:
    form = {"key": key, "next": "/releases"}
    answer = asking.ask("POST", "/auth/sign-in", data=form, headers={"origin": HOST})
    assert (answer.status_code, answer.headers["location"]) == (303, "/releases")
    assert key not in str(answer.headers)
    return {"cookie": answer.headers["set-cookie"].partition(";")[0]}


def test_a_browser_signs_in_with_a_key_and_other_sites_cannot_use_it(
    asking: Browser, keys: dict[str, str]
) -> None:
    cookie = signed_in(asking, keys["steward"])
    assert asking.get("/", **cookie).status_code == 200
    body = {"seconds": 60}
    path = "/api/v1/tile-tokens"
    assert asking.post(path, body, {**cookie, "origin": HOST}).status_code == 200
    assert asking.post(path, body, {**cookie, "sec-fetch-site": "same-origin"}).status_code == 200
    for foreign in ({"origin": "https://evil.example"}, {"origin": "null"}, {},
                    {"origin": "http://127.0.0.1:8080.evil.example"},
                    {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):  # fmt: skip
        answer = asking.post(path, body, {**cookie, **foreign})
        assert (answer.status_code, answer.json()["code"]) == (403, "FOREIGN_ORIGIN"), foreign
    by_key = {**bearer(keys["steward"]), "origin": "https://evil.example"}
    assert asking.post(path, body, by_key).status_code == 200, "a key is sent on purpose"
    forged = asking.ask(
        "POST", "/auth/sign-in", data={"key": keys["leader"]},
        headers={"origin": "https://evil.example"},
    )  # fmt: skip
    assert forged.status_code == 403, "nobody is signed in as another by a foreign page"


def test_a_wrong_key_is_told_and_the_page_has_no_script(asking: Browser) -> None:
    page = asking.ask("POST", "/auth/sign-in", data={"key": "<script>", "next": '"><b>'})
    assert page.status_code == 401
    assert "密钥无效" in page.text
    assert "<script" not in page.text
    assert "<b>" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_without_sign_in_other_sites_change_nothing_either(
    guarded: CityFolder, viewer_files: Path
) -> None:
    with browsing(create_app(guarded, Settings(refresh_seconds=0), viewer_files)) as open_city:
        body = {"seconds": 60}
        assert open_city.post("/api/v1/tile-tokens", body).status_code == 200
        evil = {"origin": "https://evil.example"}
        assert open_city.post("/api/v1/tile-tokens", body, evil).status_code == 403


def test_a_tile_token_opens_files_and_nothing_else_and_children_carry_it(
    asking: Browser, keys: dict[str, str]
) -> None:
    made = asking.post("/api/v1/tile-tokens", {"seconds": 60}, bearer(keys["leader"])).json()
    base = made["base"]
    asked = "/api/v1/overlays/gas_hazard?level=block&system=MOHURD-2023&year=2024"
    overlay = asking.get(asked, **bearer(keys["leader"])).text
    urls = re.findall(r'"(/columns/[^"]+)"', overlay)
    assert urls
    for url in urls:
        assert asking.get(url).status_code == 401
        answer = asking.get(base + url)
        assert answer.status_code == 200
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"].startswith("private")
    for path in ("/api/v1/city", "/private/x/y.json", "/", "/tiles/../api/v1/city", ""):
        assert asking.get(base + path).status_code in (403, 404), path
    assert asking.ask("POST", base + urls[0]).status_code == 403
    assert asking.ask("POST", f"{base}/api/v1/tile-tokens", json={}).status_code == 403


def test_tile_tokens_end_and_are_not_to_be_made_by_others() -> None:
    base, end = tiletoken.make(SECRET, 600, now=1_800_000_000)
    inside = f"{base}/tiles/x.glb"
    assert tiletoken.inner_path(SECRET, inside, now=end - 1) == "/tiles/x.glb"
    assert tiletoken.inner_path(SECRET, inside, now=end) is None
    assert tiletoken.inner_path(SECRET + "x", inside, now=end - 1) is None
    later = inside.replace(str(end), str(end + 9999))
    assert tiletoken.inner_path(SECRET, later, now=end - 1) is None
    assert tiletoken.make(SECRET, 10**9, now=0)[1] == tiletoken.LONGEST
    assert base not in tiletoken.hidden(inside)


def test_no_secret_comes_into_a_log(
    guarded: CityFolder, keys: dict[str, str], viewer_files: Path
) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(ACCESS)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with browsing(create_app(guarded, replace(SETTINGS, log="json"), viewer_files)) as asked:
            token = asked.post("/api/v1/tile-tokens", {}, bearer(keys["leader"])).json()["base"]
            asked.get(f"{token}/tiles/x.glb")
            cookie = signed_in(asked, keys["planner"])
            asked.get("/api/v1/city", x_request_id="from-the-proxy.1", **cookie)
            asked.get(f"/api/v1/units?q=house&key={keys['leader']}&token=abc.def",
                      **bearer(keys["leader"]))  # fmt: skip
            asked.get("/auth/callback?code=very-secret&state=also-secret")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
    told = out.getvalue()
    hidden = [token[3:], cookie["cookie"].partition("=")[2], "very-secret", "also-secret",
              "abc.def", *(key.split("_", 2)[2] for key in keys.values())]  # fmt: skip
    assert [word for word in hidden if word in told] == []
    assert len(lines) == 6
    assert lines[3]["request_id"] == "from-the-proxy.1"
    assert (lines[3]["principal"], lines[3]["route"], lines[3]["status"]) == (
        "planner", "/api/v1/city", 200,
    )  # fmt: skip
    assert "q=house" in lines[4]["query"], "what was asked can be read"
    assert lines[1]["path"] == "/t/***/tiles/x.glb"


@pytest.mark.parametrize(
    "told",
    [
        "Authorization: Bearer abcDEF123", "postgresql://u:pa55word@h/db",
        "?client_secret=pa55word",
        "cookie: __Host-cimtwin=pa55word; x=1", "twk_0123456789ab_pa55word",
        "got eyJhbGciOiJSUzI1NiJ9.pa55word.pa55word",
    ],
)  # fmt: skip
def test_secrets_are_taken_out_of_any_text(told: str) -> None:
    assert "pa55word" not in redacted(told)
    assert "abcDEF123" not in redacted(told)
    assert redacted("GET /api/v1/units?level=block") == "GET /api/v1/units?level=block"


def test_a_request_id_is_taken_over_only_when_it_is_harmless(asking: Browser) -> None:
    assert asking.get("/health", x_request_id="abc-1").headers["x-request-id"] == "abc-1"
    for wrong in ("a b", "x" * 65, '"}', ""):
        answer = asking.get("/health", x_request_id=wrong)
        assert answer.headers["x-request-id"] != wrong


def test_listed_pages_may_ask_and_others_may_not(
    guarded: CityFolder, keys: dict[str, str], viewer_files: Path
) -> None:
    settings = replace(
        SETTINGS, cors=frozenset({"https://terria.example"}),
        frame_ancestors=("'self'", "https://portal.example"), public_url="https://127.0.0.1:8080",
    )  # fmt: skip
    with browsing(create_app(guarded, settings, viewer_files)) as asked:
        right = {**bearer(keys["leader"]), "origin": "https://terria.example"}
        answer = asked.get("/api/v1/city", **right)
        assert answer.headers["access-control-allow-origin"] == "https://terria.example"
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in answer.headers["vary"]
        wish = {"origin": "https://terria.example", "access-control-request-method": "GET"}
        before = asked.ask("OPTIONS", "/api/v1/city", headers=wish)
        assert before.status_code == 204
        assert "authorization" in before.headers["access-control-allow-headers"]
        for other in ("https://terria.example.evil", "http://terria.example", "null"):
            answer = asked.get("/api/v1/city", **{**right, "origin": other})
            assert "access-control-allow-origin" not in answer.headers, other
            before = asked.ask("OPTIONS", "/api/v1/city", headers={**wish, "origin": other})
            assert "access-control-allow-origin" not in before.headers, other
        refused = asked.get("/api/v1/city", origin="https://terria.example")
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://terria.example"
        cookie = "__Host-cimtwin=x"
        page = asked.get("/auth/sign-in", cookie=cookie)
        assert (
            "frame-ancestors 'self' https://portal.example"
            in (page.headers["content-security-policy"])
        )
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        signing = asked.ask("POST", "/auth/sign-in", data={"key": keys["leader"]},
                            headers={"origin": "https://127.0.0.1:8080"})  # fmt: skip
        assert signing.headers["set-cookie"].startswith("__Host-cimtwin=")
        assert "Secure" in signing.headers["set-cookie"]


def test_answers_of_signed_in_people_are_kept_by_no_shared_cache(
    asking: Browser, keys: dict[str, str]
) -> None:
    for path in ("/api/v1/city", "/api/v1/units", "/ogc/collections"):
        answer = asking.get(path, **bearer(keys["leader"]))
        assert answer.headers["cache-control"].startswith("private"), path


def test_restricted_files_are_for_stewards(
    asking: Browser, keys: dict[str, str], guarded: CityFolder
) -> None:
    release = next(p.name for p in guarded.results.iterdir() if (p / "private").is_dir())
    path = f"/private/{release}/values.parquet"
    answers = {role: asking.get(path, **bearer(key)) for role, key in keys.items()}
    assert {role for role, answer in answers.items() if answer.status_code == 200} == {"steward"}
    assert answers["steward"].headers["cache-control"] == "private, no-store"
    assert asking.get(path).status_code == 401


def test_a_steward_reads_a_home_where_others_read_its_block(
    asking: Browser, keys: dict[str, str]
) -> None:
    own = secret("B1", 0)
    block = sum(secret("B1", number) for number in range(12))
    path = "/api/v1/values/MOHURD-2023/gas_hazard/building:B1-0/2024"
    told = {}
    for role, key in keys.items():
        value = asking.get(path, **bearer(key)).json()
        unit = asking.get("/api/v1/units/building:B1-0?year=2024&system=MOHURD-2023",
                          **bearer(key)).json()  # fmt: skip
        item = next(i for i in unit["indicators"] if i["code"] == "gas_hazard")
        assert (item["value"], item["via"]) == (value["value"], value["via"])
        told[role] = (value["value"], value["via"], len(value["candidates"]))
    assert told.pop("steward") == (own, "own", 1)
    assert set(told.values()) == {(block, "block", 0)}
    alone = asking.get(path.replace("B1-0", "B3-0"), **bearer(keys["steward"])).json()
    assert alone["value"] == secret("B3", 0), "where readers see nothing at all"
    assert (
        asking.get(path.replace("B1-0", "B3-0"), **bearer(keys["leader"])).json()["value"] is None
    )


class Clock:
    """Seconds that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_many_wrong_keys_must_wait_and_lock_nobody_out_who_is_at_work(
    guarded: CityFolder, keys: dict[str, str]
) -> None:
    with browsing(create_app(guarded, SETTINGS)) as asked:
        assert asked.get("/api/v1/me", **bearer(keys["leader"])).status_code == 200
        wrong = [bearer(f"twk_{n:012x}_" + "A" * 43) for n in range(MOST + 5)]
        told = [asked.get("/api/v1/me", **one) for one in wrong]
        assert [one.status_code for one in told] == [401] * MOST + [429] * 5
        assert told[-1].json()["code"] == "TOO_MANY_TRIES"
        assert 0 < int(told[-1].headers["retry-after"]) <= EVERY_SECONDS + 1
        assert asked.get("/api/v1/me", **bearer(keys["leader"])).status_code == 200
        assert asked.get("/api/v1/me", **bearer(keys["steward"])).status_code == 429
        page = asked.ask("POST", "/auth/sign-in", data={"key": keys["steward"]})
        assert page.status_code == 429
        assert "尝试次数过多" in page.text
        assert int(page.headers["retry-after"]) > 0
        elsewhere = {**bearer(keys["steward"]), "x_real_ip": "203.0.113.9"}
        assert asked.get("/api/v1/me", **elsewhere).status_code == 200, "another asker's tries"


def test_tries_come_back_with_time_and_are_bounded() -> None:
    clock = Clock()
    tries = Tries(clock)
    for number in range(MOST):
        tries.may(f"k{number}", "a")
        tries.wrong(f"k{number}", "a")
    with pytest.raises(TooManyTries) as refused:
        tries.may("good", "a")
    clock.now += refused.value.seconds
    tries.may("good", "a")
    tries.held("good")
    for number in range(3 * MOST):
        tries.wrong(f"x{number}", "a")
    tries.may("good", "a")
    tries.wrong("good", "a")
    with pytest.raises(TooManyTries):
        tries.may("good", "a")
    for number in range(10_000):
        tries.wrong("k", f"b{number}")
        tries.held(f"h{number}")
    assert len(tries._wrong) <= 4096
    assert len(tries._held) <= 4096


@pytest.mark.parametrize(
    ("peer", "told", "found"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "nonsense, 1", "127.0.0.1"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("unix:", "", "unix:"),
    ],
)
def test_only_a_proxy_on_this_machine_says_whose_tries_they_are(
    peer: str, told: str, found: str
) -> None:
    assert asker({"x-real-ip": told}, peer) == found
