"""What a public file keeps back: no sum or difference of what it tells speaks of a small group."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenes.offline.told_units import told_units

K = 10
Families = dict[str, NDArray[np.int64]]


def city(*blocks: tuple[int, int]) -> Families:
    """One city; blocks: (community, buildings) each; community -1: buildings in no community."""
    community = np.concatenate([np.full(n, c) for c, n in blocks]).astype(np.int64)
    block = np.concatenate([np.full(n, b) for b, (_, n) in enumerate(blocks)]).astype(np.int64)
    return {"city": np.zeros(len(block), np.int64), "community": community, "block": block}


def told(families: Families, people: NDArray[np.float64] | None = None) -> dict[str, list[bool]]:
    lives = np.zeros(len(families["city"])) if people is None else people
    return {level: rows.tolist() for level, rows in told_units(families, lives, K).items()}


def derived(families: Families, shown: dict[str, NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Every group of buildings that linear sums of told totals single out, found by elimination.

    An attack without our own code: the told units as rows of 0 and 1, brought to reduced form;
    the rows that are left are the finest sums there are.
    """
    rows = [families[level] == row for level, flags in shown.items()
            for row in np.flatnonzero(flags)]  # fmt: skip
    found = [row.copy() for row in sorted(rows, key=lambda row: row.sum())]
    for small in found:
        for large in found:
            if large is not small and small.any() and (large & small).sum() == small.sum():
                large &= ~small
    return found


def test_one_small_unit_takes_a_second_with_it() -> None:
    shown = told(city((0, 3), (0, 40), (0, 12)))
    assert shown["block"] == [False, True, False]
    assert shown["community"] == [True]


def test_two_small_units_whose_sum_is_small_take_a_third_with_them() -> None:
    shown = told(city((0, 3), (0, 2), (0, 40), (0, 30)))
    assert shown["block"] == [False, False, True, False], "3 + 2 would be the rest of the community"


def test_buildings_in_no_unit_are_a_rest_too() -> None:
    shown = told(city((-1, 4), (0, 40), (1, 30)))
    assert shown["community"] == [True, False]
    assert shown["block"] == [False, True, False]


def test_a_small_block_is_not_told_across_two_levels() -> None:
    """The community with the small block is told of by nobody, its other block and the city are."""
    families = city((0, 3), (0, 40), (1, 6), (2, 50))
    shown = told_units(families, np.zeros(99), K)
    for group in derived(families, shown):
        assert group.sum() == 0 or group.sum() >= K


def test_few_people_are_a_small_group_however_many_the_buildings() -> None:
    families = city((0, 40), (0, 30), (0, 20))
    people = np.ones(90)
    people[:40] = 0
    people[:4] = 1
    shown = told(families, people)
    assert shown["block"][0] is False, "4 people live in 40 buildings"
    assert shown["block"].count(False) == 2
    assert shown["community"] == [True]


def test_what_is_large_throughout_is_told_throughout() -> None:
    shown = told(city((0, 10), (0, 40), (1, 30)))
    assert all(all(rows) for rows in shown.values())


@pytest.mark.parametrize("seed", range(12))
def test_no_difference_in_random_cities_tells_of_few(seed: int) -> None:
    random = np.random.default_rng(seed)
    blocks = [(int(random.integers(-1, 6)), int(random.integers(1, 30))) for _ in range(25)]
    families = city(*blocks)
    lives = random.integers(0, 4, len(families["city"])) * random.integers(0, 2, 1)
    shown = told_units(families, lives.astype(float), K)
    looked = 0
    for group in derived(families, shown):
        looked += bool(group.any())
        assert group.sum() == 0 or group.sum() >= K
        assert lives[group].sum() == 0 or lives[group].sum() >= K
    assert looked > 2
