"""Part 3: filters in CQL2, text and JSON, held against the same question asked in plain Python."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim_bridge.errors import WrongUse
from tests.twin_server.asking import Browser
from tests.twin_server.ogc.asking import EPSG, ids, items
from twin_server.ogc.cql2.tree import read_filter

Properties = dict[str, Any]
BOX = "121.2851,37.4913,121.2933,37.4969"
P = {"property": "geometry"}


def like(pattern: str, text: str | None) -> bool:
    told = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    return text is not None and re.fullmatch(told, text, re.DOTALL) is not None


def more(a: Any, b: Any) -> bool:
    return a is not None and b is not None and a > b


CASES: dict[str, Callable[[Properties], bool]] = {
    "use = 'residential'": lambda p: p["use"] == "residential",
    "use <> 'residential'": lambda p: p["use"] not in (None, "residential"),
    "height > 30": lambda p: more(p["height"], 30),
    "height <= 40.5 AND storeys >= 6": lambda p: p["height"] <= 40.5 and (p["storeys"] or 0) >= 6,
    "30 < height": lambda p: more(p["height"], 30),
    "ground > height": lambda p: more(p["ground"], p["height"]),
    "row IN (1, 2, 77)": lambda p: p["row"] in (1, 2, 77),
    "use NOT IN ('office','public')": lambda p: p["use"] not in (None, "office", "public"),
    "year_built BETWEEN 1980 AND 1990": lambda p: 1980 <= (p["year_built"] or 0) <= 1990,
    "year_built NOT BETWEEN 1980 AND 2010": lambda p: (
        p["year_built"] is not None and not 1980 <= p["year_built"] <= 2010
    ),
    "label_zh LIKE '%新村_#'": lambda p: like("%新村_#", p["label_zh"]),
    "label_zh NOT LIKE '%新村%'": lambda p: (
        p["label_zh"] is not None and "新村" not in p["label_zh"]
    ),
    "parent_compound IS NULL": lambda p: p["parent_compound"] is None,
    "parent_compound IS NOT NULL and (use='office' or NOT height < 20)": lambda p: (
        p["parent_compound"] is not None and (p["use"] == "office" or p["height"] >= 20)
    ),
    "NOT NOT \"use\" = 'office'": lambda p: p["use"] == "office",
    "population > -1e3 AND area >= +.5": lambda p: p["population"] is not None,
    "true AND NOT false AND row < 5": lambda p: p["row"] < 5,
    "label_zh = 'it''s'": lambda _p: False,
}


def asked(browser: Browser, collection: str, written: str, **more_words: object) -> dict[str, Any]:
    return items(browser, collection, limit=10000, filter=written, **more_words)


@pytest.mark.parametrize("written", list(CASES))
def test_a_filter_in_text_keeps_what_plain_python_keeps(published: Browser, written: str) -> None:
    every = items(published, "building", limit=10000)["features"]
    expected = [one["id"] for one in every if CASES[written](one["properties"])]
    found = asked(published, "building", written)
    assert ids(found) == expected
    assert found["numberMatched"] == len(expected)
    assert (
        "false" in written or "''" in written or 0 < len(expected) < len(every) or "e3" in written
    )
    tree = json.dumps(read_filter(written, "cql2-text"), ensure_ascii=False)
    assert ids(asked(published, "building", tree, filter_lang="cql2-json")) == expected


@pytest.mark.parametrize("name", ["intersects", "within", "contains", "disjoint", "overlaps",
                                  "touches", "crosses", "equals"])  # fmt: skip
@pytest.mark.parametrize("collection", ["block", "object.road"])
def test_spatial_functions_answer_as_shapely_does(
    published: Browser, name: str, collection: str
) -> None:
    every = items(published, collection, limit=10000)["features"]
    shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in every])
    ring = "(121.2851 37.4913,121.2933 37.4920,121.2940 37.4969,121.2851 37.4913)"
    area = shapely.from_wkt(f"POLYGON({ring})")
    expected = [
        one["id"]
        for one, keep in zip(every, getattr(shapely, name)(shapes, area), strict=True)
        if keep
    ]
    found = asked(published, collection, f"S_{name.upper()}(geometry, POLYGON({ring}))")
    assert ids(found) == expected
    tree = {"op": f"s_{name}", "args": [P, json.loads(shapely.to_geojson(area))]}
    found = asked(published, collection, json.dumps(tree), filter_lang="cql2-json")
    assert ids(found) == expected


def test_boxes_in_filters_are_boxes(published: Browser) -> None:
    expected = ids(items(published, "building", limit=10000, bbox=BOX))
    text = f"S_INTERSECTS(geometry,BBOX({BOX}))"
    assert ids(asked(published, "building", text)) == expected
    west, south, east, north = map(float, BOX.split(","))
    turned = f"S_INTERSECTS(geometry,BBOX({south},{west},{north},{east}))"
    assert ids(asked(published, "building", turned, filter_crs=f"{EPSG}4326")) == expected
    whole = asked(published, "building", "S_WITHIN(geometry,BBOX(-180,-90,180,90))")
    assert whole["numberMatched"] == 2000
    assert (
        asked(published, "building", "S_DISJOINT(geometry,BBOX(0,0,1,1))")["numberMatched"] == 2000
    )


def test_times_before_and_after(published: Browser) -> None:
    every = [one["properties"] for one in items(published, "projects", limit=1000)["features"]]
    day = "2025-06-30"
    cases = {
        f"T_AFTER(deadline, DATE('{day}'))": sum((p["deadline"] or "") > day for p in every),
        f"T_BEFORE(deadline, TIMESTAMP('{day}T00:00:00Z'))": sum(
            (p["deadline"] or "9") < day for p in every
        ),
        f"deadline > DATE('{day}')": sum((p["deadline"] or "") > day for p in every),
        f"start < '{day}'": sum((p["start"] or "9") < day for p in every),
        "T_DURING(start, INTERVAL('2023-12-31','2025-01-01'))": sum(
            (p["start"] or "").startswith("2024") for p in every
        ),
        "T_INTERSECTS(start, INTERVAL('2024-01-01','..'))": sum(
            (p["start"] or "") >= "2024" for p in every
        ),
    }
    for written, expected in cases.items():
        found = asked(published, "projects", written)["numberMatched"]
        assert found == expected, written
    assert any(0 < expected < len(every) for expected in cases.values())


@pytest.mark.parametrize(
    "written",
    ["nothing = 1", "height = 'x'", "use > 5", "height >", "(height > 1", "height > 1)",
     "CASEI(use) = 'x'", "height + 1 > 2", "use LIKE 5", "row IN ()", "height", "geometry = 1",
     "S_INTERSECTS(geometry, POINT(1))", "S_INTERSECTS(use, POINT(1 1))",
     "S_NEAR(geometry,POINT(1 1))",
     "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))", "T_AFTER(use, DATE('2025-01-01'))",
     "T_AFTER(use, DATE('soon'))", "S_INTERSECTS(geometry,BBOX(1,2,0,0))", "'", "", ";DROP TABLE",
     "(" * 100 + "row=1" + ")" * 100, "NOT " * 2000 + "x", "row=1 OR " * 2000 + "row=1",
     "S_CONTAINS(geometry,POINT(0 95))", "a.b.c = 1", "use = TRUE"],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_words(published: Browser, written: str) -> None:
    answer = published.get(f"/ogc/collections/building/items?filter={quote(written)}")
    assert answer.status_code == 400, written
    assert len(answer.json()["detail"]) > 10


@pytest.mark.parametrize(
    "tree",
    ["{", "[]", "1", '"x"',
     "null", '{"op":"="}', '{"op":"=","args":[1]}', '{"op":"drop","args":[]}',
     '{"op":"and","args":[]}', '{"op":"in","args":[{"property":"row"},[]]}',
     '{"op":"=","args":[{"property":["row"]},1]}', '{"op":"=","args":[{"property":"row"},null]}',
     '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[]}]}',
     '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2]}]}',
     '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":["a",2,3,4]}]}',
     '{"op":"s_intersects","args":[{"property":"geometry"},{"wkt":5}]}',
     '{"op":"not","args":[' * 200 + "true" + "]}" * 200, '{"op":"=","args":[1e999,1]}',
     '{"op":"t_after","args":[{"date":5},{"date":"2025-01-01"}]}',
     '{"op":"like","args":[true,"a"]}'],
)  # fmt: skip
def test_trees_that_mean_nothing_are_refused(published: Browser, tree: str) -> None:
    path = f"/ogc/collections/building/items?filter-lang=cql2-json&filter={quote(tree)}"
    answer = published.get(path)
    assert answer.status_code == 400, tree[:80]
    assert answer.headers["content-type"] == "application/problem+json"


@given(st.text("()'\"=<>,. ANDORNTLIKEBWS_xyz019%_中-", max_size=60))
def test_no_text_breaks_the_parser(written: str) -> None:
    try:
        read_filter(written, "cql2-text")
    except WrongUse:
        return
    assert written.strip()


def test_queryables_name_what_can_be_asked(published: Browser) -> None:
    for name in ("block", "problems", "projects", "block.MOHURD-2022.2025"):
        answer = published.get(f"/ogc/collections/{name}/queryables")
        assert answer.headers["content-type"] == "application/schema+json"
        found = answer.json()
        assert found["type"] == "object"
        assert found["$id"].endswith(f"/collections/{name}/queryables")
        properties = found["properties"]
        assert properties.pop("geometry")["format"] == "geometry-any"
        for one in properties:
            path = f"/ogc/collections/{name}/items?limit=1&filter={quote(f'{one} IS NULL')}"
            assert published.get(path).status_code == 200
        page = items(published, name, limit=1)
        assert set(page["features"][0]["properties"]) >= set(properties) - {"id"}


def test_a_property_by_name_is_an_equality(published: Browser) -> None:
    every = items(published, "building", limit=10000)["features"]
    for name, value in (("use", "office"), ("storeys", "6"), ("row", "12"), ("id", every[3]["id"])):
        found = items(published, "building", limit=10000, **{name: value})
        wanted = f"{name} = '{value}'" if name in ("use", "id") else f"{name} = {value}"
        assert ids(found) == ids(asked(published, "building", wanted))
        assert found["features"]
    repeated = items(published, "problems", limit=10000, repeated="true")
    assert all(one["properties"]["repeated"] is True for one in repeated["features"])
