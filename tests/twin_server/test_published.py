"""The API on the published sample city: shapes hold, numbers agree, colours follow values."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin

import numpy as np
import pytest

from tests.twin_server.asking import Browser, encoded
from twin_server.demo import Demo
from twin_server.schemas.city import AuditPage, City, ReleasePage
from twin_server.schemas.indicator import Indicator, IndicatorPage, SystemPage
from twin_server.schemas.overlay import Overlay, RankingPage
from twin_server.schemas.problem import Explanation, Problem, ProblemPage, ProjectPage, SurveyPage
from twin_server.schemas.unit import UnitFile, UnitPage
from twin_server.schemas.value import Value

WIDTH = {"u8": 1, "u16": 2, "u32": 4, "f32": 4}
FIRST_STATE = 250


def overlays(browser: Browser, step: int) -> Iterator[dict[str, Any]]:
    """Every `step`-th overlay of the latest year, of every system."""
    number = 0
    for system in browser.json("/api/v1/systems")["items"]:
        page = browser.json("/api/v1/indicators", system=system["id"], limit=1000)
        for item in page["items"]:
            if not item["years"]:
                continue
            for level in item["levels"]:
                number += 1
                if number % step == 0:
                    query = f"system={system['id']}&level={level}&year={item['years'][-1]}"
                    answer = browser.get(f"/api/v1/overlays/{item['code']}?{query}")
                    if answer.status_code == 200:
                        yield answer.json()


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/city", City),
        ("/api/v1/systems", SystemPage),
        ("/api/v1/indicators", IndicatorPage),
        ("/api/v1/indicators?system=MOHURD-2023", IndicatorPage),
        ("/api/v1/indicators/park_coverage", Indicator),
        ("/api/v1/units?limit=1000", UnitPage),
        ("/api/v1/problems?limit=1000", ProblemPage),
        ("/api/v1/projects?limit=1000", ProjectPage),
        ("/api/v1/surveys", SurveyPage),
        ("/api/v1/releases", ReleasePage),
        ("/api/v1/audit", AuditPage),
    ],
)
def test_answers_have_the_documented_shape(published: Browser, path: str, shape: Any) -> None:
    answer = published.get(path)
    assert answer.status_code == 200
    found = shape.model_validate_json(answer.content)
    assert getattr(found, "total", 1) > 0
    assert not re.search(r"\bNaN\b|\bInfinity\b", answer.text)


def test_the_city_tells_what_is_published(published: Browser) -> None:
    city = published.json("/api/v1/city")
    assert city["synthetic"]
    assert city["publication"]["model"] == city["model"]
    assert city["publication"]["results"] == city["results"]
    assert city["year"] == city["years"][-1]["year"] == 2025
    assert city["years"][-1]["cutoff"] == "2024-12-31"
    assert city["years"][0]["year"] == 2021
    assert {item["level"] for item in city["levels"]} >= {"city", "district", "block", "building"}
    assert city["coverage"]["MOHURD-2022"]["2025"]["with_values"] > 50
    assert sum(city["problems"]["2025"].values()) > 10
    assert sum(city["projects"].values()) > 10
    assert any("虚构" in text or "Synthetic" in text for text in city["attribution"])


def test_every_content_of_every_tileset_is_there(published: Browser) -> None:
    for tileset in published.json("/api/v1/city")["tilesets"].values():
        answer = published.get(tileset["url"])
        assert answer.status_code == 200
        uris = re.findall(r'"uri":\s*"([^"]+)"', answer.text)
        assert uris
        for uri in uris:
            content = published.get(urljoin(tileset["url"], uri), method="HEAD")
            assert content.status_code == 200
            assert content.headers["content-type"] == "model/gltf-binary"


def test_parents_columns_have_one_element_a_building_row(published: Browser) -> None:
    city = published.json("/api/v1/city")
    rows = {item["level"]: item["rows"] for item in city["levels"]}
    for level, column in city["parents"].items():
        found = np.frombuffer(published.get(column["url"]).content, "<u4")
        assert len(found) == column["length"] == rows["building"]
        assert found[found != 0xFFFFFFFF].max(initial=0) < rows[level]


def test_overlays_count_every_unit_once_and_their_columns_agree(published: Browser) -> None:
    city = published.json("/api/v1/city")
    rows = {item["level"]: item["rows"] for item in city["levels"]}
    seen = 0
    for raw in overlays(published, step=7):
        seen += 1
        shown = Overlay.model_validate(raw)
        columns = {item.dtype: item for item in shown.columns}
        assert shown.model == city["model"]
        assert sum(shown.states.values()) == shown.coverage.total
        assert sum(item.count for item in shown.legend.classes) == shown.coverage.with_value
        for dtype, column in columns.items():
            answer = published.get(column.url)
            assert column.length == rows[shown.level]
            assert len(answer.content) == column.length * WIDTH[dtype]
            assert answer.headers["etag"] == f'"{column.digest[:32]}"'
        codes = np.frombuffer(published.get(columns["u8"].url).content, "u1")
        counts = np.bincount(codes, minlength=256)
        assert [item.count for item in shown.legend.classes] == [
            int(counts[item.index]) for item in shown.legend.classes
        ]
        assert (shown.parents is not None) == (shown.level in city["parents"])
    assert seen > 20


def test_a_colour_never_contradicts_its_value(published: Browser) -> None:
    for raw in overlays(published, step=29):
        query = {"system": raw["system"], "level": raw["level"], "year": raw["year"]}
        page = published.json(f"/api/v1/ranking/{raw['code']}", **query, limit=1000)
        RankingPage.model_validate(page)
        codes = np.frombuffer(published.get(raw["columns"][0]["url"]).content, "u1")
        values = []
        for item in page["items"]:
            code = int(codes[item["unit"]["row"]])
            if item["class"] is None:
                assert code >= FIRST_STATE, "no number, no class colour"
                continue
            shown = raw["legend"]["classes"][item["class"]]
            assert code == item["class"] == shown["index"]
            assert shown["from"] is None or item["value"] >= shown["from"]
            assert shown["to"] is None or item["value"] <= shown["to"]
            values.append(item["rank"])
        assert values == sorted(values, reverse=True), "worst first; units without a number last"
        states = [item["class"] is None for item in page["items"]]
        assert states == sorted(states)


@pytest.mark.parametrize("level", ["city", "district", "community", "block", "building", "area"])
def test_the_file_of_a_unit_leads_to_every_number_in_it(published: Browser, level: str) -> None:
    page = published.json("/api/v1/units", level=level, limit=400)
    for item in page["items"][:: max(1, len(page["items"]) // 3)]:
        raw = published.json(f"/api/v1/units/{encoded(item['id'])}", system="all")
        file = UnitFile.model_validate(raw)
        assert file.row == item["row"]
        for shown in file.indicators[::5]:
            if shown.address is None:
                assert shown.value is None
                continue
            value = published.json(f"/api/v1/values/{quote(shown.address)}")
            Value.model_validate(value)
            assert value["value"] == shown.value
            assert value["unit_ref"]["id"] == item["id"]
            assert value["address"] == shown.address


def test_a_value_names_the_file_and_the_cell_it_was_read_from(published: Browser) -> None:
    district = published.json("/api/v1/units", level="district")["items"][0]["id"]
    file = published.json(f"/api/v1/units/{encoded(district)}")
    measured = [item for item in file["indicators"] if item["state"] == "measured"]
    told = [published.json(f"/api/v1/values/{quote(item['address'])}") for item in measured[:20]]
    read = [item for item in told if item["place"]]
    assert read
    for value in read:
        assert "!" in value["place"]
        assert any(item["name"] in value["place"] for item in value["inputs"])
        assert all(re.fullmatch("[0-9a-f]{64}", item["sha256"]) for item in value["inputs"])
        assert sum(bool(item["adopted"]) for item in value["candidates"]) == 1


def test_a_year_changes_the_values_and_the_trend_holds_all_of_them(published: Browser) -> None:
    path = "/api/v1/units/" + encoded(
        published.json("/api/v1/units", level="city")["items"][0]["id"]
    )
    now, before = published.json(path, year=2025), published.json(path, year=2024)
    changed = 0
    old = {item["code"]: item for item in before["indicators"]}
    for item in now["indicators"]:
        points = {point["year"]: point["value"] for point in item["trend"]}
        if 2025 in points:
            assert points[2025] == item["value"]
        if 2024 in points:
            assert points[2024] == old[item["code"]]["value"]
            changed += points[2024] != points.get(2025)
    assert changed > 10


def test_problems_are_explained_and_lead_to_projects(published: Browser) -> None:
    page = published.json("/api/v1/problems", limit=1000)
    grades = [item["severity"] for item in page["items"]]
    assert grades == sorted(grades, key=["high", "medium", "low"].index)
    with_projects = [item for item in page["items"] if item["projects"]]
    assert with_projects
    for item in page["items"][:: max(1, len(page["items"]) // 12)]:
        again = published.json(f"/api/v1/problems/{quote(item['id'], safe='')}")
        assert Problem.model_validate(again).id == item["id"]
        told = published.json(f"/api/v1/problems/{quote(item['id'], safe='')}/explain")
        Explanation.model_validate(told)
        assert told["why"]["text"]["zh"]
        if item["origin"] == "rule":
            assert told["fires"] is True
            assert told["why"]["value"] == pytest.approx(item["value"])
            assert told["what_would_fix"]["text"]["en"]
    project = with_projects[0]["projects"][0]["id"]
    every = published.json("/api/v1/projects", limit=1000)["items"]
    mine = next(item for item in every if item["id"] == project)
    assert with_projects[0]["id"] in mine["problems"]


def test_problems_are_counted_whatever_the_page(published: Browser) -> None:
    whole = published.json("/api/v1/problems", limit=1000)
    assert whole["total"] == len(whole["items"])
    for name in ("severity", "rule", "state"):
        seen: dict[str, int] = {}
        for item in whole["items"]:
            seen[item[name]] = seen.get(item[name], 0) + 1
        told = {word: n for word, n in whole["counts"][name].items() if n}
        assert told == seen
    assert list(whole["counts"]["severity"]) == ["high", "medium", "low"]
    few = published.json("/api/v1/problems", limit=1)
    assert few["counts"] == whole["counts"]
    rule = next(iter(whole["counts"]["rule"]))
    some = published.json("/api/v1/problems", rule=rule, limit=1)
    assert some["counts"]["rule"] == {rule: whole["counts"]["rule"][rule]}
    assert sum(some["counts"]["severity"].values()) == some["total"]


def test_problems_are_filtered(published: Browser) -> None:
    def total(**query: object) -> int:
        return int(published.json("/api/v1/problems", **query)["total"])

    every = total()
    assert sum(total(severity=grade) for grade in ("high", "medium", "low")) == every
    first = published.json("/api/v1/problems")["items"][0]
    assert 0 < total(unit=first["unit"]["id"]) < every
    assert 0 < total(rule=first["rule"]) <= every
    assert total(state=first["state"]) <= every
    file = published.json(f"/api/v1/units/{encoded(first['unit']['id'])}")
    assert first["id"] in {item["id"] for item in file["problems"]}
    assert file["history"][-1]["problems"] == len(file["problems"])


def test_projects_know_when_they_are_overdue(published: Browser) -> None:
    items = published.json("/api/v1/projects", limit=1000)["items"]
    for item in items:
        if item["overdue"]:
            assert item["state"] not in {"completed", "verified", "cancelled"}
    department = items[0]["department"]["zh"]
    some = published.json("/api/v1/projects", department=department)["items"]
    assert 0 < len(some) < len(items)
    unit = items[0]["units"][0]["id"]
    assert items[0]["id"] in {
        item["id"] for item in published.json("/api/v1/projects", unit=unit)["items"]
    }


def test_surveys_are_aggregates_that_mark_small_samples(published: Browser) -> None:
    items = published.json("/api/v1/surveys", limit=1000)["items"]
    assert items
    for item in items:
        assert item["small_sample"] == (item["n"] is not None and item["n"] < 30)


def test_withheld_and_missing_have_no_number_and_no_colour(published: Browser) -> None:
    seen: set[str] = set()
    for raw in overlays(published, step=11):
        query = {"system": raw["system"], "level": raw["level"], "year": raw["year"]}
        page = published.json(f"/api/v1/ranking/{raw['code']}", **query, limit=1000)
        for item in page["items"]:
            seen.add(item["state"])
            if item["state"] in {"missing", "withheld", "not_applicable", "not_computable"}:
                assert item["value"] is None
                assert item["class"] is None
    assert seen >= {"measured", "missing"}


def test_raw_answers_of_people_are_never_served(published: Browser, demo: Demo) -> None:
    for file in (demo.city / "surveys").rglob("*.parquet"):
        relative = file.relative_to(demo.city).as_posix()
        assert published.get(f"/{relative}").status_code == 404
    assert published.get("/twin.db").status_code == 404
    assert published.get("/city.toml").status_code == 404


def test_releases_and_audit_tell_the_same_story(published: Browser) -> None:
    releases = published.json("/api/v1/releases")["items"]
    audit = published.json("/api/v1/audit", limit=1000)["items"]
    published_ids = {json.loads(e["payload"])["id"] for e in audit if e["action"] == "publish"}
    assert published_ids == {item["id"] for item in releases}
    assert {"init", "bridge", "load", "compute"} <= {entry["action"] for entry in audit}


def test_one_answer_paints_a_map_with_the_bytes_of_its_columns(
    published: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so small a city has no masses of its own
    monkeypatch.setattr("twin_server.answers.painting._massing_level", lambda _twin: "block")
    listed = published.json("/api/v1/indicators", limit=1000)["items"]
    levels = ("building", "block", "city")
    both = next(
        item for item in listed
        if all(2025 in item["columns"].get(level, []) for level in levels)
    )  # fmt: skip
    query = {"system": both["system"], "year": 2025}
    address = f"/api/v1/overlays/{both['code']}"
    painted = published.json(address, **query, level="building", paint=True)
    for level, told in (("building", painted), ("block", painted["masses"])):
        plain = published.json(address, **query, level=level)
        inside, linked = told["columns"][0], plain["columns"][0]
        codes = base64.b64decode(inside["url"].partition("base64,")[2])
        assert codes == published.get(linked["url"]).content
        assert len(codes) == inside["length"] == linked["length"]
        assert hashlib.sha256(codes).hexdigest() == inside["digest"]
        assert told["columns"][1:] == plain["columns"][1:]
        assert {name: told[name] for name in plain if name != "columns"} == {
            name: plain[name] for name in plain if name != "columns"
        }
    ranked = published.json(f"/api/v1/ranking/{both['code']}", **query, level="city")["items"]
    assert painted["city"] == ranked[0]
    assert published.json(address, **query, level="block", paint=True)["masses"] is None
