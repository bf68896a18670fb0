"""Sums of buildings for all levels at once: exact, also where levels cross each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from indicator_overlays.nesting import Nesting

SIZES = {"city": 1, "district": 3, "community": 7, "block": 40}


def _rows(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Blocks make up districts; communities run across blocks; some buildings lie in none."""
    block = rng.integers(-1, SIZES["block"], count)
    return {
        "city": np.zeros(count, np.int64),
        "district": np.where(block < 0, -1, block % 3),
        "community": rng.integers(-1, SIZES["community"], count),
        "block": block,
    }


@pytest.mark.parametrize("seed", range(5))
def test_sums_are_those_of_each_level_on_its_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, amounts = _rows(rng, 3000), rng.integers(-50, 50, 3000).astype(float)
    nesting = Nesting(rows, SIZES, 3000)
    sums = nesting.sums(amounts)
    for level, row in rows.items():
        inside = row >= 0
        told = pd.Series(amounts[inside]).groupby(row[inside]).sum()
        expected = told.reindex(range(SIZES[level]), fill_value=0.0).to_numpy()
        assert nesting.units(level, sums).tolist() == expected.tolist()


def test_what_is_not_known_stays_in_its_own_units() -> None:
    rows = {"block": np.array([0, 0, 1, 1, -1]), "community": np.array([0, 1, 1, 1, 0])}
    nesting = Nesting(rows, {"block": 3, "community": 2}, 5)
    sums = nesting.sums(np.array([1.0, 2.0, np.nan, 4.0, 8.0]))
    block, community = nesting.units("block", sums), nesting.units("community", sums)
    assert block[[0, 2]].tolist() == [3.0, 0.0]
    assert np.isnan(block[1])
    assert community[0] == 9.0
    assert np.isnan(community[1])


def test_a_city_without_buildings_sums_to_nothing() -> None:
    none = np.zeros(0, np.int64)
    nesting = Nesting({"block": none}, {"block": 2}, 0)
    assert nesting.units("block", nesting.sums(np.zeros(0))).tolist() == [0.0, 0.0]
    assert nesting.units("plot", nesting.sums(np.zeros(0))).tolist() == []


def test_many_levels_of_many_units_still_tell_their_parts_apart() -> None:
    rng = np.random.default_rng(1)
    sizes = {f"level {number}": 10**6 for number in range(6)}
    rows = {level: rng.integers(0, 10**6, 500) for level in sizes}
    nesting = Nesting(rows, sizes, 500)
    sums = nesting.sums(np.ones(500))
    for level, row in rows.items():
        assert (nesting.units(level, sums) == np.bincount(row, minlength=10**6)).all()
