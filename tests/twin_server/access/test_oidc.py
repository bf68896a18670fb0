"""Sign-in at a provider: code with PKCE for people, bearer tokens for programs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from cim_bridge.folder import CityFolder
from tests.support.oidcprovider import CLIENT, PASSWORD, OidcProvider, provider
from tests.twin_server.access.city import SETTINGS, bearer
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.identity.people import People
from twin_server.identity.settings import Auth, Oidc
from twin_server.store import open_store

HOME = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def idp() -> Iterator[OidcProvider]:
    with provider() as running:
        yield running


@pytest.fixture(autouse=True)
def _nobody(idp: OidcProvider) -> None:
    idp.claims = {}


@pytest.fixture(scope="module")
def browser(guarded: CityFolder, viewer_files: Path, idp: OidcProvider) -> Iterator[Browser]:
    oidc = Oidc(idp.issuer, CLIENT, CLIENT, roles={"规划": "planner"}, client_secret=PASSWORD)
    settings = replace(SETTINGS, auth=Auth(mode="oidc", oidc=oidc), public_url=HOME)
    with browsing(create_app(guarded, settings, viewer_files)) as running:
        yield running


def sign_in(browser: Browser, idp: OidcProvider, back: str = "/releases?lang=en") -> Any:
    """From a page that needs it, over the provider, and back; the answer that brings the cookie."""
    first = browser.ask("GET", back)
    assert first.status_code == 303
    started = browser.ask("GET", first.headers["location"])
    note = started.headers["set-cookie"].partition(";")[0]
    assert "HttpOnly" in started.headers["set-cookie"]
    returned = idp.authorize(started.headers["location"])
    return browser.ask("GET", returned.removeprefix(HOME), headers={"cookie": note})


def test_somebody_signs_in_by_code_and_works_with_a_cookie(
    browser: Browser, idp: OidcProvider
) -> None:
    idp.claims = {"preferred_username": "ling", "roles": ["规划"], "districts": ["district:D1"]}
    answer = sign_in(browser, idp)
    assert (answer.status_code, answer.headers["location"]) == (303, "/releases?lang=en")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    pair = {"cookie": cookie.partition(";")[0]}
    me = browser.ask("GET", "/api/v1/me", headers=pair).json()
    assert (me["name"], me["roles"], me["districts"], me["via"]) == (
        "ling", ["planner"], ["district:D1"], "session",
    )  # fmt: skip
    page = browser.ask("GET", "/releases?lang=en", headers=pair)
    assert page.status_code == 200
    assert "Publications" in page.text
    gone = browser.ask("POST", "/auth/sign-out", headers={**pair, "origin": HOME})
    assert gone.status_code == 303
    assert browser.ask("GET", "/api/v1/city", headers=pair).status_code == 401


def test_a_return_that_was_not_begun_here_is_refused(browser: Browser, idp: OidcProvider) -> None:
    idp.claims = {"preferred_username": "ling", "roles": ["planner"]}
    started = browser.ask("GET", "/auth/sign-in")
    note = started.headers["set-cookie"].partition(";")[0]
    returned = idp.authorize(started.headers["location"]).removeprefix(HOME)
    assert browser.ask("GET", returned).status_code == 400, "another browser has no note"
    other = returned.partition("&state=")[0] + "&state=another"
    assert browser.ask("GET", other, headers={"cookie": note}).status_code == 400
    forged = note[:-3] + ("aaa" if not note.endswith("aaa") else "bbb")
    assert browser.ask("GET", returned, headers={"cookie": forged}).status_code == 400
    assert browser.ask("GET", returned, headers={"cookie": note}).status_code == 303
    again = browser.ask("GET", returned, headers={"cookie": note})
    assert again.status_code == 401, "a code is good once"


def test_a_token_of_another_sign_in_is_refused(browser: Browser, idp: OidcProvider) -> None:
    idp.claims = {"preferred_username": "ling", "roles": ["planner"], "nonce": "of another"}
    assert sign_in(browser, idp).status_code == 401


def test_the_way_back_leads_to_ourselves_only(browser: Browser, idp: OidcProvider) -> None:
    idp.claims = {"preferred_username": "ling", "roles": ["planner"]}
    for wrong in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"):
        started = browser.ask("GET", "/auth/sign-in", params={"next": wrong})
        note = started.headers["set-cookie"].partition(";")[0]
        returned = idp.authorize(started.headers["location"]).removeprefix(HOME)
        answer = browser.ask("GET", returned, headers={"cookie": note})
        assert answer.headers["location"] == "/", wrong


def test_programs_send_tokens_and_only_right_ones_hold(browser: Browser, idp: OidcProvider) -> None:
    idp.claims = {"preferred_username": "bus", "roles": "integrator leader"}
    assert browser.get("/api/v1/city", **bearer(idp.token())).status_code == 200
    now = int(time.time())
    strange = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256"})
    public = idp.key.as_pem(private=False)

    def part(found: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(found).encode()).rstrip(b"=").decode()

    body = part({"iss": idp.issuer, "aud": CLIENT, "exp": now + 300, "preferred_username": "bus",
                 "roles": ["steward"]})  # fmt: skip
    unsigned = f"{part({'alg': 'none'})}.{body}."
    head = f"{part({'alg': 'HS256', 'kid': 'one'})}.{body}"
    mac = hmac.new(public, head.encode(), hashlib.sha256).digest()
    confused = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    wrong = {
        "expired": idp.token(exp=now - 120),
        "no end": idp.token(exp=None),
        "of another audience": idp.token(aud="other"),
        "of another issuer": idp.token(iss="https://evil.example"),
        "not yet": idp.token(nbf=now + 600),
        "signed by a stranger": idp.token(key=strange),
        "unsigned": unsigned,
        "signed with the public key as a secret": confused,
        "of nobody": idp.token(preferred_username="../../etc", sub="\n"),
        "no token": "eyJ.x.y",
    }
    for what, token in wrong.items():
        answer = browser.get("/api/v1/city", **bearer(token))
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_NEEDED"), what
    within = idp.token(exp=now - 30)
    assert browser.get("/api/v1/city", **bearer(within)).status_code == 200, "clocks differ a bit"


def test_the_providers_new_keys_are_taken_over(idp: OidcProvider, guarded: CityFolder) -> None:
    from twin_server.identity.oidc import Provider

    store = open_store(guarded)
    clock = [0.0]
    oidc = Oidc(idp.issuer, CLIENT, CLIENT)
    known = Provider(oidc, People(store.engine), clock=lambda: clock[0])
    idp.claims = {"preferred_username": "bus", "roles": ["integrator"]}
    assert known.of_bearer(idp.token()) is not None
    old, idp.key = idp.key, RSAKey.generate_key(2048, {"kid": "two", "alg": "RS256"})
    asked = idp.asked.count("/jwks")
    for _ in range(5):
        assert known.of_bearer(idp.token()) is None, "the provider is not asked in a hurry"
    assert idp.asked.count("/jwks") == asked
    clock[0] = 31.0
    assert known.of_bearer(idp.token()) is not None
    clock[0] = 700.0
    assert known.of_bearer(idp.token(key=old)) is None, "a withdrawn key holds no longer"
    idp.key = old
    store.close()


def test_who_is_known_here_has_the_roles_given_here_or_is_shut_out(
    browser: Browser, idp: OidcProvider, guarded: CityFolder
) -> None:
    store = open_store(guarded)
    people = People(store.engine)
    people.add("zhou", ["publisher"], [], actor="test")
    idp.claims = {"preferred_username": "zhou", "roles": ["steward"]}
    me = browser.get("/api/v1/me", **bearer(idp.token())).json()
    assert me["roles"] == ["publisher"]
    people.disable("zhou", actor="test")
    people.disable("stranger", actor="test")
    store.close()
    for name in ("zhou", "stranger"):
        token = idp.token(preferred_username=name, jti=name)
        assert browser.get("/api/v1/me", **bearer(token)).status_code == 401


def test_a_reporter_without_a_district_may_act_nowhere(browser: Browser, idp: OidcProvider) -> None:
    idp.claims = {"preferred_username": "qu", "roles": ["reporter"]}
    headers = {**bearer(idp.token()), "x-file-name": "a.csv"}
    url = "/api/v1/submissions?unit=district:D1&year=2024"
    answer = browser.ask("POST", url, content=b"x", headers=headers)
    assert answer.json()["code"] == "OUTSIDE_DISTRICT"
