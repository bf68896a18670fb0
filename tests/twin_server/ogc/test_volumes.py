"""OGC API 3D GeoVolumes: extents with heights, and 3D Tiles whose every link answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest

from tests.twin_server.asking import Browser
from tests.twin_server.ogc.asking import listed, path_of
from twin_server.ogc.volumes import CLASSES, MEDIA, REL

HOST = "http://127.0.0.1:8080"


def volumes(browser: Browser) -> list[dict[str, Any]]:
    return [one for one in listed(browser) if any(x["rel"] == REL for x in one["links"])]


def uris(tile: dict[str, Any]) -> list[str]:
    own = [tile["content"]["uri"]] if "content" in tile else []
    return own + [uri for child in tile.get("children", []) for uri in uris(child)]


def test_conformance_is_promised(published: Browser) -> None:
    assert set(CLASSES) <= set(published.json("/ogc/conformance")["conformsTo"])


def test_a_volume_has_six_numbers_and_a_link_of_each_type(published: Browser) -> None:
    found = volumes(published)
    assert {"building", "block", "district"} <= {one["id"] for one in found}
    for one in found:
        west, south, low, east, north, high = one["extent"]["spatial"]["bbox"][0]
        assert (west < east, south < north, low <= high) == (True,) * 3
        assert [x["type"] for x in one["links"] if x["rel"] == REL] == list(MEDIA.values())
    building = next(one for one in found if one["id"] == "building")
    assert building["extent"]["spatial"]["bbox"][0][5] > 30


def test_every_link_of_every_volume_answers_with_its_type(published: Browser) -> None:
    seen: set[str] = set()
    for one in volumes(published):
        for link in one["links"]:
            answer = published.get(path_of(link["href"]))
            assert answer.status_code == 200, link
            kind = answer.headers["content-type"]
            assert kind.partition(";")[0] == link["type"].partition(";")[0]
            if link["rel"] == REL:
                contents = uris(answer.json()["root"])
                assert contents
                seen |= {urljoin(link["href"], uri) for uri in contents}
    assert len(seen) > 10
    for address in seen:
        answer = published.get(address.removeprefix(HOST), method="HEAD")
        assert answer.status_code == 200, address
        assert answer.headers["content-type"] == "model/gltf-binary"


def test_a_box_leaves_out_what_lies_outside(published: Browser) -> None:
    path = "/ogc/collections/block/3dtiles"
    whole = uris(published.json(path)["root"])
    west, south, _, east, north, _ = next(
        one["extent"]["spatial"]["bbox"][0] for one in volumes(published) if one["id"] == "block"
    )
    assert uris(published.json(path, bbox=f"{west},{south},{east},{north}")["root"]) == whole
    edge = f"{west},{south},{west + 0.004},{south + 0.004}"
    part = uris(published.json(path, bbox=edge)["root"])
    assert len(part) < len(whole)
    assert set(part) <= set(whole)
    away = published.json(path, bbox="0,0,1,1")["root"]
    assert "children" not in away


def test_collections_are_found_by_a_box(published: Browser) -> None:
    every = [one["id"] for one in listed(published)]
    for box in ("121,37,122,38", "121,37,-5,122,38,900"):
        found = published.json("/ogc/collections", bbox=box)["collections"]
        assert [one["id"] for one in found] == every
    for box in ("0,0,1,1", "4e16,37,32,38", "170,37,-170,38"):
        assert published.json("/ogc/collections", bbox=box)["collections"] == []
    around = published.json("/ogc/collections", bbox="120,37,-170,38")["collections"]
    assert [one["id"] for one in around] == every


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("problems/3dtiles", 404),
        ("nothing/3dtiles", 404),
        ("building/3dtiles?f=html", 400),
        ("building/3dtiles?bbox=1,2,3", 400),
        ("building/3dtiles?bbox=nan,2,3,4", 400),
        ("building/3dtiles?page=1", 400),
    ],
)
def test_what_is_not_there_is_refused(published: Browser, path: str, status: int) -> None:
    assert published.get(f"/ogc/collections/{path}").status_code == status
