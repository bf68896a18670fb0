"""The API on a city with nothing published: it works, and its errors say what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

import cim_bridge.errors as house
from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser, browsing, encoded
from twin_server.app import ROUTERS, create_app
from twin_server.errors import STATUS, status_of
from twin_server.policy import SCOPES, scope_of
from twin_server.schemas.city import City, Health
from twin_server.schemas.unit import UnitFile, UnitPage
from twin_server.settings import Settings


def test_a_city_with_nothing_published_is_shown_from_its_newest_model(small: Browser) -> None:
    city = City.model_validate(small.json("/api/v1/city"))
    assert city.publication is None
    assert city.results is None
    assert city.years == []
    assert city.synthetic
    assert city.name.zh == "小城"
    counts = {item.level: (item.count, item.rows) for item in city.levels}
    assert counts["building"] == (3, 4)
    assert city.attribution == ["Town survey"]
    assert Health.model_validate(small.json("/health")).status == "ok"


def test_a_city_without_a_model_answers_too(tmp_path: object) -> None:
    from pathlib import Path

    folder = CityFolder.init(Path(str(tmp_path)) / "empty", name="空", crs="EPSG:4549")
    with browsing(create_app(folder, Settings(refresh_seconds=0))) as browser:
        city = City.model_validate(browser.json("/api/v1/city"))
        assert city.levels == []
        assert city.extent is None
        refused = browser.get("/api/v1/units")
        assert (refused.status_code, refused.json()["code"]) == (404, "NO_MODEL")
        assert browser.json("/api/v1/problems")["items"] == []


@pytest.mark.parametrize("unit_id", ["building:1:甲/1", "building:2", "block:B0", "city:town"])
def test_ids_with_colons_slashes_and_chinese_are_found(small: Browser, unit_id: str) -> None:
    found = small.get(f"/api/v1/units/{encoded(unit_id)}")
    assert found.status_code == 200
    file = UnitFile.model_validate(found.json())
    assert file.id == unit_id


def test_a_unit_file_knows_what_it_lies_in_and_what_lies_in_it(small: Browser) -> None:
    building = small.json(f"/api/v1/units/{encoded('building:1:甲/1')}")
    assert [item["id"] for item in building["parents"]] == ["city:town", "block:B0"]
    assert building["label"] == {"zh": "甲/1号楼", "en": "甲/1号楼"}
    assert building["identity"]["floor_area"] == 1600.0
    assert building["external_ids"] == {"old": "<b>&x"}
    assert building["attributes"] == {"owner": "市政府"}
    assert building["source"]["attribution"] == "Town survey"
    block = small.json("/api/v1/units/block:B0")
    assert block["children"] == {"building": 2}
    assert block["identity"]["floor_area"] == 3200.0
    assert small.json("/api/v1/units/city:town")["children"] == {"block": 2, "building": 3}


def test_indicators_without_a_value_say_so(small: Browser) -> None:
    block = small.json("/api/v1/units/block:B0")
    assert block["indicators"]
    for item in block["indicators"]:
        assert item["value"] is None
        assert item["state"] == "missing"
        assert item["reason"]["zh"]
        assert item["color"] is None, "missing is never a class, so never green"
    every = small.json("/api/v1/units/block:B0", system="all")
    assert {item["system"] for item in every["indicators"]} > {"MOHURD-2022", "MOHURD-2023"}


def test_units_are_found_by_level_place_text_parent_and_kind(small: Browser) -> None:
    def ids(**query: object) -> list[str]:
        page = UnitPage.model_validate(small.json("/api/v1/units", **query))
        assert page.total == len(page.items)
        return [item.id for item in page.items]

    buildings = ids(level="building")
    assert buildings == ["building:1:甲/1", "building:2", "building:3"], "the removed one is gone"
    assert ids(q="甲/1号") == ["building:1:甲/1"]
    assert ids(parent="block:B0") == ["building:1:甲/1", "building:2"]
    west, south, east, north = small.json("/api/v1/units", level="building")["items"][2]["bbox"]
    assert ids(level="building", bbox=f"{west},{south},{east},{north}") == ["building:3"]
    assert ids(level="building", bbox="0,0,1,1") == []
    assert ids(kind="school") == []
    assert ids(level="nonsense") == []
    assert ids(q="%' OR 1=1 --") == []


def test_a_list_is_paged_by_its_next_address(small: Browser) -> None:
    page = small.json("/api/v1/units", level="building", limit=2)
    assert page["total"] == 3
    assert "offset=2" in page["next"]
    last = small.json(page["next"])
    assert [item["id"] for item in page["items"] + last["items"]][2] == "building:3"
    assert last["next"] is None


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/units/block:none", 404, "UNKNOWN_UNIT"),
        ("/api/v1/units/block:B0?year=2025", 404, "UNKNOWN_YEAR"),
        ("/api/v1/units/block:B0?system=NONE", 404, "UNKNOWN_SYSTEM"),
        ("/api/v1/units?bbox=1,2,3", 400, "WRONG_USE"),
        ("/api/v1/units?bbox=10,0,5,1", 400, "WRONG_USE"),
        ("/api/v1/units?bbox=nan,0,5,1", 400, "WRONG_USE"),
        ("/api/v1/units?limit=0", 422, "INVALID_PARAMETER"),
        ("/api/v1/units?limit=1001", 422, "INVALID_PARAMETER"),
        ("/api/v1/units?q=" + "x" * 201, 422, "INVALID_PARAMETER"),
        ("/api/v1/units/block:B0?year=last", 422, "INVALID_PARAMETER"),
        ("/api/v1/indicators/nonsense", 404, "UNKNOWN_INDICATOR"),
        ("/api/v1/overlays/park_coverage", 404, "NO_OVERLAY"),
        ("/api/v1/ranking/park_coverage?level=block", 404, "NO_OVERLAY"),
        ("/api/v1/values/too/short", 404, "BAD_ADDRESS"),
        ("/api/v1/values/MOHURD-2022/park_coverage/block:no/2024", 404, "UNKNOWN_UNIT"),
        ("/api/v1/values/MOHURD-2022/park_coverage/block:B0/2024", 404, "UNKNOWN_VALUE"),
        ("/api/v1/problems/none", 404, "UNKNOWN_PROBLEM"),
        ("/api/v1/problems/none/explain", 404, "UNKNOWN_PROBLEM"),
        ("/api/v1/problems?severity=worst", 422, "INVALID_PARAMETER"),
        ("/api/v1/nothing", 404, "NOT_FOUND"),
    ],
)
def test_an_error_is_a_problem_document(small: Browser, path: str, status: int, code: str) -> None:
    answer = small.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]
    assert body["title"]


def test_head_answers_without_a_body(small: Browser) -> None:
    full, head = small.get("/api/v1/city"), small.get("/api/v1/city", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == full.headers["content-length"]


def test_long_answers_travel_compressed(small: Browser) -> None:
    plain = small.get("/api/v1/indicators")
    packed = small.get("/api/v1/indicators", accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()


def test_other_methods_are_refused_as_problem_documents(small: Browser) -> None:
    answer = small.get("/api/v1/city", method="POST")
    assert answer.status_code == 405
    assert answer.json()["code"] == "METHOD_NOT_ALLOWED"


def test_an_unexpected_fault_shows_no_inside(
    small: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin_server.routes import city

    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr(city, "city_answer", broken)
    answer = small.get("/api/v1/city")
    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL_ERROR"
    assert "secret" not in answer.text


def all_errors(kind: type[BaseException] = house.TwinError) -> Iterator[type[BaseException]]:
    yield kind
    for child in kind.__subclasses__():
        yield from all_errors(child)


def test_every_error_of_the_house_has_a_status() -> None:
    named = [kind for kind in all_errors() if kind.__module__ == "cim_bridge.errors"]
    assert set(named) <= set(STATUS)
    assert status_of(house.Damaged("x")) == 500
    for kind in all_errors():
        assert any(parent in STATUS for parent in kind.__mro__)


def test_every_route_says_who_may_read_it() -> None:
    routes = [route for module in ROUTERS for route in module.router.routes]
    ways = {(r.path, way) for r in routes if isinstance(r, APIRoute) for way in r.methods}
    assert len(ways) == len(routes)
    assert {way for way in ways if scope_of(*way) is None} == set()
    named = {path if way == "GET" else f"{way} {path}" for path, way in ways}
    assert set(SCOPES) - named == {"/tiles", "/columns", "/private", "/", "/openapi.json"}


def test_the_documentation_needs_no_network(small: Browser) -> None:
    page = small.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/v1/units/{unit_id}" in page.text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page.text)
    assert "<script" not in page.text


FILES = ("/api/v1/tables/", "/basemaps/", "/api/v1/scenes/schema")
"""Routes that answer with a file of a type of its own."""


def test_every_answer_is_described_for_machines(small: Browser) -> None:
    described = small.json("/openapi.json")
    asked = [(path, way) for path, ways in described["paths"].items() for way in ways.values()]
    for path, way in asked:
        content = way["responses"]["200"]["content"]
        if "application/json" in content:
            assert content["application/json"]["schema"].get("$ref"), f"{path} has no schema"
        else:  # a file: a table that is carried away, a tile, a schema
            assert path.startswith(FILES), f"{path} has no schema"
        for error in ("404", "422"):
            assert "application/problem+json" in way["responses"][error]["content"]
