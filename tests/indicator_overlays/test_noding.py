"""Streets cut at their meetings: the very parts that a union on the grid gives."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from indicator_overlays.noding import cut_at_meetings
from indicator_overlays.overlap import Shapes

GRID = 0.01


def cells(parts: Shapes) -> list[bytes]:
    """Parts in whole cells of the grid, so that the last bit of a coordinate does not matter."""
    whole = shapely.transform(parts, lambda at: np.rint(at / GRID))
    return sorted(shapely.to_wkb(shapely.normalize(whole[shapely.length(whole) > 0])).tolist())


def united(lines: Shapes) -> Shapes:
    parts: Shapes = shapely.get_parts(shapely.union_all(lines, grid_size=GRID))
    return parts


def tangle(seed: int) -> Shapes:
    """Crooked lines in a square of a few to many cells; some twice, one there and back."""
    rng = np.random.default_rng(seed)
    side = (0.3, 1.0, 3.0, 100.0)[seed % 4]
    lines = [
        shapely.linestrings(np.round(rng.uniform(0, side, (rng.integers(2, 6), 2)), digits))
        for digits in rng.integers(1, 4, rng.integers(2, 40))
    ]
    lines += [lines[0], shapely.reverse(lines[1]), shapely.MultiLineString(lines[:2])]
    there = shapely.get_coordinates(lines[0])
    return np.array([*lines, shapely.linestrings(np.concatenate((there, there[::-1])))], object)


@pytest.mark.parametrize("start", [0, 132])
def test_a_tangle_is_cut_as_a_union_cuts_it(start: int) -> None:
    for seed in range(start, start + 12):
        lines = tangle(seed)
        assert cells(cut_at_meetings(lines, GRID)) == cells(united(lines)), seed


def test_a_town_with_bridges_across_its_grid_is_cut_as_a_union_cuts_it() -> None:
    rng = np.random.default_rng(4)
    at = np.stack(np.meshgrid(np.arange(40.0), np.arange(40.0), indexing="ij"), -1) * 100
    at += np.round(rng.uniform(-30, 30, at.shape), 2)
    start = rng.uniform(0, 4000, (60, 2))
    across = np.stack((start, start + rng.uniform(-150, 150, start.shape)), axis=1)
    rows = [*at, *at.transpose(1, 0, 2), *across]
    lines = np.array([shapely.linestrings(row) for row in rows], object)
    found = cut_at_meetings(lines, GRID)
    assert len(found) > 2 * 39 * 40
    assert cells(found) == cells(united(lines))


def test_nothing_and_points_of_no_length_give_no_street() -> None:
    dot = shapely.linestrings([(0, 0), (0.001, 0)])
    for lines in ([], [None], [dot], [shapely.LineString()]):
        assert len(cut_at_meetings(np.array(lines, object), GRID)) == 0
