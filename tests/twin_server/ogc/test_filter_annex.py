"""The abstract tests of Part 3 (Filter, Features Filter) and of Basic CQL2, one function each.

Named as their annexes have them. Without a function here: /conf/filter/get-collections (test_core
reads the same list), /conf/filter/get-functions (no functions of one's own are promised),
/conf/features-filter/filter-on-items (these functions ask `items`), /conf/basic-cql2/test-data
and logical (they want a data set of their own: in ours NOT and OR meet unknown values, which are
left out as in SQL; test_filter.py asks plain Python instead).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from pyproj import CRS, Transformer

from tests.twin_server.asking import Browser
from tests.twin_server.ogc.asking import EPSG, ids, items, link, listed, path_of, some

QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SMALL = ("district", "projects")
"""Collections of which every queryable is asked everything."""
VALUES = {"string": "'foo'", "boolean": "true", "number": "3.14", "integer": "1",
          "date": "DATE('2022-04-14')"}  # fmt: skip


@pytest.fixture(scope="module")
def queryables(published: Browser) -> dict[str, dict[str, Any]]:
    return {
        one["id"]: published.get(f"/ogc/collections/{quote(one['id'])}/queryables").json()
        for one in some(published)
    }


def plain(queryables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Queryables that hold no geometry."""
    return {
        name: told
        for name, told in queryables["properties"].items()
        if not told.get("format", "").startswith("geometry")
    }


def kind_of(told: dict[str, Any]) -> str:
    kind = "date" if told.get("format") == "date" else told["type"]
    return str(next(one for one in kind if one != "null") if isinstance(kind, list) else kind)


def matched(published: Browser, collection: str, written: str, **more: object) -> list[str]:
    return ids(items(published, collection, limit=10000, filter=written, **more))


def status(published: Browser, collection: str, written: str, more: str = "") -> int:
    path = f"/ogc/collections/{quote(collection)}/items?limit=1&filter={quote(written)}{more}"
    return published.get(path).status_code


def inside(box: list[float]) -> str:
    west, south, east, north = box if len(box) == 4 else (*box[:2], *box[3:5])
    return f"{west},{south},{east},{north}"


def test_get_conformance(published: Browser) -> None:
    told = published.json("/ogc/conformance")["conformsTo"]
    for name in ("queryables", "queryables-query-parameters", "filter", "features-filter"):
        assert f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}" in told
    for name in ("basic-cql2", "cql2-text", "cql2-json"):
        assert f"http://www.opengis.net/spec/cql2/1.0/conf/{name}" in told


def test_get_queryables(published: Browser) -> None:
    for one in listed(published):
        answer = published.get(f"/ogc/collections/{quote(one['id'])}/queryables")
        assert answer.headers["content-type"] == "application/schema+json"
        told = answer.json()
        assert told["$schema"].startswith("https://json-schema.org/draft/20")
        assert path_of(told["$id"]) == f"/ogc/collections/{quote(one['id'])}/queryables"
        assert told["type"] == "object"
        assert told["properties"]


def test_get_collection(published: Browser) -> None:
    for one in listed(published):
        found = link(one, QUERYABLES, "application/schema+json")
        assert path_of(found["href"]) == f"/ogc/collections/{quote(one['id'])}/queryables"


def test_filter_param(published: Browser, queryables: dict[str, dict[str, Any]]) -> None:
    for name, told in queryables.items():
        sample = next(iter(plain(told)))
        every = items(published, name, limit=10000)["features"]
        found = matched(published, name, f"{sample} IS NULL", filter_lang="cql2-text")
        missing = [one["id"] for one in every if one["properties"].get(sample, 0) is None]
        assert found == missing
        assert status(published, name, "THIS IS NOT A FILTER", "&filter-lang=cql2-text") == 400


def test_filter_lang_default(published: Browser) -> None:
    for name in SMALL:
        written = "id IS NOT NULL"
        assert matched(published, name, written) == matched(
            published, name, written, filter_lang="cql2-text"
        )
        assert status(published, name, "THIS IS NOT A FILTER") == 400
        assert status(published, name, written, "&filter-lang=cql-1.0") == 400


def test_expression_construction(published: Browser) -> None:
    for one in some(published):
        assert status(published, one["id"], "this_is_not_a_queryable IS NULL") == 400


def test_filter_crs_wgs84(published: Browser) -> None:
    for one in some(published):
        box = inside(one["extent"]["spatial"]["bbox"][0])
        whole = ids(items(published, one["id"], limit=10000, bbox=box))
        found = matched(published, one["id"], f"S_INTERSECTS(geometry,BBOX({box}))")
        assert set(found) == set(whole), one["id"]
        away = "S_INTERSECTS(geometry,BBOX(1000000,1000000,2000000,2000000))"
        assert status(published, one["id"], away) == 400


def test_filter_crs_param(published: Browser) -> None:
    (one,) = [found for found in some(published) if found["id"] == "block"]
    box = [float(part) for part in inside(one["extent"]["spatial"]["bbox"][0]).split(",")]
    whole = ids(items(published, "block", limit=10000))
    for system in one["crs"]:
        if not system.startswith(EPSG):
            continue
        crs = CRS.from_epsg(int(system.rpartition("/")[2]))
        there = Transformer.from_crs("OGC:CRS84", crs, always_xy=True)
        west, south, east, north = there.transform_bounds(*box, densify_pts=21)
        turned = crs.axis_info[0].direction == "north"
        edges = (south, west, north, east) if turned else (west, south, east, north)
        written = f"S_INTERSECTS(geometry,BBOX({','.join(map(repr, edges))}))"
        assert matched(published, "block", written, filter_crs=system) == whole, system
    unknown = "&filter-crs=http://www.opengis.net/def/crs/OGC/0/does_not_exist"
    written = f"S_INTERSECTS(geometry,BBOX({','.join(map(repr, box))}))"
    assert status(published, "block", written, unknown) == 400


def test_mixing_expression(published: Browser) -> None:
    for one in some(published):
        box = inside(one["extent"]["spatial"]["bbox"][0])
        written = f"S_INTERSECTS(geometry,BBOX({box}))"
        whole = ids(items(published, one["id"], limit=10000, bbox=box))
        assert matched(published, one["id"], written, bbox=box) == whole
        assert matched(published, one["id"], written, bbox="0,0,1,1") == []


def test_basic_test(queryables: dict[str, dict[str, Any]]) -> None:
    for name, told in queryables.items():
        kinds = [kind_of(one) for one in plain(told).values()]
        assert set(kinds) <= {*VALUES, "array"}, name
        assert set(kinds) & set(VALUES)


@pytest.mark.parametrize("name", SMALL)
def test_comparison(published: Browser, queryables: dict[str, dict[str, Any]], name: str) -> None:
    for queryable, told in plain(queryables[name]).items():
        value = VALUES.get(kind_of(told))
        if value is None:
            continue
        found = {
            sign: set(matched(published, name, f"{queryable} {sign} {value}"))
            for sign in ("=", "<>", ">", "<", ">=", "<=")
            if value != "true" or sign in ("=", "<>")
        }
        for one, other in (("=", "<>"), (">", "<="), ("<", ">=")):
            if one in found:
                assert not found[one] & found[other], (queryable, one, other)


@pytest.mark.parametrize("name", SMALL)
def test_is_null(published: Browser, queryables: dict[str, dict[str, Any]], name: str) -> None:
    whole = set(ids(items(published, name, limit=10000)))
    for queryable in queryables[name]["properties"]:
        none = set(matched(published, name, f"{queryable} IS NULL"))
        some_value = set(matched(published, name, f"{queryable} is not null"))
        assert none | some_value == whole
        assert not none & some_value


def test_boolean(published: Browser) -> None:
    for name in SMALL:
        assert matched(published, name, "true") == ids(items(published, name, limit=10000))
        assert matched(published, name, "false") == []
