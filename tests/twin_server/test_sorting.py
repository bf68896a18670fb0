"""Lists in the order that is asked for, page by page, the empty ones last."""

from __future__ import annotations

from typing import Any

import pytest

from tests.twin_server.asking import Browser
from twin_server.answering import in_order


def whole(browser: Browser, path: str, sort: str, limit: int) -> list[Any]:
    """Every item, by following `next`."""
    found, where = [], f"{path}?sort={sort}&limit={limit}"
    while where:
        told = browser.json(where)
        found += told["items"]
        where = told["next"]
    return found


def told(item: dict[str, Any], name: str) -> Any:
    found = item[name]
    if isinstance(found, dict):
        return (found["id"] if "id" in found else found["zh"]) or None
    return ("high", "medium", "low").index(found) if name == "severity" else found


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("problems", "people"), ("problems", "-margin"), ("problems", "severity"),
        ("problems", "unit"), ("projects", "-deadline"), ("projects", "investment_10k"),
        ("projects", "department"), ("conflicts", "-spread"), ("conflicts", "unit"),
        ("tasks", "deadline"), ("tasks", "-indicator"),
    ],
)  # fmt: skip
def test_a_list_comes_in_the_order_that_is_asked_for(
    published: Browser, path: str, name: str
) -> None:
    items = whole(published, f"/api/v1/{path}", name, 1000)
    assert len(items) == published.json(f"/api/v1/{path}", limit=1)["total"]
    keys = [told(item, name.removeprefix("-")) for item in items]
    there = [key for key in keys if key is not None]
    assert there == sorted(there, reverse=name.startswith("-"))
    assert keys[len(there) :] == [None] * (len(keys) - len(there)), "what has none comes last"


def test_pages_of_a_sorted_list_hold_every_item_once(published: Browser) -> None:
    ids = [item["id"] for item in whole(published, "/api/v1/projects", "state", 7)]
    every = published.json("/api/v1/projects", limit=1000)["items"]
    assert sorted(ids) == sorted(item["id"] for item in every)


@pytest.mark.parametrize("path", ["problems", "projects", "conflicts", "tasks", "submissions"])
def test_an_order_that_no_list_has_is_refused(published: Browser, path: str) -> None:
    for wrong in ("colour", "-", "--state", "state;drop"):
        answer = published.get(f"/api/v1/{path}?sort={wrong}")
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_PARAMETER"), wrong


def test_equal_items_stay_as_they_were_either_way() -> None:
    items = [(1, "a"), (2, "b"), (1, "c"), (None, "d")]

    def key(item: tuple[int | None, str], _name: str) -> int | None:
        return item[0]

    assert [word for _, word in in_order(items, "n", key)] == ["a", "c", "b", "d"]
    assert [word for _, word in in_order(items, "-n", key)] == ["b", "a", "c", "d"]
