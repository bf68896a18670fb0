"""Finding equal rows without sorting: a hash table written and read back by whole arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0xD1B54A32D192ED03)


def first_equal(*words: U64) -> I64:
    """For every place the first place at which all words (n,) are the same.

    Equal rows fall into one slot, and the last one written there, the first in order, stands for
    them; rows that met a stranger in their slot try again with another hash.
    """
    count = len(words[0])
    found = np.arange(count)
    bits = max(int(np.ceil(np.log2(max(count, 1) * 4))), 8)
    mixed = words[0] * _MIX
    for word in words[1:]:
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ word) * _MIX
    table = np.zeros(1 << bits, np.int64)
    pending, asked = found, words
    while len(pending):
        slot = (mixed >> np.uint64(64 - bits)).astype(np.int64)
        table[slot[::-1]] = pending[::-1]
        there = table.take(slot)
        other = words[0].take(there) != asked[0]
        for word, own in zip(words[1:], asked[1:], strict=True):
            other |= word.take(there) != own
        left = np.flatnonzero(other)
        if len(pending) == count:
            found = np.where(other, found, there) if len(left) else there
        else:
            same = ~other
            found[pending[same]] = there[same]
        pending, mixed = pending[left], mixed[left]
        asked = tuple(word[pending] for word in words)
        mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX + _STEP
    return found


def numbered(first: I64) -> tuple[I64, I64]:
    """From `first_equal`: places of the distinct rows in order, and each row's number there."""
    distinct = first == np.arange(len(first))
    number = np.cumsum(distinct) - 1
    return np.flatnonzero(distinct), number.take(first)
