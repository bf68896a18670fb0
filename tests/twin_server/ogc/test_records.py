"""OGC API Records Part 1: the catalogues of data and of indicators."""

from __future__ import annotations

import pytest

from tests.twin_server.asking import Browser, encoded
from tests.twin_server.ogc.asking import ids, items, path_of
from twin_server.ogc.records import CLASSES

BOTH = ("datasets", "indicators")


def test_conformance_is_promised(published: Browser) -> None:
    assert set(CLASSES) <= set(published.json("/ogc/conformance")["conformsTo"])


@pytest.mark.parametrize("name", BOTH)
def test_record_collection(published: Browser, name: str) -> None:
    found = published.json(f"/ogc/collections/{name}")
    assert (found["itemType"], found["type"]) == ("record", "Collection")
    assert any(one["rel"] == "items" for one in found["links"])


@pytest.mark.parametrize("name", BOTH)
def test_record_core(published: Browser, name: str) -> None:
    page = items(published, name, limit=1000)
    assert page["numberMatched"] == len(page["features"]) > 10
    for one in page["features"]:
        assert one["type"] == "Feature"
        assert CLASSES[0] in one["conformsTo"]
        assert one["properties"]["type"]
        assert one["properties"]["title"]
        assert one["geometry"]["type"] == "Polygon"
        assert one["time"] is None or set(one["time"]) == {"date"}
        assert all({"rel", "type", "href"} <= set(link) for link in one["links"])
    seen = {(x["href"], x["type"]) for one in page["features"][:40] for x in one["links"]}
    for href, kind in seen:
        answer = published.get(href.removeprefix("http://127.0.0.1:8080"))
        assert answer.status_code == 200, href
        assert answer.headers["content-type"] == kind


def test_a_record_alone_is_the_record_of_the_list(published: Browser) -> None:
    one = items(published, "indicators", limit=1)["features"][0]
    path = f"/ogc/collections/indicators/items/{encoded(one['id'])}"
    alone = published.json(path)
    rels = {link["rel"]: path_of(link["href"]) for link in alone["links"][1:]}
    assert rels["self"] == path
    assert rels["collection"] == "/ogc/collections/indicators"
    assert {**alone, "links": one["links"]} == one
    assert published.get("/ogc/collections/indicators/items/none").status_code == 404


def test_every_dataset_of_the_publication_is_a_record(published: Browser) -> None:
    found = ids(items(published, "datasets", limit=1000))
    (release,) = published.json("/api/v1/releases")["items"]
    assert f"publication:{release['id']}" in found
    assert f"model:{release['model']}" in found
    assert f"results:{release['results']}" in found
    assert sum(name.startswith("batch:") for name in found) > 3
    assert sum(name.startswith("source:") for name in found) > 3
    indicators = published.json("/api/v1/indicators", system="MOHURD-2023", limit=1000)
    ours = items(published, "indicators", limit=1000, q="MOHURD-2023")
    assert ours["numberMatched"] == indicators["total"]


def test_type(published: Browser) -> None:
    whole = items(published, "datasets", limit=1000)["features"]
    wanted = [one["id"] for one in whole if one["properties"]["type"] == "source"]
    assert ids(items(published, "datasets", limit=1000, type="source")) == wanted
    assert items(published, "datasets", type="nothing")["features"] == []


def test_q(published: Browser) -> None:
    every = items(published, "indicators", limit=1000)["features"]

    def held(*words: str) -> list[str]:
        texts = {
            one["id"]: "\n".join(
                [one["properties"]["title"], one["properties"]["description"] or "",
                 " ".join(one["properties"]["keywords"])]
            ).lower()
            for one in every
        }  # fmt: skip
        return [name for name, text in texts.items() if any(word in text for word in words)]

    for asked, words in (
        ("PARK", ("park",)),
        ("公园,bus stop", ("公园", "bus stop")),
        ("公园", ("公园",)),
    ):
        found = ids(items(published, "indicators", limit=1000, q=asked))
        assert found == held(*words)
        assert 0 < len(found) < len(every)
    assert items(published, "indicators", q="zzzz")["features"] == []


def test_ids_and_external_ids(published: Browser) -> None:
    every = ids(items(published, "indicators", limit=5))
    found = items(published, "indicators", ids=f"{every[3]},{every[1]},none")
    assert ids(found) == [every[1], every[3]]
    system, _, code = every[0].partition(":")
    for asked in (code, f"{system}:{code}"):
        assert every[0] in ids(items(published, "indicators", limit=1000, externalIds=asked))
    assert items(published, "indicators", externalIds="none")["features"] == []


def test_bbox_and_datetime(published: Browser) -> None:
    whole = items(published, "datasets", limit=1000)
    assert items(published, "datasets", bbox="0,0,1,1")["features"] == []
    assert items(published, "datasets", limit=1000, bbox="121,37,122,38") == {
        **whole, "links": items(published, "datasets", limit=1000, bbox="121,37,122,38")["links"]
    }  # fmt: skip
    after = items(published, "datasets", limit=1000, datetime="2024-06-01/..")
    kept = [
        one["id"]
        for one in whole["features"]
        if one["time"] is None or one["time"]["date"] >= "2024-06-01"
    ]
    assert ids(after) == kept
    assert len(kept) < len(whole["features"])


def test_q_is_a_parameter_of_records_only(published: Browser) -> None:
    for name in ("q", "ids", "externalIds"):
        assert published.get(f"/ogc/collections/block/items?{name}=x").status_code == 400


def test_html(published: Browser) -> None:
    page = published.get("/ogc/collections/indicators/items?f=html&limit=3")
    assert page.headers["content-type"].startswith("text/html")
