"""Maps made for one question: classes as asked, differences, pairs, scores, peers."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from indicator_overlays.classes import chosen_breaks, given_breaks
from tests.twin_server.asking import Browser

MISSING, HALF, NOT_APPLICABLE = 250, 251, 252


def column(answer: Any, dtype: str) -> Any:
    found = next(item for item in answer["columns"] if item["dtype"] == dtype)
    body = base64.b64decode(found["url"].split(",", 1)[1])
    kinds: dict[str, Any] = {"u8": np.uint8, "f32": "<f4"}
    return np.frombuffer(body, kinds[dtype])


def values(city: Browser, code: str, year: int, level: str = "block") -> dict[int, float]:
    page = city.json(f"/api/v1/ranking/{code}", year=year, level=level, limit=1000)
    return {
        item["unit"]["row"]: item["value"]
        for item in page["items"]
        if item["value"] is not None and item["state"] != "stale"
    }


def made(city: Browser, code: str, **query: object) -> Any:
    return city.json(f"/api/v1/maps/{code}", level="block", **{"year": 2025, **query})


def test_classes_hold_the_exact_values_that_their_bounds_say(published: Browser) -> None:
    known = values(published, "road_density", 2025)
    for query in ({"method": "quantiles", "k": 4}, {"method": "natural", "k": 6},
                  {"method": "equal", "k": 5}, {"breaks": "6,8,10.5"}):  # fmt: skip
        answer = made(published, "road_density", **query)
        codes = column(answer, "u8")
        classes = answer["legend"]["classes"]
        for row, value in known.items():
            item = classes[codes[row]]
            low, high = item["from"], item["to"]
            assert low is None or value > low or (value == low and item["from_closed"])
            assert high is None or value < high or (value == high and item["to_closed"])
        assert sum(item["count"] for item in classes) == len(known)
    counts = [item["count"] for item in made(published, "road_density", k=4)["legend"]["classes"]]
    assert max(counts) - min(counts) <= 2


def test_a_class_that_crosses_the_standard_is_not_judged(published: Browser) -> None:
    crossing = made(published, "road_density", breaks="9")["legend"]["classes"]
    apart = made(published, "road_density", breaks="6,8,12")["legend"]["classes"]
    assert [item["meets"] for item in crossing] == [None, None]
    assert [item["meets"] for item in apart] == [False, False, True, True]


def test_natural_breaks_are_the_optimum_that_mapclassify_finds() -> None:
    import mapclassify

    data = np.random.default_rng(5).gamma(2.0, 3.0, 300)
    ours = chosen_breaks(data, "natural", 5)
    theirs = mapclassify.FisherJenks(data, k=5)
    assert np.bincount(ours.classify(data)).tolist() == theirs.counts.tolist()


def test_a_difference_tells_missing_on_one_side_from_missing_on_both(published: Browser) -> None:
    answer = made(published, "park_coverage", show="difference", versus_year=2023)
    now, then = (values(published, "park_coverage", year) for year in (2025, 2023))
    codes, exact = column(answer, "u8"), column(answer, "f32")
    classes = answer["legend"]["classes"]
    for row in range(len(codes)):
        if row in now and row in then:
            change = now[row] - then[row]
            assert exact[row] == pytest.approx(change, abs=1e-4)
            label = classes[codes[row]]
            assert (change == 0) == (label["from"] == label["to"] == 0)
        elif row in now or row in then:
            assert codes[row] == HALF
        else:
            assert codes[row] in (MISSING, NOT_APPLICABLE)  # never "no change"
    told = answer["versus"]
    assert told["both"] == len(now.keys() & then.keys())
    assert told["rose"] + told["fell"] + told["same"] == told["both"]


def test_two_indicators_of_different_units_are_compared_by_their_places(published: Browser) -> None:
    answer = made(published, "road_density", show="difference", versus="park_coverage")
    assert answer["versus"]["method"] == "places"
    exact = column(answer, "f32")
    known = exact[np.isfinite(exact)]
    assert len(known) == answer["versus"]["both"] > 0
    assert np.abs(known).max() <= 100


def test_a_pair_is_dark_where_figure_and_feeling_are_both_poor(published: Browser) -> None:
    answer = made(published, "road_density", show="pair")
    figure, felt = (axis["breaks"] for axis in answer["axes"])
    codes = column(answer, "u8")
    known = values(published, "road_density", 2025)
    for row, value in known.items():
        if codes[row] < 9:
            assert codes[row] % 3 == 2 - int(np.searchsorted(figure, value, side="right"))
    assert len(felt) == 2
    assert sum(item["count"] for item in answer["legend"]["classes"]) == int((codes < 9).sum())


def test_scores_as_a_map_are_the_scores_of_the_list(published: Browser) -> None:
    answer = made(published, "road_density", show="score")
    listed = published.json("/api/v1/scores", level="block", year=2025, limit=1000)["items"]
    exact, codes = column(answer, "f32"), column(answer, "u8")
    for item in listed:
        row, score = item["unit"]["row"], item["score"]
        assert (codes[row] == MISSING) if score is None else exact[row] == pytest.approx(score)


def test_disagreeing_sources_are_the_conflicts_of_the_list(published: Browser) -> None:
    conflicts = published.json("/api/v1/conflicts", year=2025, limit=1000)["items"]
    level = conflicts[0]["unit"]["level"]
    code, system = conflicts[0]["indicator"], conflicts[0]["system"]
    answer = published.json(
        f"/api/v1/maps/{code}/disagreement", level=level, system=system, year=2025
    )
    flags = np.frombuffer(base64.b64decode(answer["column"]["url"].split(",", 1)[1]), np.uint8)
    rows = {
        item["unit"]["row"]
        for item in conflicts
        if (item["indicator"], item["system"], item["unit"]["level"]) == (code, system, level)
    }
    assert set(np.flatnonzero(flags).tolist()) == rows
    assert answer["total"] == len(rows)


def test_peers_are_the_units_of_the_same_parent_in_order(published: Browser) -> None:
    block = published.json("/api/v1/units", level="block", limit=1)["items"][0]
    answer = published.json(f"/api/v1/peers/{block['id']}", code="road_density", year=2025)
    siblings = published.json("/api/v1/units", level="block", parent=block["parent"], limit=1000)
    assert {item["unit"]["id"] for item in answer["items"]} == {
        item["id"] for item in siblings["items"]
    }
    numbers = [item["value"] for item in answer["items"] if item["value"] is not None]
    assert numbers == sorted(numbers, reverse=True)
    own = next(item for item in answer["items"] if item["unit"]["id"] == block["id"])
    assert answer["place"] == own["place"]


@pytest.mark.parametrize("query", [
    {"method": "magic"}, {"k": 40}, {"breaks": "3,2"}, {"breaks": "a"}, {"show": "difference"},
])  # fmt: skip
def test_classes_that_cannot_be_made_are_refused(
    published: Browser, query: dict[str, object]
) -> None:
    text = "&".join(f"{key}={value}" for key, value in query.items())
    assert published.get(f"/api/v1/maps/road_density?level=block&{text}").status_code == 400


def test_quantiles_part_values_of_which_most_are_the_largest() -> None:
    data = np.array([100.0] * 90 + [10, 40, 60, 80, 95, 97, 98, 99, 99.5, 99.9])
    made = chosen_breaks(data, "quantiles", 5)
    assert len(made) == 5
    assert np.bincount(made.classify(data)).min() > 0


def test_breaks_own_their_lower_end() -> None:
    assert given_breaks("1,2").classify(np.array([0.5, 1.0, 2.0])).tolist() == [0, 1, 2]
