"""Natural breaks: the true optimum, at readable numbers, only where values are skewed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from indicator_overlays.breaks import make_breaks, roundest
from indicator_overlays.indicator import Standard
from indicator_overlays.natural import is_skewed, natural_gaps


def cost(groups: list[np.ndarray]) -> float:
    return sum(float(((group - group.mean()) ** 2).sum()) for group in groups)


@pytest.mark.parametrize("seed", range(12))
def test_no_other_way_to_part_the_values_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.sort(np.round(rng.lognormal(1.0, 1.0, 14), 1))
    distinct = np.unique(values)
    gaps = natural_gaps(values, 4)
    made = np.split(values, np.searchsorted(values, [above for _, above in gaps]))
    ways = combinations(distinct[1:].tolist(), 3)
    best = min(cost(np.split(values, np.searchsorted(values, way))) for way in ways)
    assert cost(made) == pytest.approx(best)


def test_a_break_lies_between_the_values_it_parts_and_is_round() -> None:
    assert roundest(12.3, 48.9) == 40.0
    assert roundest(0.0, 1.0) == 1.0
    assert roundest(99.0, 100.0) == 100.0
    assert roundest(1.2341, 1.2359) == 1.235
    rng = np.random.default_rng(3)
    for below, above in np.sort(rng.lognormal(0, 3, (200, 2)), axis=1).tolist():
        assert below < roundest(below, above) <= above


def test_a_few_large_values_get_their_own_class() -> None:
    values = np.concatenate([np.linspace(0, 3, 400), [40.0, 44.0, 90.0]])
    assert is_skewed(values)
    breaks = make_breaks(values, None)
    assert breaks.method == "natural"
    assert breaks.classify(np.array([90.0]))[0] > breaks.classify(np.array([42.0]))[0]
    assert breaks.classify(np.array([42.0]))[0] > breaks.classify(np.array([3.0]))[0]


def test_even_values_are_parted_into_equal_numbers() -> None:
    values = np.linspace(0, 100, 501)
    breaks = make_breaks(values, None)
    assert breaks.method == "quantile"
    assert breaks.inner == (20.0, 40.0, 60.0, 80.0)


def test_the_standard_stays_a_break_beside_natural_ones() -> None:
    values = np.concatenate([np.linspace(0, 1, 300), np.linspace(20, 30, 8)])
    breaks = make_breaks(values, Standard("<=", 0.5, None, None))
    assert 0.5 in breaks.inner
    assert breaks.method == "standard+natural"


def test_many_values_are_grouped_without_losing_the_tail() -> None:
    rng = np.random.default_rng(5)
    values = np.append(rng.lognormal(0, 1, 100_000), [400.0, 420.0])
    gaps = natural_gaps(values, 5)
    assert len(gaps) == 4
    assert gaps[-1][1] == 400.0
