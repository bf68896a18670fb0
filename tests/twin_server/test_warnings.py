"""The first ten seconds: /api/v1/warnings agrees with every other answer of the server."""

from __future__ import annotations

import pytest

from tests.twin_server.asking import Browser

WORDS = ("red", "yellow", "normal", "no_standard", "not_assessed")


def test_the_five_levels_add_up_to_every_indicator(published: Browser) -> None:
    answer = published.get("/api/v1/warnings").json()
    indicators = published.get("/api/v1/indicators?limit=1000").json()
    assert sum(answer["counts"].values()) == len(answer["indicators"]) == indicators["total"]
    for category in answer["categories"]:
        mine = [x for x in answer["indicators"] if x["category"]["code"] == category["code"]]
        assert category["total"] == len(mine) > 0
        for word in WORDS:
            assert category["counts"][word] == sum(x["warning"] == word for x in mine)
    assert answer["counts"]["red"] > 0
    assert answer["counts"]["normal"] > 0


def test_a_line_says_what_the_ranking_and_the_units_file_say(published: Browser) -> None:
    answer = published.get("/api/v1/warnings?year=2025").json()
    city = published.get("/api/v1/units?level=city").json()["items"][0]["id"]
    told = published.get(f"/api/v1/units/{city}?year=2025").json()["indicators"]
    file = {item["code"]: item for item in told if item["system"] == answer["system"]}
    for line in answer["indicators"]:
        if line["value"] is not None:
            assert line["value"] == file[line["code"]]["value"]
        if line["worst"]:
            query = f"system={answer['system']}&year=2025&level={answer['level']}&order=worst"
            first = published.get(f"/api/v1/ranking/{line['code']}?{query}&limit=1").json()["items"]
            assert line["worst"]["value"] == first[0]["value"]
    assert any(line["before"] is not None for line in answer["indicators"])


def test_the_problems_of_the_parts_are_those_of_the_list(published: Browser) -> None:
    answer = published.get("/api/v1/warnings?year=2025").json()
    problems = published.get("/api/v1/problems?year=2025&limit=1000").json()["items"]
    for part in answer["parts"]:
        name = part["unit"]["id"]
        inside = {
            item["id"]
            for level in ("subdistrict", "community", "block", "compound", "building", "object")
            for item in all_units(published, level, name)
        } | {name}
        for severity in ("high", "medium", "low"):
            mine = [p for p in problems if p["severity"] == severity and p["unit"]["id"] in inside]
            assert part["problems"][severity] == len(mine)
    order = [(-p["counts"]["red"], -p["counts"]["yellow"]) for p in answer["parts"]]
    assert order == sorted(order)


def all_units(browser: Browser, level: str, parent: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    url: str | None = f"/api/v1/units?level={level}&parent={parent}&limit=1000"
    while url:
        page = browser.get(url).json()
        found.extend(page["items"])
        url = page["next"]
    return found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("level=planet", "NO_PARTS"),
        ("system=none", "UNKNOWN_SYSTEM"),
        ("year=1999", "UNKNOWN_YEAR"),
        ("scale=none", "UNKNOWN_SCALE"),
    ],
)
def test_what_is_not_there_is_said(published: Browser, query: str, code: str) -> None:
    answer = published.get(f"/api/v1/warnings?{query}")
    assert answer.status_code == 404
    assert answer.json()["code"] == code


def test_a_city_without_results_says_so(small: Browser) -> None:
    assert small.get("/api/v1/warnings").json()["code"] == "NO_RESULTS"
