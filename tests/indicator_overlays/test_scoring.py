"""Scores: their formulas, their edges, and what they must never do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_bridge.folder import CityFolder
from indicator_overlays.indicator import Indicator, Standard
from indicator_overlays.scoring.scale import Scale, load_scales
from indicator_overlays.scoring.score import (
    against_history,
    against_peers,
    against_standard,
    score,
    unit_score,
)
from indicator_overlays.system import load_systems

SYSTEM = load_systems()["MOHURD-2022"]
DEFAULT = load_scales()[0]["default"]


def standard(
    op: str, value: float | None, low: float | None = None, high: float | None = None
) -> Standard:
    return Standard(op, value, low, high, reference=False)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_higher_is_better_scores_by_the_share_of_the_standard_reached() -> None:
    found = against_standard(numbers(0, 40, 80, 120, np.nan), standard(">=", 80))
    assert found[:4].tolist() == [0, 50, 100, 100]
    assert np.isnan(found[4])


def test_lower_is_better_scores_by_how_often_the_standard_is_overrun() -> None:
    found = against_standard(numbers(0, 10, 20, 100), standard("<=", 10))
    assert found.tolist() == [100, 100, 50, 10]


def test_a_standard_of_zero_takes_a_share_off_and_a_count_whole() -> None:
    share = against_standard(numbers(0, 3, 100), standard("<=", 0), share=True)
    assert share.tolist() == [100, 97, 0]
    assert against_standard(numbers(0, 3), standard("<=", 0)).tolist() == [100, 0]


def test_a_range_is_full_inside_and_falls_outside() -> None:
    found = against_standard(numbers(60, 80, 100, 120, 180), standard("range", None, 80, 120))
    assert found == pytest.approx([100 * (1 - 20 / 120), 100, 100, 100, 50])


def test_peers_are_ranked_between_best_and_worst() -> None:
    assert against_peers(numbers(1, 2, 3), "higher").tolist() == [0, 50, 100]
    assert against_peers(numbers(1, 2, 3), "lower").tolist() == [100, 50, 0]
    assert against_peers(numbers(4, 4), "lower").tolist() == [100, 100]
    assert np.isnan(against_peers(numbers(1, 2), "range")).all()


def test_history_takes_off_what_was_lost() -> None:
    found = against_history(numbers(90, 110, 5, 5), numbers(100, 100, 5, np.nan), "higher")
    assert found[:3].tolist() == [90, 100, 100]
    assert np.isnan(found[3])


def indicators() -> list[Indicator]:
    return [item for item in SYSTEM.indicators.values() if item.standard is not None][:12]


def test_a_unit_is_the_mean_of_its_categories_and_says_what_it_covers() -> None:
    chosen = [i for i in indicators() if i.category.code == indicators()[0].category.code][:4]
    found = unit_score(chosen, numbers(100, 50, np.nan, np.nan), np.full(4, np.nan), DEFAULT)
    assert found.score == 75
    assert found.coverage == 0.5
    assert found.grade is None, "half is too little for a grade"


def test_weights_count_and_zero_leaves_out() -> None:
    chosen = indicators()[:2]
    assert chosen[0].category == chosen[1].category
    heavy = Scale("x", "1", DEFAULT.label, "standard", DEFAULT.grades, weights={chosen[0].code: 3})
    assert unit_score(chosen, numbers(100, 0), np.full(2, np.nan), heavy).score == 75
    none = Scale("x", "1", DEFAULT.label, "standard", DEFAULT.grades, weights={chosen[1].code: 0})
    found = unit_score(chosen, numbers(100, 0), np.full(2, np.nan), none)
    assert (found.score, found.coverage) == (100, 1.0)


def test_a_failing_bottom_line_is_poor_whatever_the_score() -> None:
    item = next(i for i in indicators() if i.indicator_type == "bottom_line")
    official = Indicator(
        **{f: getattr(item, f) for f in item.__slots__} | {"standard": standard(">=", 80)}
    )
    good = [official, *[i for i in indicators() if i.code != item.code]]
    scores = np.full(len(good), 99.0)
    values = np.full(len(good), np.nan)
    assert unit_score(good, scores, values, DEFAULT).grade.code == "good"  # type: ignore[union-attr]
    values[0] = 70.0
    found = unit_score(good, scores, values, DEFAULT)
    assert found.failing == (item.code,)
    assert found.grade is not None
    assert found.grade.code == "poor"


def test_a_reference_standard_is_no_bottom_line() -> None:
    item = next(
        i
        for i in indicators()
        if i.indicator_type == "bottom_line" and i.standard.reference  # type: ignore[union-attr]
    )
    found = unit_score([item], numbers(99), numbers(-1e9), DEFAULT)
    assert found.failing == ()


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=12),
    st.integers(1, 12),
)
def test_adding_a_missing_value_never_raises_a_score(given_scores: list[float], more: int) -> None:
    known = indicators()[: len(given_scores)]
    scores = numbers(*given_scores)
    one = unit_score(known, scores, np.full(len(known), np.nan), DEFAULT)
    wide = indicators()[: len(given_scores) + more]
    padded = np.concatenate([scores, np.full(len(wide) - len(scores), np.nan)])
    two = unit_score(wide, padded, np.full(len(wide), np.nan), DEFAULT)
    assert two.score == pytest.approx(one.score)
    assert two.coverage <= one.coverage + 1e-12


@given(st.permutations(range(12)))
def test_the_order_of_indicators_does_not_matter(order: list[int]) -> None:
    rng = np.random.default_rng(2)
    scores, chosen = rng.uniform(0, 100, 12), indicators()
    one = unit_score(chosen, scores, np.full(12, np.nan), DEFAULT)
    other = unit_score([chosen[i] for i in order], scores[order], np.full(12, np.nan), DEFAULT)
    assert other.score == pytest.approx(one.score)
    assert {c.category: c.coverage for c in other.categories} == pytest.approx(
        {c.category: c.coverage for c in one.categories}
    )


@given(st.floats(0.01, 1e6), st.floats(-1e6, 1e6))
def test_a_score_stays_between_0_and_100(limit: float, value: float) -> None:
    for op in (">=", "<="):
        found = against_standard(numbers(value), standard(op, limit))
        assert 0 <= found[0] <= 100


def test_targets_of_the_plan_can_be_the_benchmark() -> None:
    item = SYSTEM.indicators["park_coverage"]
    scale = Scale("t", "1", DEFAULT.label, "target", DEFAULT.grades, targets={"park_coverage": 50})
    assert score(item, numbers(25, 50), scale).tolist() == [50, 100]
    assert np.isnan(score(SYSTEM.indicators["road_density"], numbers(1), scale)).all()


def test_a_city_replaces_the_scale_and_a_broken_one_is_an_issue(tmp_path: Path) -> None:
    folder = CityFolder.init(tmp_path / "c", name="城", name_en="C", crs="EPSG:4549")
    own = load_scales()[0]["default"]
    file = folder.path / "scales/own.toml"
    file.parent.mkdir()
    text = (Path(__file__).parents[2] / "indicator_overlays/scoring/default.toml").read_text(
        "utf-8"
    )
    file.write_text(text.replace('benchmark = "standard"', 'benchmark = "peers"'), "utf-8")
    assert load_scales(folder)[0]["default"].benchmark == "peers"
    file.write_text(text.replace('benchmark = "standard"', 'benchmark = "stars"'), "utf-8")
    scales, log = load_scales(folder)
    assert [issue.code for issue in log] == ["SCALE_INVALID"]
    assert "stars" in str(log.to_json())
    assert scales["default"] == own
