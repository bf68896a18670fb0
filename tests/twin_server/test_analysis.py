"""Spatial diagnosis, scores, five years and what-if on the published sample city."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from tests.twin_server.asking import Browser, encoded
from twin_server.demo import Demo
from twin_server.schemas.analysis import (
    BlindAreas,
    Evaluation,
    Hotspots,
    PilePage,
    Quadrants,
    ScorePage,
)
from twin_server.schemas.whatif import WhatIf


def every(browser: Browser, path: str, **query: object) -> list[dict[str, Any]]:
    """All items of a list, whatever its pages."""
    found: list[dict[str, Any]] = []
    while True:
        page = browser.json(path, **query, limit=1000, offset=len(found))
        found += page["items"]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/spatial/park_coverage?level=block", Hotspots),
        ("/api/v1/spatial/park_coverage/blind", BlindAreas),
        ("/api/v1/piles?level=block", PilePage),
        ("/api/v1/scores?level=district", ScorePage),
        ("/api/v1/quadrants?level=community", Quadrants),
    ],
)
def test_answers_have_the_documented_shape(published: Browser, path: str, shape: Any) -> None:
    answer = published.get(path)
    assert answer.status_code == 200, answer.text[:300]
    shape.model_validate(answer.json())


def test_hot_units_have_high_values_and_cold_ones_low(published: Browser) -> None:
    code, query = "fire_station_coverage", {"level": "block", "system": "MOHURD-2022"}
    found = published.json(f"/api/v1/spatial/{code}", **query)
    assert found["tested"] > 50
    assert found["reason"] is None
    assert found["hot"] + found["cold"] == len(found["items"])
    values = {
        item["unit"]["id"]: item["value"]
        for item in every(published, f"/api/v1/ranking/{code}", **query)
    }
    cold = [values[item["unit"]["id"]] for item in found["items"] if item["kind"] == "cold"]
    told = [value for value in values.values() if value is not None]
    assert cold
    assert np.mean(cold) < np.mean(told)


def test_piled_problems_are_those_of_the_unit_and_of_what_lies_in_it(published: Browser) -> None:
    piles = every(published, "/api/v1/piles", level="block")
    assert piles
    kinds = [item["kinds"] for item in piles]
    assert kinds == sorted(kinds, reverse=True)
    worst = piles[0]
    own = every(published, "/api/v1/problems", unit=worst["unit"]["id"])
    assert {item["rule"] for item in own} - {None, ""} <= set(worst["rules"])
    assert worst["kinds"] == len(worst["rules"])


def test_a_score_says_its_coverage_and_misses_nothing(published: Browser) -> None:
    page = published.json("/api/v1/scores", level="district")
    assert page["scale"]["code"] == "default"
    assert len(page["items"]) == page["total"] > 3
    for item in page["items"]:
        assert 0 < item["coverage"] <= 1
        assert item["score"] is None or 0 <= item["score"] <= 100
        assert len(item["categories"]) == 8
    scores = [item["score"] for item in page["items"] if item["score"] is not None]
    assert scores == sorted(scores)


def test_every_unit_is_in_one_quadrant(published: Browser) -> None:
    found = published.json("/api/v1/quadrants", level="community")
    assert sum(found["counts"].values()) == len(found["items"])
    for item in found["items"]:
        placed = item["quadrant"] != "unknown"
        known = item["satisfaction"] is not None and item["score"] is not None
        assert placed == (known and not item["small_sample"])


def test_five_years_of_a_district_add_up(published: Browser) -> None:
    unit = published.json("/api/v1/units", level="district")["items"][0]["id"]
    found = published.json(f"/api/v1/evaluation/{encoded(unit)}")
    Evaluation.model_validate(found)
    assert len(found["lines"]) > 20
    for line in found["lines"]:
        if line["change"] is not None:
            parts = (line["change_measured_alike"] or 0.0) + line["change_across_breaks"]
            assert parts == pytest.approx(line["change"])


def test_a_what_if_changes_the_answer_and_nothing_else(published: Browser) -> None:
    projects = every(published, "/api/v1/projects")
    open_ = [
        p["id"] for p in projects if p["state"] in ("planned", "approved", "under_construction")
    ]
    before = published.json("/api/v1/problems", limit=1)["counts"]
    answer = published.post("/api/v1/whatif", {"projects": open_})
    assert answer.status_code == 200, answer.text[:400]
    found = answer.json()
    WhatIf.model_validate(found)
    assert found["gone"], "finishing every project ends some problem"
    assert found["label"]["en"] == "A what-if, not a result"
    assert published.json("/api/v1/problems", limit=1)["counts"] == before
    for item in found["columns"]:
        head, _, packed = item["column"]["url"].partition(",")
        assert head == "data:application/octet-stream;base64"
        body = base64.b64decode(packed)
        assert len(body) == item["column"]["length"]
        assert hashlib.sha256(body).hexdigest() == item["column"]["digest"]


def test_a_what_if_column_differs_from_the_published_one_only_where_values_do(
    published: Browser,
) -> None:
    open_ = [p["id"] for p in every(published, "/api/v1/projects") if p["state"] == "planned"]
    found = published.post("/api/v1/whatif", {"projects": open_}).json()
    for item in found["columns"]:
        query = f"system={item['system']}&level={item['level']}&year={found['year']}"
        now = published.json(f"/api/v1/overlays/{item['indicator']}?{query}")
        old = published.get(now["columns"][0]["url"]).content
        new = base64.b64decode(item["column"]["url"].partition(",")[2])
        differing = int(np.sum(np.frombuffer(old, np.uint8) != np.frombuffer(new, np.uint8)))
        assert differing <= item["changed"]


def test_a_moved_standard_moves_the_problems(published: Browser) -> None:
    strict = published.post("/api/v1/whatif", {"standards": {"park_coverage": 99.9}}).json()
    assert strict["new"]
    assert not strict["gone"]
    assert {item["rule"] for item in strict["new"]} == {"D14"}


def test_a_budget_is_kept(published: Browser) -> None:
    found = published.post("/api/v1/whatif", {"budget_10k": 20000}).json()
    assert found["portfolio"]["cost_10k"] <= 20000
    assert found["projects"]
    assert set(found["projects"]) <= set(found["portfolio"]["of"])
    more = published.post("/api/v1/whatif", {"budget_10k": 60000}).json()
    assert more["portfolio"]["points"] >= found["portfolio"]["points"]


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ({"standards": {"no_such": 1}}, 404, "UNKNOWN_INDICATOR"),
        ({"year": 1999}, 404, "UNKNOWN_YEAR"),
        ({"budget_10k": -1}, 422, "INVALID_PARAMETER"),
        ({"surprise": 1}, 422, "INVALID_PARAMETER"),
    ],
)
def test_a_wrong_question_is_answered_in_words(
    published: Browser, question: dict[str, Any], status: int, code: str
) -> None:
    answer = published.post("/api/v1/whatif", question)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_unknown_projects_are_named(published: Browser) -> None:
    found = published.post("/api/v1/whatif", {"projects": ["nobody"]}).json()
    assert found["projects_unknown"] == ["nobody"]
    assert found["columns"] == []


def test_the_question_leaves_the_folder_as_it_was(published: Browser, demo: Demo) -> None:
    before = {
        f: f.stat().st_mtime_ns
        for f in demo.city.rglob("*")
        if f.is_file() and "twin.db" not in f.name
    }
    published.post("/api/v1/whatif", {"budget_10k": 9000})
    assert before == {f: f.stat().st_mtime_ns for f in before}


def test_scores_of_one_unit_are_those_of_the_list(published: Browser) -> None:
    items = published.json("/api/v1/scores", level="block", limit=1000)["items"]
    mine = items[3]
    page = published.json("/api/v1/scores", unit=mine["unit"]["id"])
    assert (page["total"], page["level"], page["items"]) == (1, "block", [mine])
    for unit in ("block:nowhere", "city"):
        assert published.get(f"/api/v1/scores?level=block&unit={unit}").status_code == 404


def test_planted_contradictions_are_in_the_conflict_list_and_found_by_unit(
    published: Browser,
) -> None:
    items = published.json("/api/v1/conflicts", limit=1000)["items"]
    fine = [item for item in items if item["unit"]["level"] in ("block", "community")]
    assert len({(item["unit"]["id"], item["indicator"]) for item in fine}) >= 6
    told = published.json(f"/api/v1/values/{quote(fine[0]['address'])}")
    assert any("older base map" in (item["note"] or "") for item in told["candidates"])
    unit = fine[0]["unit"]["id"]
    mine = published.json("/api/v1/conflicts", unit=unit)
    assert mine["items"] == [item for item in items if item["unit"]["id"] == unit]
    assert published.json("/api/v1/conflicts", unit=unit, indicator="nothing")["total"] == 0
    assert published.get("/api/v1/conflicts?unit=block:nowhere").status_code == 404
