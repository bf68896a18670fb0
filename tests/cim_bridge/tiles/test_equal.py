"""Equal rows are found as a plain dictionary would find them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cim_bridge.tiles.equal import first_equal, numbered

SMALL = st.integers(0, 6)
LARGE = st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(SMALL | LARGE, SMALL), max_size=300))
def test_the_first_equal_row_stands_for_all(rows):
    one = np.array([a for a, _ in rows], np.uint64)
    two = np.array([b for _, b in rows], np.uint64)
    first: dict[tuple[int, int], int] = {}
    truth = [first.setdefault(row, place) for place, row in enumerate(rows)]
    assert first_equal(one, two).tolist() == truth
    places, number = numbered(first_equal(one, two))
    assert [rows[p] for p in places] == list(first)
    assert [rows[places[n]] for n in number] == rows


def test_many_rows_that_share_a_hash_slot_are_told_apart():
    values = np.repeat(np.arange(50_000, dtype=np.uint64) << np.uint64(40), 3)
    _, number = numbered(first_equal(values))
    assert number.tolist() == np.repeat(np.arange(50_000), 3).tolist()
