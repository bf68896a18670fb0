"""Packed strings and ragged ranges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cim_bridge.tiles.strings import Strings, ragged


def _unpack(strings: Strings) -> list[str]:
    blob = strings.blob.tobytes()
    ends = strings.offsets.tolist()
    return [blob[a:b].decode() for a, b in pairwise(ends)]


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_strings_come_back_as_they_went_in(values):
    assert _unpack(Strings.of(values)) == values


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1))
def test_taking_gathers_in_the_order_asked_for(values):
    clean = [value.replace("\0", "") for value in values]
    index = np.arange(len(values))[::-1]
    assert _unpack(Strings.of(values).take(index)) == clean[::-1]


def test_ragged_ranges_are_put_one_after_the_other():
    found = ragged(np.array([10, 3, 7]), np.array([2, 0, 3]))
    assert found.tolist() == [10, 11, 7, 8, 9]
