"""The platform's own proxy says who asks: believed from its address, with its secret, only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.access.city import SECRET, SETTINGS
from tests.twin_server.asking import awaited
from twin_server.identity.failures import NotSignedIn
from twin_server.identity.people import People
from twin_server.identity.settings import Auth, Proxy
from twin_server.identity.ways import Ways
from twin_server.store import open_store

PROXY = Proxy(frozenset({"10.0.0.5"}), secret=SECRET)
RIGHT = {"x-cim-proxy-secret": SECRET, "x-forwarded-user": "%E6%9D%8E",
         "x-forwarded-roles": "planner, king", "x-forwarded-districts": "district:D1"}  # fmt: skip


def who(city: CityFolder, headers: dict[str, str], peer: str, proxy: Proxy = PROXY) -> Any:
    store = open_store(city)
    try:
        ways = Ways(Auth(mode="proxy", proxy=proxy), People(store.engine), None, secure=False)
        return awaited(ways.who(headers, peer))
    finally:
        store.close()


@pytest.mark.parametrize("peer", ["10.0.0.5", "::ffff:10.0.0.5"])
def test_the_trusted_proxy_is_believed(guarded: CityFolder, peer: str) -> None:
    found = who(guarded, RIGHT, peer)
    assert (found.name, found.roles, found.districts) == ("李", {"planner"}, {"district:D1"})
    assert found.ambient, "the platform's sign-in may be a cookie: foreign pages are watched"


@pytest.mark.parametrize(
    ("changed", "peer", "proxy"),
    [
        ({}, "10.0.0.6", PROXY),
        ({}, "", PROXY),
        ({}, "testclient", PROXY),
        ({"x-cim-proxy-secret": "wrong"}, "10.0.0.5", PROXY),
        ({"x-cim-proxy-secret": ""}, "10.0.0.5", replace(PROXY, secret="")),
        ({"x-forwarded-user": "a%0Ab"}, "10.0.0.5", PROXY),
        ({"x-forwarded-user": ""}, "10.0.0.5", PROXY),
    ],
)
def test_nobody_else_is(
    guarded: CityFolder, changed: dict[str, str], peer: str, proxy: Proxy
) -> None:
    with pytest.raises(NotSignedIn):
        who(guarded, RIGHT | changed, peer, proxy)


def test_without_its_headers_a_request_is_nobodys(guarded: CityFolder) -> None:
    assert who(guarded, {"x-forwarded-roles": "steward"}, "10.0.0.5") is None
    assert SETTINGS.auth.mode == "keys"


def test_who_was_shut_out_here_is_not_brought_in_by_the_proxy(guarded: CityFolder) -> None:
    store = open_store(guarded)
    People(store.engine).disable("wang", actor="test")
    store.close()
    with pytest.raises(NotSignedIn):
        who(guarded, RIGHT | {"x-forwarded-user": "wang"}, "10.0.0.5")
