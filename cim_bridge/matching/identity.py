"""What a row said, as one short reference: the same words give the same one for ever."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.keys import Keys
from cim_bridge.matching.texts import NONE, Texts, pa, pc

U64 = npt.NDArray[np.uint64]
_PRIME = np.uint64(0x100000001B3)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def identities(keys: Keys, level: str) -> U64:
    """(N,) hash of level, id, label, address, parents and point of each row, as given."""
    parts = [trimmed(part) for part in (keys.id, keys.label, keys.address, *keys.parents)]
    mark = pa.scalar("\x1f", pa.large_string())
    told = pc.binary_join_element_wise(
        pa.scalar(level, pa.large_string()), *parts, points(keys), mark
    )
    return _hashed(told)


def points(keys: Keys) -> Texts:
    """Points as texts in centimetres of the model CRS, "" for none."""
    known = np.isfinite(keys.x) & np.isfinite(keys.y)
    if not known.any():
        return pa.repeat(NONE, len(keys))
    words = [
        pc.cast(pa.array(np.round(np.where(known, side, 0.0), 2)), pa.large_string())
        for side in (keys.x, keys.y)
    ]
    both = pc.binary_join_element_wise(*words, pa.scalar(" ", pa.large_string()))
    return pc.if_else(pa.array(known), both, NONE)


def trimmed(texts: Texts) -> Texts:
    """Texts without outer spaces."""
    return pc.utf8_trim_whitespace(texts)


def reference(value: int) -> str:
    """A hash as people see it; the letter keeps spreadsheets from making a number of it."""
    return f"r{value:016x}"


def _hashed(texts: Texts) -> U64:
    """64 bits of each text: a polynomial of its bytes, mixed; the same on every machine."""
    sizes = np.asarray(pc.binary_length(texts)).astype(np.int64)
    total = int(sizes.sum())
    letters = np.frombuffer("".join(texts.to_pylist()).encode(), np.uint8).astype(np.uint64)
    start = np.cumsum(sizes) - sizes
    place = np.arange(total) - np.repeat(start, sizes)
    longest = int(sizes.max(initial=0))
    powers = np.cumprod(np.full(longest + 1, _PRIME, np.uint64))
    terms = (letters + np.uint64(1)) * powers[place]
    sums = np.append(np.uint64(0), np.cumsum(terms))
    value = sums[start + sizes] - sums[start]
    for factor, shift in zip(_MIX, (30, 27), strict=True):
        value = (value ^ (value >> np.uint64(shift))) * factor
    mixed: U64 = value ^ (value >> np.uint64(31))
    return mixed
