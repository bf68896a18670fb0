"""Values at the door are the values of the overlays: null where missing, with the reason."""

from __future__ import annotations

import pytest

from tests.twin_server.asking import Browser, encoded
from tests.twin_server.ogc.asking import items


@pytest.mark.parametrize("level", ["district", "block", "building"])
def test_values_and_states_are_those_of_the_ranking(published: Browser, level: str) -> None:
    collection = f"{level}.MOHURD-2022.2025"
    schema = published.json(f"/ogc/collections/{collection}/schema")["properties"]
    codes = [name for name in schema if f"{name}_state" in schema][::5]
    assert codes
    page = items(published, collection, limit=10000)
    found = {one["id"]: one["properties"] for one in page["features"]}
    for code in codes:
        query = f"system=MOHURD-2022&year=2025&level={level}&limit=1000"
        ranked = published.json(f"/api/v1/ranking/{code}?{query}")["items"]
        assert ranked
        for one in ranked:
            cells = found[one["unit"]["id"]]
            assert cells[f"{code}_state"] == one["state"], (code, one)
            assert cells[code] == one["value"]


def test_a_missing_value_is_null_and_says_why(published: Browser) -> None:
    counts = {"missing": 0, "number": 0}
    for one in items(published, "block.MOHURD-2022.2025", limit=1000)["features"]:
        for name, state in one["properties"].items():
            if name.endswith("_state"):
                value = one["properties"][name.removesuffix("_state")]
                known = state in ("measured", "computed", "adjusted", "stale")
                assert (value is not None) == known or state == "stale"
                counts["number" if known else "missing"] += 1
    assert min(counts.values()) > 0


def test_one_indicator_is_a_collection_too(published: Browser) -> None:
    single = items(published, "block.park_coverage.2025", limit=1000)["features"]
    table = items(published, "block.MOHURD-2022.2025", limit=1000)["features"]
    for one, whole in zip(single, table, strict=True):
        for name in ("park_coverage", "park_coverage_state"):
            assert one["properties"][name] == whole["properties"][name]
    assert published.get("/ogc/collections/block.nothing.2025").status_code == 404
    assert published.get("/ogc/collections/block.park_coverage.1999").status_code == 404


def test_chosen_properties_are_all_that_is_given(published: Browser) -> None:
    page = items(published, "block.MOHURD-2022.2025", properties="park_coverage")
    assert {tuple(one["properties"]) for one in page["features"]} == {("park_coverage",)}


def test_a_problem_has_its_live_state_and_its_units_place(published: Browser) -> None:
    listed = published.json("/api/v1/problems?limit=20")["items"]
    for one in listed:
        found = published.json(f"/ogc/collections/problems/items/{encoded(one['id'])}")
        assert found["properties"]["state"] == one["state"]
        assert found["properties"]["unit_id"] == one["unit"]["id"]
        unit = one["unit"]["id"]
        level = unit.partition(":")[0]
        if level in ("district", "block", "building", "community"):
            home = published.json(f"/ogc/collections/{level}/items/{encoded(unit)}")
            assert found["geometry"] == home["geometry"]


def test_a_city_without_results_has_its_units(small: Browser) -> None:
    names = [one["id"] for one in small.json("/ogc/collections")["collections"]]
    places = ["city", "block", "building", "problems", "projects"]
    assert names == [*places, "datasets", "indicators"]
    page = items(small, "building")
    assert [one["id"] for one in page["features"]] == [
        "building:1:甲/1",
        "building:2",
        "building:3",
    ]
    path = f"/ogc/collections/building/items/{encoded('building:1:甲/1')}"
    found = small.json(path)
    assert found["properties"]["attributes"] == {"owner": "市政府"}
    assert found["links"][0]["href"] == f"http://127.0.0.1:8080{path}"
    page_for_people = small.get(f"{path}?f=html").text
    assert "<b>&x" not in page_for_people
    assert items(small, "problems")["features"] == []
    assert items(small, "projects", bbox="0,0,1,1")["features"] == []
