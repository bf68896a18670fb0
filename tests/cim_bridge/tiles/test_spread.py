"""Heights between and beyond scattered ones."""

from __future__ import annotations

import numpy as np
import pytest

from cim_bridge.tiles.relief import Relief
from cim_bridge.tiles.spread import scattered, spread


def test_weights_of_a_point_go_to_the_corners_around_it() -> None:
    total, weight = scattered(np.array([[1.25, 0.5]]), np.array([8.0]), (3, 4))
    assert weight.sum() == pytest.approx(1.0)
    assert weight[:2, 1:3] == pytest.approx(np.array([[0.375, 0.125], [0.375, 0.125]]))
    assert total == pytest.approx(weight * 8.0)


def test_a_level_plain_stays_level_everywhere() -> None:
    rng = np.random.default_rng(1)
    place = rng.uniform([3, 3], [9, 7], (40, 2))
    found = spread(*scattered(place, np.full(40, 12.5), (17, 33)))
    assert found == pytest.approx(np.full((17, 33), 12.5))


def test_unknown_places_lie_between_the_known_ones() -> None:
    known = np.zeros((8, 8))
    known[0, 0], known[7, 7] = 1.0, 1.0
    found = spread(known * np.linspace(0, 70, 64).reshape(8, 8), known)
    assert found[0, 0] == 0.0
    assert found[7, 7] == pytest.approx(70.0)
    assert ((found >= 0.0) & (found <= 70.0)).all()
    assert found[2, 2] < found[5, 5]


def test_nothing_known_is_level_zero() -> None:
    assert spread(np.zeros((3, 5)), np.zeros((3, 5))).tolist() == np.zeros((3, 5)).tolist()


def test_ground_from_building_bases_follows_a_slope() -> None:
    rng = np.random.default_rng(2)
    low, high = np.zeros(2), np.full(2, 3000.0)
    flat = rng.uniform(low, high, (20_000, 2))
    relief = Relief.of(np.column_stack([flat, 5.0 + flat[:, 0] / 50.0]), low, high)
    inside = flat[((flat > 100) & (flat < 2900)).all(axis=1)]
    gap = relief.height(inside) - 5.0 - inside[:, 0] / 50.0
    assert np.abs(gap).max() < relief.cell / 50.0
    assert np.abs(gap).mean() < 0.1
